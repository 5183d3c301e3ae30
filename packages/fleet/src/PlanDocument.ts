import { SentUser, UpdateHotspotSessionConfigBody } from "@hotspot-session/core"
import { isTooDeep } from "@hotspot-session/core/Nesting"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Encoding from "effect/Encoding"
import * as ParseResult from "effect/ParseResult"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import { canonical } from "./Changes.js"
import { DesiredConfig } from "./DesiredState.js"
import { isSamePlan, type ProjectPlan, planProject } from "./ProjectPlan.js"

const absent = { exact: true } as const

const Settings = Schema.Struct(UpdateHotspotSessionConfigBody.fields)

/** What was there may be what cannot be written. */
const observedSettings = {
  hotspot_session_migration_enable: Schema.optionalWith(Schema.Boolean, absent),
  hotspot_exit_session_num: Schema.optionalWith(Schema.Int, absent)
}

const ObservedConfig = Schema.Struct({
  id: Schema.optionalWith(Schema.String, absent),
  ...observedSettings,
  non_migrate_users: Schema.optionalWith(Schema.Array(SentUser), absent)
}).annotations({
  identifier: "ObservedConfig",
  description: "A configuration as it was when the plan was made. Fields that are not known or not needed are absent."
})

const FieldChange = Schema.Struct({
  from: Schema.optionalWith(Schema.Unknown, absent),
  to: Schema.optionalWith(Schema.Unknown, absent)
}).annotations({ identifier: "FieldChange" })

const Change = Schema.Union(
  Schema.Struct({ change: Schema.Literal("added"), config: ObservedConfig }),
  Schema.Struct({
    change: Schema.Literal("changed"),
    id: Schema.String,
    fields: Schema.Record({ key: Schema.String, value: FieldChange }),
    non_migrate_users: Schema.Struct({
      added: Schema.Array(SentUser),
      removed: Schema.Array(SentUser),
      changed: Schema.Array(Schema.Struct({ from: SentUser, to: SentUser }))
    })
  })
).annotations({ identifier: "PlannedChange", description: "What will be different." })

const id = Schema.optionalWith(Schema.String, absent)

const Write = Schema.Union(
  Schema.Struct({ write: Schema.Literal("create"), settings: Settings, users: Schema.Array(SentUser) }),
  Schema.Struct({ write: Schema.Literal("update"), id, from: Schema.Struct(observedSettings), to: Settings }),
  Schema.Struct({ write: Schema.Literal("addUsers", "removeUsers"), id, users: Schema.Array(SentUser) })
).annotations({
  identifier: "PlannedWrite",
  description: "A request that will be sent. Without id, it is for the configuration that is created."
})

/**
 * What is to be done to one project, bound to where it is, with the desired state and the state that it was made from.
 *
 * @category models
 * @since 0.1.0
 */
export const PlannedTarget = Schema.Struct({
  /** The URL of the service, which an apply must reach, too. */
  endpoint: Schema.String,
  region: Schema.optionalWith(Schema.String, absent),
  project_id: Schema.String,
  /** The desired state. */
  items: Schema.Array(DesiredConfig),
  observed: Schema.Array(ObservedConfig),
  changes: Schema.Array(Change),
  writes: Schema.Array(Write),
  unmanaged: Schema.Array(
    Schema.Struct({
      id: Schema.optionalWith(Schema.String, absent),
      fields: Schema.optionalWith(Schema.Array(Schema.String), absent)
    }).annotations({
      identifier: "Unmanaged",
      description: "A configuration that is not managed; with fields, only these of its fields are not."
    })
  )
}).annotations({ identifier: "PlannedTarget" })

/**
 * What is to be done to one project, as it was decoded.
 *
 * @category models
 * @since 0.1.0
 */
export interface PlannedTarget extends Schema.Schema.Type<typeof PlannedTarget> {}

const planVersion = 1

/**
 * A plan as it is stored: what was reviewed. Its writes are for readers and are never carried out; an apply decides anew from
 * `items` and what is there, and carries that out only if it is the same.
 *
 * @category models
 * @since 0.1.0
 */
export const PlanDocument = Schema.Struct({
  plan_version: Schema.Literal(planVersion).annotations({ description: "The version of this format." }),
  targets: Schema.Array(PlannedTarget),
  checksum: Schema.String.annotations({
    description:
      "SHA-256 of the targets. Finds edits; it is not a signature: a program that edits the file can recompute it."
  })
}).annotations({ identifier: "PlanDocument", title: "Plan for hotspot session migration configurations" })

/**
 * A plan, as it was decoded.
 *
 * @category models
 * @since 0.1.0
 */
export interface PlanDocument extends Schema.Schema.Type<typeof PlanDocument> {}

/**
 * A stored plan cannot be used.
 *
 * @category errors
 * @since 0.1.0
 */
export class PlanDocumentError extends Data.TaggedError("PlanDocumentError")<{
  /** Whether it is a plan that was changed after it was made. */
  readonly isEdited: boolean
  readonly message: string
}> {}

const sha256 = (text: string): Effect.Effect<string> =>
  Effect.map(
    Effect.promise(() => globalThis.crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))),
    (digest) => Encoding.encodeHex(new Uint8Array(digest))
  )

const checksumOf = (targets: unknown): Effect.Effect<string> => sha256(canonical(targets))

/**
 * The target of a plan document.
 *
 * @category conversions
 * @since 0.1.0
 */
export const plannedTarget = (
  place: Pick<PlannedTarget, "endpoint" | "region" | "project_id" | "items">,
  plan: ProjectPlan
): PlannedTarget =>
  // A plan has plain values, whose absent fields may be `undefined`.
  JSON.parse(JSON.stringify({ ...place, ...plan }))

/**
 * A plan as it is stored.
 *
 * @category conversions
 * @since 0.1.0
 */
export const planDocument = (targets: ReadonlyArray<PlannedTarget>): Effect.Effect<PlanDocument> =>
  Effect.map(checksumOf(targets), (checksum) => ({ plan_version: planVersion, targets, checksum }))

/**
 * The plan that a stored target holds.
 *
 * @category conversions
 * @since 0.1.0
 */
export const storedPlan = ({ changes, observed, unmanaged, writes }: PlannedTarget): ProjectPlan =>
  // The schema's configurations are those of the models, without their brands.
  ({ changes, observed, unmanaged, writes }) as ProjectPlan

const decode = Schema.decodeUnknownEither(PlanDocument, { onExcessProperty: "error" })

const noPlan = (reason: string) =>
  new PlanDocumentError({ isEdited: false, message: `The file is not a readable plan: ${reason}.` })

const edited = (where: string) =>
  new PlanDocumentError({
    isEdited: true,
    message: `The plan was changed after it was made: ${where}.`
  })

/**
 * Checks a stored plan: its format, its checksum, and that its changes and writes are those which follow from its desired
 * state and from the state that it was made from. `hasRepeatedNames` finds what parsing has already lost.
 *
 * @category conversions
 * @since 0.1.0
 */
export const readPlanDocument = Effect.fnUntraced(function* (
  value: unknown
): Effect.fn.Return<PlanDocument, PlanDocumentError> {
  if (isTooDeep(value)) return yield* noPlan("it is nested too deeply")
  if (Predicate.hasProperty(value, "plan_version") && value.plan_version !== planVersion) {
    const version = typeof value.plan_version === "number" ? ` ${value.plan_version}` : ""
    return yield* noPlan(`its version${version} is not known; this program reads version ${planVersion}`)
  }
  const document = yield* Either.mapLeft(decode(value), (error) => {
    const [issue] = ParseResult.ArrayFormatter.formatErrorSync(error)
    const path = issue?.path.join(".")
    return noPlan(`${path === "" ? "" : `${path}: `}${issue?.message}`)
  })
  for (const [index, target] of document.targets.entries()) {
    const plan = planProject(target.items, target.observed)
    if (Either.isLeft(plan) || !isSamePlan(plan.right, storedPlan(target))) {
      return yield* edited(`what targets[${index}] writes does not follow from its items and what was observed`)
    }
  }
  const checksum = yield* checksumOf(document.targets)
  return checksum === document.checksum ? document : yield* edited("its checksum differs")
})

/**
 * Whether a value is meant to be a plan, and not a desired state.
 *
 * @category predicates
 * @since 0.1.0
 */
export const isPlanDocument = (value: unknown): boolean => Predicate.hasProperty(value, "plan_version")
