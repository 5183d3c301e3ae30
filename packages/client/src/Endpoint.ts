import { checkRegion, regionEndpoint, Setting } from "@hotspot-session/core"
import * as ConfigError from "effect/ConfigError"
import * as Either from "effect/Either"
import * as Predicate from "effect/Predicate"
import type { RegionId } from "./Core.js"
import { plainUrl } from "./PlainUrl.js"

/**
 * The address of the service: a region, whose endpoint is known, or an endpoint, which takes precedence.
 *
 * @category models
 * @since 0.1.0
 */
export type RegionOrEndpoint =
  | {
      /** ID of a region, such as `ap-southeast-1`. */
      readonly region: RegionId
      /** URL of the service, or of a gateway in front of it; a path is kept as a prefix. */
      readonly endpoint?: string | undefined
    }
  | {
      readonly region?: RegionId | undefined
      readonly endpoint: string
    }

/**
 * Checks a base URL and removes a slash at its end. Left is the problem as a predicate, such as `must not have a query or a
 * fragment`: the text is not an `http` or `https` URL, or it has credentials, a query or a fragment.
 *
 * @category conversions
 * @since 0.1.0
 */
export const baseUrl = (text: string): Either.Either<string, string> => {
  // Each call for one of many projects brings its endpoint.
  const plain = typeof text === "string" ? plainUrl(`${text}/`) : undefined
  if (plain !== undefined) return Either.right(`${plain.origin}${plain.pathname.replace(/\/+$/, "")}`)
  if (typeof text !== "string" || !URL.canParse(text))
    return Either.left("must be a URL such as https://host or http://host:port")
  const url = new URL(text)
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    return Either.left(`must start with https:// or http://, not ${url.protocol}`)
  }
  if (url.username !== "" || url.password !== "") return Either.left("must not contain a user name or a password")
  if (url.search !== "" || url.hash !== "") return Either.left("must not have a query or a fragment")
  return Either.right(`${url.origin}${url.pathname.replace(/\/+$/, "")}`)
}

/**
 * Checks a setting that is a function. What it takes and returns cannot be checked.
 *
 * @internal
 */
export const optionalFunction = <F>(name: string, given: F | undefined): Setting.Checked<F | undefined> =>
  Setting.optional(name, given, "a function", (value): value is F => Predicate.isFunction(value))

/**
 * The endpoint of a region or the given endpoint, without a slash at its end. `ofRegion` knows the endpoints of regions that
 * differ from those of `regionIds`.
 *
 * Left is a `ConfigError`: there is neither an endpoint nor a region, the endpoint is not a plain `http` or `https` URL, or
 * there is no endpoint and the region is not one of `regionIds`, which the error then lists.
 *
 * @category conversions
 * @since 0.1.0
 */
export const resolveEndpoint = (
  target: {
    readonly region?: RegionId | undefined
    readonly endpoint?: string | undefined
  },
  ofRegion?: (region: RegionId) => string | undefined
): Either.Either<string, ConfigError.ConfigError> => {
  const { endpoint, region } = target ?? {}
  const given = endpoint === undefined && region !== undefined ? ofRegion?.(region) : endpoint
  if (given !== undefined) {
    return Either.mapLeft(baseUrl(given), (problem) => ConfigError.InvalidData(["endpoint"], `the endpoint ${problem}`))
  }
  return region === undefined
    ? Either.left(ConfigError.MissingData(["endpoint"], "neither an endpoint nor a region is given"))
    : Either.map(checkRegion("region", region), regionEndpoint)
}
