import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type { Machine } from "./Machine.js"
import type { SourcedValue } from "./Profile.js"

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

const variable = "HUAWEICLOUD_SDK_REGIONS_FILE"

/** The service's name in the official SDKs, in any case. */
const serviceName = "WORKSPACEAPP"

/** Whether the file is worth parsing. It usually has other services only, or does not exist. */
const mentionsService = (text: string): boolean => text.toUpperCase().includes(serviceName)

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
export const read = Effect.fnUntraced(function* (
  machine: Pick<Machine, "environment" | "home" | "readFile">
): Effect.fn.Return<RegionEndpoints, RegionsFileError> {
  const { environment, home, readFile } = machine
  const given = environment[variable] || undefined
  const inHome = ".huaweicloud/regions.yaml"
  const path = given === undefined ? Option.map(yield* home, (home) => `${home}/${inHome}`) : Option.some(given)
  if (Option.isNone(path)) return none
  const source = given === undefined ? `~/${inHome}` : `${given} (environment variable ${variable})`
  const fail = (reason: string) => new RegionsFileError({ source, reason })
  const text = yield* Effect.mapError(readFile(path.value), ({ reason }) => fail(`cannot be read: ${reason}`))
  if (Option.isNone(text)) return given === undefined ? none : yield* fail("does not exist")
  if (!mentionsService(text.value)) return none
  // Loaded on demand, because few machines have the file.
  const { parse } = yield* Effect.promise(() => import("./RegionsYaml.js"))
  return yield* Either.mapLeft(parse(text.value, serviceName, source), fail)
})
