import { type Environment, endpointOverride, resolveEndpoint } from "@hotspot-session/client"
import { type RegionId, regionEndpoint, regionIds } from "@hotspot-session/core"
import * as Either from "effect/Either"
import { ConfigurationError } from "./ConfigurationError.js"
import { didYouMean } from "./Nearest.js"
import type { SourcedValue } from "./SourcedValue.js"

/** Where the service is. */
export interface ResolvedEndpoint {
  /** Without a slash at its end. */
  readonly url: string
  /** As it is given, and where. */
  readonly given: SourcedValue
  /** The region that it is the endpoint of; none has an endpoint of one's own. */
  readonly region: string | undefined
  /** Whether it is the one that the cloud has for the region. */
  readonly isDefault: boolean
}

/** Why there is no endpoint. */
export type EndpointProblem =
  | { readonly _tag: "UnknownRegion"; readonly region: SourcedValue }
  /** `reason` is the end of a sentence; `region` as of `ResolvedEndpoint`. */
  | {
      readonly _tag: "UnusableEndpoint"
      readonly endpoint: SourcedValue
      readonly region: string | undefined
      readonly reason: string
    }

/** Whether it is the ID of a region that is known. */
export const isRegion = (text: string): text is RegionId => regionIds.some((region) => region === text)

/** A URL without a slash at its end. Left is why it cannot be an endpoint, as the end of a sentence. */
export const usableUrl = (url: string): Either.Either<string, string> =>
  Either.mapLeft(resolveEndpoint({ endpoint: url }), (error) => ("message" in error ? error.message : String(error)))

/**
 * The endpoint of one's own to use, if any: a region on the command line means its own endpoint, not the one that the
 * environment has for another.
 */
export const endpointToUse = <A>(
  options: { readonly region?: unknown; readonly endpoint?: A | undefined },
  ofEnvironment: A | undefined
): A | undefined => options.endpoint ?? (options.region === undefined ? ofEnvironment : undefined)

const resolveGiven = (
  given: SourcedValue,
  region?: string,
  isDefault = false
): Either.Either<ResolvedEndpoint, EndpointProblem> =>
  Either.mapBoth(usableUrl(given.value), {
    onRight: (url) => ({ url, given, region, isDefault }),
    onLeft: (reason) => ({ _tag: "UnusableEndpoint", endpoint: given, region, reason })
  })

/** An endpoint of one's own, of no region that is known. */
export const resolveOwnEndpoint = (endpoint: SourcedValue): Either.Either<ResolvedEndpoint, EndpointProblem> =>
  resolveGiven(endpoint)

/** The endpoint of a region, which the official SDKs let a variable replace. */
export const resolveRegion = (
  region: SourcedValue,
  environment: Environment
): Either.Either<ResolvedEndpoint, EndpointProblem> => {
  const override = endpointOverride(region.value, environment)
  if (override !== undefined) return resolveGiven(override, region.value)
  return isRegion(region.value)
    ? resolveGiven({ value: regionEndpoint(region.value), source: `region ${region.value}` }, region.value, true)
    : Either.left({ _tag: "UnknownRegion", region })
}

/** An endpoint's region, also where only the endpoint itself says which. */
export const regionOf = ({ region, url }: ResolvedEndpoint): RegionId | undefined =>
  regionIds.find((known) => (region === undefined ? regionEndpoint(known) === url : known === region))

/** A URL that cannot be used, with what to do. */
export const unusable = ({ source }: SourcedValue, what: string, reason: string, hint: string): ConfigurationError =>
  new ConfigurationError({ message: `The ${what} (${source}) cannot be used: ${reason}.`, hint })

/** What is wrong, and what to do. */
export const endpointError = (problem: EndpointProblem): ConfigurationError => {
  if (problem._tag === "UnusableEndpoint") {
    return unusable(
      problem.endpoint,
      "endpoint",
      problem.reason,
      "Use the URL of the service, such as https://workspace.ap-southeast-1.myhuaweicloud.com, or a --region."
    )
  }
  const { source, value } = problem.region
  return new ConfigurationError({
    message: `The region "${value}" (${source}) is not known.`,
    hint: `${didYouMean(value, regionIds)}Known regions are ${regionIds.join(", ")}. For any other, use --endpoint.`
  })
}
