import type * as HttpClient from "@effect/platform/HttpClient"
import { hasRepeatedNames } from "@hotspot-session/core/RepeatedNames"
import { type DesiredFileError, parseDesiredState } from "@hotspot-session/fleet/DesiredFile"
import type { DesiredConfig } from "@hotspot-session/fleet/DesiredState"
import { isPlanDocument, type PlannedTarget, readPlanDocument } from "@hotspot-session/fleet/PlanDocument"
import { ConfigurationError } from "@hotspot-session/settings/ConfigurationError"
import { findTarget, type TargetRequest } from "@hotspot-session/settings/Target"
import { findSharedProfile } from "@hotspot-session/settings/TargetProfile"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Io from "../Io.js"
import type { CallFlags } from "../options/CommonOptions.js"
import { plural } from "../output/Counts.js"
import type { CommandError } from "../output/ErrorReport.js"
import { UsageError } from "../UsageError.js"
import { InvalidFile } from "../WriteErrors.js"
import { targetsOf } from "./Targets.js"

/** A project and the configurations that it should have. */
export interface DesiredRequest extends TargetRequest {
  readonly items: ReadonlyArray<DesiredConfig>
  /** What was planned, if it comes from a stored plan. */
  readonly stored?: PlannedTarget | undefined
}

interface InputFlags extends Pick<CallFlags, "demo" | "endpoint" | "profile"> {
  /** A file of targets, which are those of the input that are used. */
  readonly targets?: string | undefined
}

const readFile = (file: string) =>
  Effect.mapError(
    Io.readText(file),
    (reason) =>
      new ConfigurationError({
        message: `The desired state cannot be read from ${Io.nameOf(file)}: ${reason}.`,
        hint: "Use the path of a file, such as one that hotspot-session export wrote, or - for standard input."
      })
  )

const invalidFile = (file: string, { problems, total }: DesiredFileError) =>
  new InvalidFile({
    problems,
    message: `${file === "-" ? "Standard input" : file} has ${plural(total, "problem")}${total > problems.length ? `, of which these are the first ${problems.length}` : ""}`,
    hint: "Nothing was sent."
  })

/** Only stored plans are JSON with a version of their own. The parser of desired states knows the line of a repeated name. */
const planOf = (text: string): unknown => {
  const value = Either.getOrUndefined(Either.try((): unknown => JSON.parse(text.replace(/^\uFEFF/, ""))))
  return isPlanDocument(value) && !hasRepeatedNames(text, value) ? value : undefined
}

/** The region of a target that names none. */
const defaultRegion = Effect.fnUntraced(function* ({ demo, profile }: InputFlags) {
  const { machine } = yield* Io.Io
  const { region } = findTarget({}, machine.environment, undefined)
  if (region !== undefined || demo) return region?.value
  return (yield* findSharedProfile(profile, machine)).profile.region?.value
})

/** The targets that a file of targets names; each of its lines must name some of them. */
const selected = Effect.fnUntraced(function* (
  requests: ReadonlyArray<DesiredRequest>,
  flags: InputFlags
): Effect.fn.Return<ReadonlyArray<DesiredRequest>, CommandError, HttpClient.HttpClient | Io.Io> {
  const { endpoint, profile, targets } = flags
  if (targets === undefined) return requests
  const wanted = yield* targetsOf({ endpoint, profile, targets })
  const isMissing = ({ region }: TargetRequest) => region === undefined
  const region = requests.some(isMissing) && !wanted.every(isMissing) ? yield* defaultRegion(flags) : undefined
  const isOne = (line: TargetRequest) => (request: TargetRequest) =>
    (line.region === undefined || line.region === (request.region ?? region)) &&
    (line.projectId === undefined || line.projectId === request.projectId)
  const missing = wanted.find((line) => !requests.some(isOne(line)))
  if (missing !== undefined) {
    return yield* new ConfigurationError({
      message: `The desired state has no target ${[missing.region, missing.projectId].filter((part) => part !== undefined).join(" ")} (${missing.source}).`,
      hint: "Remove the line, or add the target to the desired state."
    })
  }
  return requests.filter((request) => wanted.some((line) => isOne(line)(request)))
})

/** The targets of a desired state, or where `plans` says so of a stored plan. The endpoint is never taken from a file. */
export const readDesired = Effect.fnUntraced(function* (
  file: string,
  flags: InputFlags,
  { plans }: { readonly plans: boolean }
): Effect.fn.Return<ReadonlyArray<DesiredRequest>, CommandError, HttpClient.HttpClient | Io.Io> {
  if (file === "-" && flags.targets === "-") {
    return yield* new UsageError({
      message: "option '--targets <file>' cannot be standard input if the desired state is",
      hint: "Write one of them to a file."
    })
  }
  const { endpoint, profile } = flags
  const text = yield* readFile(file)
  const name = Io.nameOf(file)
  const requestOf = (
    { items, project_id: projectId, region }: Pick<PlannedTarget, "items" | "project_id" | "region">,
    index: number
  ): DesiredRequest => ({ projectId, region, endpoint, profile, items, source: `${name}, targets[${index}]` })

  const plan = planOf(text)
  if (plan === undefined) {
    const { targets } = yield* Either.mapLeft(parseDesiredState(text), (error) => invalidFile(file, error))
    return yield* selected(targets.map(requestOf), flags)
  }
  if (!plans) {
    return yield* new ConfigurationError({
      message: `${name} is a plan, not a desired state.`,
      hint: `Carry it out with hotspot-session apply ${file}.`
    })
  }
  if (flags.targets !== undefined) {
    return yield* new UsageError({
      message: "option '--targets <file>' cannot be used with a plan",
      hint: "A plan is carried out as a whole. Make a plan of fewer targets."
    })
  }
  const document = yield* Effect.mapError(
    readPlanDocument(plan),
    ({ isEdited, message }) =>
      new ConfigurationError({
        message: `${name}: ${message}`,
        hint: isEdited
          ? "Nothing was sent. Edit the desired state, and make a new plan from it."
          : "Make a plan with hotspot-session plan FILE --out PLAN."
      })
  )
  return document.targets.map((stored, index) => ({ ...requestOf(stored, index), stored }))
})
