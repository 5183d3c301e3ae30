import {
  ConfigIdParameter,
  maxIdLength,
  projectIdPattern,
  SentUser,
  UpdateHotspotSessionConfigBody
} from "@hotspot-session/core"
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { userKey } from "./Changes.js"

const absent = { exact: true } as const

const sentSettings = UpdateHotspotSessionConfigBody.fields

/**
 * A configuration as it should be. A field that is absent is not managed: it stays as it is.
 *
 * With `id`, it is the configuration with this ID, which must exist. Without, it is the project's only configuration, which is
 * created if the project has none.
 *
 * @category models
 * @since 0.1.0
 */
export const DesiredConfig = Schema.Struct({
  id: Schema.optionalWith(
    ConfigIdParameter.annotations({
      jsonSchema: {
        type: "string",
        minLength: 1,
        maxLength: maxIdLength,
        description:
          "ID of the configuration, which must exist. Without it, the project's only configuration, which is created if there is none."
      }
    }),
    absent
  ),
  hotspot_session_migration_enable: Schema.optionalWith(sentSettings.hotspot_session_migration_enable, absent),
  hotspot_exit_session_num: Schema.optionalWith(sentSettings.hotspot_exit_session_num, absent),
  /** Exactly the users whose sessions are never moved: all others are removed. */
  non_migrate_users: Schema.optionalWith(
    Schema.Array(SentUser).annotations({
      description: "Exactly the users that are not migrated; all others are removed.",
      message: () => "must be a list of users"
    }),
    absent
  )
}).annotations({
  identifier: "DesiredConfig",
  description: "A configuration as it should be. A field that is absent is not managed: it stays as it is.",
  message: () => "must be a configuration with fields"
})

/**
 * A configuration as it should be, as it was decoded.
 *
 * @category models
 * @since 0.1.0
 */
export interface DesiredConfig extends Schema.Schema.Type<typeof DesiredConfig> {}

const text = (pattern: RegExp, description: string, must: string) =>
  Schema.String.annotations({ message: () => ({ message: must, override: true }) }).pipe(
    Schema.pattern(pattern, { description, message: () => ({ message: must, override: true }) })
  )

/**
 * A project, and those of its configurations that are managed. Its other configurations stay as they are.
 *
 * @category models
 * @since 0.1.0
 */
export const DesiredTarget = Schema.Struct({
  /** Default: that of the program which reads the file. */
  region: Schema.optionalWith(
    text(/^[a-z0-9-]{1,64}$/, "Region, such as ap-southeast-1.", "must be the ID of a region, such as ap-southeast-1"),
    absent
  ),
  project_id: text(projectIdPattern, "Project ID.", "must be 1 to 128 letters, digits, - or _"),
  items: Schema.Array(DesiredConfig).annotations({
    description: "The configurations that are managed.",
    message: () => "must be a list of configurations"
  })
}).annotations({
  identifier: "DesiredTarget",
  description: "A project, and those of its configurations that are managed.",
  message: () => "must be a target with project_id and items"
})

/**
 * A project and its managed configurations, as it was decoded.
 *
 * @category models
 * @since 0.1.0
 */
export interface DesiredTarget extends Schema.Schema.Type<typeof DesiredTarget> {}

/**
 * Configurations of several projects and regions as they should be, with the names of the API, as `export`
 * writes them. There is no endpoint, so that a file cannot send credentials elsewhere.
 *
 * @category models
 * @since 0.1.0
 */
export const DesiredState = Schema.Struct({
  /** Names the JSON Schema for editors. Not read. */
  $schema: Schema.optionalWith(Schema.String.annotations({ description: "The JSON Schema, for editors." }), absent),
  version: Schema.Literal(1).annotations({
    description: "The version of this format.",
    message: () => ({ message: "must be 1, the only supported version", override: true })
  }),
  targets: Schema.Array(DesiredTarget).annotations({
    description: "The projects.",
    message: () => "must be a list of targets"
  })
}).annotations({
  identifier: "DesiredState",
  title: "Desired state of hotspot session migration configurations",
  message: () => "must have version and targets"
})

/**
 * A desired state, as it was decoded.
 *
 * @category models
 * @since 0.1.0
 */
export interface DesiredState extends Schema.Schema.Type<typeof DesiredState> {}

/**
 * What is wrong with a desired state, and where.
 *
 * @category models
 * @since 0.1.0
 */
export interface DesiredIssue {
  /** Such as `["targets", 0, "items", 2, "id"]`. */
  readonly path: ReadonlyArray<PropertyKey>
  /** Such as "must be true or false". */
  readonly message: string
}

/** The fields at each level, from the document to a user. */
const fieldsByDepth = [DesiredState, DesiredTarget, DesiredConfig, { fields: { user_id: true, user_name: true } }].map(
  ({ fields }) => Object.keys(fields).filter((name) => name !== "$schema")
)

const unexpectedField = (path: ReadonlyArray<PropertyKey>): string => {
  if (path.at(-1) === "endpoint") {
    return "is not allowed: a file names no endpoint, so that it cannot send credentials elsewhere"
  }
  if (path.at(-1) === "<<") return "is not supported: merge keys are not part of YAML 1.2; anchors and aliases are"
  const known = fieldsByDepth[(path.length - 1) / 2] ?? []
  return `is not a field; there are ${known.join(", ")}`
}

const valueAt = (value: unknown, path: ReadonlyArray<PropertyKey>): unknown =>
  path.reduce<unknown>(
    (inner, key) => (typeof inner === "object" && inner !== null ? inner[key as keyof typeof inner] : undefined),
    value
  )

const textFields: ReadonlyArray<PropertyKey | undefined> = ["id", "user_id", "user_name", "region", "project_id"]

const describe = (document: unknown, { _tag, message, path }: ParseResult.ArrayFormatterIssue): string => {
  if (_tag === "Unexpected") return unexpectedField(path)
  if (_tag === "Missing") return "is missing"
  const value = valueAt(document, path)
  if (value === null) return "must not be null; leave the field out to keep what is there"
  const isPlain = typeof value === "number" || typeof value === "boolean"
  return isPlain && textFields.includes(path.at(-1))
    ? `must be text: write ${typeof value === "number" ? "the number" : "it"} in quotes`
    : message
}

/** One issue for each path, and of nested paths only the innermost. */
const innermost = (issues: ReadonlyArray<DesiredIssue>): ReadonlyArray<DesiredIssue> => {
  const byPath = new Map<string, DesiredIssue>()
  const outer = new Set<string>()
  for (const issue of issues) {
    const key = JSON.stringify(issue.path)
    if (byPath.has(key)) continue
    byPath.set(key, issue)
    for (const depth of issue.path.keys()) outer.add(JSON.stringify(issue.path.slice(0, depth)))
  }
  return [...byPath].flatMap(([key, issue]) => (outer.has(key) ? [] : [issue]))
}

/** Each item that has the key of an earlier one. */
const duplicates = <A>(
  items: ReadonlyArray<A>,
  keyOf: (item: A) => string | undefined
): ReadonlyArray<readonly [index: number, first: number]> => {
  const seen = new Map<string, number>()
  return items.flatMap((item, index) => {
    const key = keyOf(item)
    if (key === undefined) return []
    const first = seen.get(key)
    if (first !== undefined) return [[index, first] as const]
    seen.set(key, index)
    return []
  })
}

const contradictions = ({ targets }: DesiredState): ReadonlyArray<DesiredIssue> => [
  ...duplicates(targets, ({ project_id, region = "" }) => `${region} ${project_id}`).map(([index, first]) => ({
    path: ["targets", index],
    message: `is the same project as targets[${first}]`
  })),
  ...targets.flatMap(({ items }, target) => [
    ...duplicates(items, ({ id }) => id).map(([index, first]) => ({
      path: ["targets", target, "items", index, "id"],
      message: `is the id of items[${first}], too`
    })),
    ...items.flatMap((item, index) => [
      ...(item.id === undefined && items.length > 1
        ? [
            {
              path: ["targets", target, "items", index],
              message: "has no id, which is required unless the project has one configuration and one entry"
            }
          ]
        : []),
      ...duplicates(item.non_migrate_users ?? [], userKey).map(([user, first]) => ({
        path: ["targets", target, "items", index, "non_migrate_users", user],
        message: `is the same user as non_migrate_users[${first}]`
      }))
    ])
  ])
]

const decode = Schema.decodeUnknownEither(DesiredState, { errors: "all", onExcessProperty: "error" })

/**
 * Checks a desired state: its fields, and that no project, configuration or user is in it twice.
 *
 * Left are all issues, in their order.
 *
 * @category conversions
 * @since 0.1.0
 */
export const decodeDesiredState = (value: unknown): Either.Either<DesiredState, ReadonlyArray<DesiredIssue>> => {
  const decoded = decode(value)
  if (Either.isLeft(decoded)) {
    const issues = ParseResult.ArrayFormatter.formatErrorSync(decoded.left).map((issue) => ({
      path: issue.path,
      message: describe(value, issue)
    }))
    // Of another version, nothing else is known.
    const version = issues.find(({ path }) => path.length === 1 && path[0] === "version")
    return Either.left(version !== undefined ? [version] : innermost(issues))
  }
  const issues = contradictions(decoded.right)
  return issues.length === 0 ? Either.right(decoded.right) : Either.left(issues)
}
