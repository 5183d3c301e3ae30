import { Destination, type Environment, resolveEndpoint, type SourceCloud } from "@hotspot-session/client"
import { regionEndpoint, regionIds } from "@hotspot-session/core"
import * as Either from "effect/Either"
import { ConfigurationError } from "./ConfigurationError.js"
import { type MachineRegions, noRegions } from "./MachineRegions.js"
import { didYouMean } from "./Nearest.js"
import type { SourcedValue } from "./SourcedValue.js"

export interface ResolvedEndpoint {
  /** Without a trailing slash. */
  readonly url: string
  /** As configured, with its source. */
  readonly configured: SourcedValue
  /** Its region; absent for a custom endpoint. */
  readonly region: string | undefined
  /** Whether it is the cloud's own endpoint of the region. */
  readonly isDefault: boolean
}

/** Why there is no endpoint. */
type EndpointProblem =
  | { readonly _tag: "UnknownRegion"; readonly region: SourcedValue; readonly known: ReadonlyArray<string> }
  | { readonly _tag: "UnusableRegionsFile"; readonly error: ConfigurationError }
  /** `reason` is the end of a sentence; `region` as of `ResolvedEndpoint`. */
  | {
      readonly _tag: "UnusableEndpoint"
      readonly endpoint: SourcedValue
      readonly region: string | undefined
      readonly reason: string
    }

/** Validates an endpoint and removes its trailing slash. Left is the reason, as the end of a sentence. */
export const usableUrl = (url: string): Either.Either<string, string> =>
  Either.mapLeft(resolveEndpoint({ endpoint: url }), (error) => ("message" in error ? error.message : String(error)))

/**
 * The custom endpoint, if any. A region on the command line overrides the environment's endpoint, which may be of another
 * region.
 */
export const endpointToUse = <A>(
  options: { readonly region?: unknown; readonly endpoint?: A | undefined },
  ofEnvironment: A | undefined
): A | undefined => options.endpoint ?? (options.region === undefined ? ofEnvironment : undefined)

const resolveConfigured = (
  configured: SourcedValue,
  region?: string,
  isDefault = false
): Either.Either<ResolvedEndpoint, EndpointProblem> =>
  Either.mapBoth(usableUrl(configured.value), {
    onRight: (url) => ({ url, configured, region, isDefault }),
    onLeft: (reason) => ({ _tag: "UnusableEndpoint", endpoint: configured, region, reason })
  })

/** A custom endpoint, without a region. */
export const resolveCustomEndpoint = (endpoint: SourcedValue): Either.Either<ResolvedEndpoint, EndpointProblem> =>
  resolveConfigured(endpoint)

/** What else the endpoint of a region depends on. */
export interface RegionContext {
  /** Default: no file of regions. */
  readonly regions?: MachineRegions | undefined
  /** The domain of the cloud, from the source of the credentials. Default: `myhuaweicloud.com`. */
  readonly cloud?: SourceCloud | undefined
}

/** The endpoint of a region, which must be usable. */
export const resolveRegion = (
  region: SourcedValue,
  environment: Environment,
  { cloud, regions = noRegions }: RegionContext = {}
): Either.Either<ResolvedEndpoint, EndpointProblem> => {
  const regionsFile = Either.getOrUndefined(regions)
  const found = Destination.endpointOf(region.value, { environment, regionsFile, cloud })
  if (Either.isLeft(regions) && found?.origin !== "machine") {
    return Either.left({ _tag: "UnusableRegionsFile", error: regions.left })
  }
  if (found === undefined) {
    const known = [...regionIds, ...(regionsFile?.keys() ?? [])]
    return Either.left({ _tag: "UnknownRegion", region, known })
  }
  const { origin, ...configured } = found
  return resolveConfigured(configured, region.value, origin === "default")
}

/** An endpoint's region, also found by its URL. */
export const regionOf = ({ region, url }: ResolvedEndpoint): string | undefined =>
  region ?? regionIds.find((known) => regionEndpoint(known) === url)

export const unusable = ({ source }: SourcedValue, what: string, reason: string, hint: string): ConfigurationError =>
  new ConfigurationError({ message: `The ${what} (${source}) cannot be used: ${reason}.`, hint })

export const endpointError = (problem: EndpointProblem): ConfigurationError => {
  if (problem._tag === "UnusableRegionsFile") return problem.error
  if (problem._tag === "UnusableEndpoint") {
    return unusable(
      problem.endpoint,
      "endpoint",
      problem.reason,
      "Use the URL of the service, such as https://workspace.ap-southeast-1.myhuaweicloud.com, or a region."
    )
  }
  const {
    known,
    region: { source, value }
  } = problem
  return new ConfigurationError({
    message: `The region "${value}" (${source}) is not known.`,
    hint: `${didYouMean(value, known)}Known regions are ${[...new Set(known)].join(", ")}. For any other, use --endpoint.`
  })
}
