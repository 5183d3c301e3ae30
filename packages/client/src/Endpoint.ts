import { checkRegion, type RegionId, regionEndpoint } from "@hotspot-session/core"
import * as ConfigError from "effect/ConfigError"
import * as Either from "effect/Either"
import type { Environment, SourcedValue } from "./profile/Profile.js"

/**
 * Where the service is: a region, whose endpoint is known, or an endpoint, which wins where both are given.
 *
 * @category models
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
 * A URL that paths can be added to: without a slash at its end. Left is why it is none, as the end of a sentence: it is not
 * an `http` or `https` URL, or has a part that would be lost or leak, which are credentials, a query or a fragment.
 *
 * @category conversions
 */
export const baseUrl = (text: string): Either.Either<string, string> => {
  if (typeof text !== "string" || !URL.canParse(text))
    return Either.left("must be a URL such as https://host or http://host:port")
  const url = new URL(text)
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    return Either.left(`must begin with https:// or http://, not ${url.protocol}`)
  }
  if (url.username !== "" || url.password !== "") return Either.left("must not hold a user name or a password")
  if (url.search !== "" || url.hash !== "") return Either.left("must not have a query or a fragment")
  return Either.right(`${url.origin}${url.pathname.replace(/\/+$/, "")}`)
}

/**
 * The endpoint that is meant, without a slash at its end.
 *
 * Left is a `ConfigError`: neither an endpoint nor a region is given, the endpoint is not a plain `http` or `https` URL, or
 * without an endpoint the region is not one of `regionIds`, which the error then lists.
 *
 * @category conversions
 */
export const resolveEndpoint = (target: RegionOrEndpoint): Either.Either<string, ConfigError.ConfigError> => {
  const { endpoint, region }: Partial<RegionOrEndpoint> = target ?? {}
  if (endpoint !== undefined) {
    return Either.mapLeft(baseUrl(endpoint), (why) => ConfigError.InvalidData(["endpoint"], `the endpoint ${why}`))
  }
  return region === undefined
    ? Either.left(ConfigError.MissingData(["endpoint"], "neither an endpoint nor a region is given"))
    : Either.map(checkRegion("region", region), regionEndpoint)
}

/**
 * What the environment has in place of a region's endpoint: the first of the list in the variable of the official SDKs, such
 * as `HUAWEICLOUD_SDK_REGION_WORKSPACEAPP_CN_NORTH_4`, as it is written there. `undefined` where it is not set.
 *
 * Source: the region classes of the official SDKs.
 *
 * @category conversions
 */
export const endpointOverride = (region: string, environment: Environment): SourcedValue<string> | undefined => {
  if (typeof region !== "string") return undefined
  const name = `HUAWEICLOUD_SDK_REGION_WORKSPACEAPP_${region.toUpperCase().replaceAll("-", "_")}`
  const list = environment[name]
  return list === undefined || list === ""
    ? undefined
    : { value: list.replace(/,.*$/s, "").trim(), source: `environment variable ${name}` }
}
