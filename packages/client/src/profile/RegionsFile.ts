import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { Environment, SourcedValue } from "./Profile.js"

/**
 * The endpoints of the service by region, as a file of regions sets them.
 *
 * @category models
 * @since 0.1.0
 */
export type RegionEndpoints = ReadonlyMap<string, SourcedValue<string>>

/**
 * The file of regions cannot be used.
 *
 * @category errors
 * @since 0.1.0
 */
export class RegionsFileError extends Data.TaggedError("RegionsFileError")<{
  /** The file. */
  readonly source: string
  /** What is wrong, as the end of a sentence. */
  readonly reason: string
}> {
  override get message(): string {
    return `The file of regions ${this.source} ${this.reason}`
  }
  get hint(): string {
    return "It has the format of the official SDKs: WORKSPACEAPP, with a list of regions that have an id and an endpoint. Correct or remove it."
  }
}

/** The parts of the machine that are used. */
interface Machine {
  readonly environment: Environment
  readonly home: Effect.Effect<Option.Option<string>>
  readonly readFile: (path: string) => Effect.Effect<Option.Option<string>, string>
}

const variable = "HUAWEICLOUD_SDK_REGIONS_FILE"

/** The service's name in the official SDKs, in any case. */
const serviceName = "WORKSPACEAPP"

const Entries = Schema.Array(
  Schema.Struct({
    id: Schema.NonEmptyString,
    endpoint: Schema.optional(Schema.NonEmptyString),
    endpoints: Schema.optional(Schema.NonEmptyArray(Schema.NonEmptyString))
  })
)

const decodeEntries = Schema.decodeUnknownOption(Entries)

/** Whether the file is worth parsing. It usually has other services only, or does not exist. */
const mentionsService = (text: string): boolean => text.toUpperCase().includes(serviceName)

const endpointsOf = (content: unknown, source: string): Either.Either<RegionEndpoints, string> => {
  const services = typeof content === "object" && content !== null ? Object.entries(content) : []
  const found = services.filter(([name]) => name.toUpperCase() === serviceName).map(([, entries]) => entries ?? [])
  const endpoints = new Map<string, SourcedValue<string>>()
  for (const entries of found) {
    const decoded = decodeEntries(entries)
    if (Option.isNone(decoded))
      return Either.left(`must have a list of regions, each with an id and an endpoint, under ${serviceName}`)
    for (const { endpoint, endpoints: several, id } of decoded.value) {
      const value = endpoint ?? several?.[0]
      if (value === undefined) return Either.left(`has no endpoint for ${id} under ${serviceName}`)
      endpoints.set(id, { value: value.trim(), source: `${serviceName} in ${source}` })
    }
  }
  return Either.right(endpoints)
}

const parse = (text: string, source: string): Effect.Effect<RegionEndpoints, string> =>
  Effect.gen(function* () {
    // Loaded on demand, because few machines have the file.
    const Yaml = yield* Effect.promise(() => import("yaml"))
    const document = Yaml.parseDocument(text, { uniqueKeys: false, logLevel: "silent" })
    const [error] = document.errors
    if (error !== undefined) return yield* Effect.fail(`is not valid YAML in line ${error.linePos?.[0].line ?? 1}`)
    const content = yield* Effect.try({ try: () => document.toJS() as unknown, catch: () => "is not valid YAML" })
    return yield* endpointsOf(content, source)
  })

const none: RegionEndpoints = new Map()

/**
 * The endpoints of the service in the official SDKs' file of regions: `~/.huaweicloud/regions.yaml`, or the file that
 * `HUAWEICLOUD_SDK_REGIONS_FILE` names. Empty if there is no such file, or if it has other services only.
 *
 * Fails with a `RegionsFileError` if the file cannot be read or parsed, or if the variable names one that does not exist.
 *
 * Source: the region providers of the official SDKs.
 *
 * @category operations
 * @since 0.1.0
 */
export const read = ({ environment, home, readFile }: Machine): Effect.Effect<RegionEndpoints, RegionsFileError> =>
  Effect.gen(function* () {
    const given = environment[variable] || undefined
    const inHome = ".huaweicloud/regions.yaml"
    const directory = given === undefined || given.startsWith("~/") ? yield* home : Option.none()
    const path = given === undefined ? Option.map(directory, (home) => `${home}/${inHome}`) : Option.some(given)
    if (Option.isNone(path)) return none
    const source = given === undefined ? `~/${inHome}` : `${given} (environment variable ${variable})`
    const fail = (reason: string) => new RegionsFileError({ source, reason })
    const expanded =
      given !== undefined && Option.isSome(directory) ? `${directory.value}${given.slice(1)}` : path.value
    const text = yield* Effect.mapError(readFile(expanded), (reason) => fail(`cannot be read: ${reason}`))
    if (Option.isNone(text)) return given === undefined ? none : yield* fail("does not exist")
    return mentionsService(text.value) ? yield* Effect.mapError(parse(text.value, source), fail) : none
  })
