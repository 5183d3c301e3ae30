/** Where requests, and the secrets of a machine, are sent. `Cloud.mismatch` decides whether they may be. */
import { canBeRegion } from "@hotspot-session/core"
import { cloudEndpoint, cloudOf, iamEndpoint, regionIds } from "../Core.js"
import type { Environment } from "../Environment.js"
import { setVariable } from "./Machine.js"
import type { Profile, SourceCloud, SourcedValue } from "./Profile.js"
import type { RegionEndpoints } from "./RegionsFile.js"

/**
 * The URL of a region's service, and where it was found.
 *
 * @category models
 * @since 0.1.0
 */
export interface RegionEndpoint extends SourcedValue<string> {
  /** Whether the machine sets it, it is of the cloud that the credentials name, or of Huawei Cloud's own domain. */
  readonly origin: "machine" | "cloud" | "default"
}

/**
 * What the endpoint of a region depends on.
 *
 * @category models
 * @since 0.1.0
 */
export interface RegionContext {
  readonly environment: Environment
  /** Which `RegionsFile.read` reads. Default: none. */
  readonly regionsFile?: RegionEndpoints | undefined
  /** The domain of the cloud, from the source of the credentials. Default: `myhuaweicloud.com`. */
  readonly cloud?: SourceCloud | undefined
}

const isKnown = (region: string): boolean => regionIds.some((known) => known === region)

/**
 * The endpoint of the service in a region, not checked: the first one in the list of the official SDKs' variable, such as
 * `HUAWEICLOUD_SDK_REGION_WORKSPACEAPP_CN_NORTH_4`, else that of the file of regions, else that of the region in the cloud.
 * `undefined` if the region is not known.
 *
 * Source: the region classes of the official SDKs.
 *
 * @example
 * ```ts
 * import { Destination } from "@hotspot-session/client"
 *
 * Destination.endpointOf("ap-southeast-1", { environment: process.env })?.value
 * ```
 *
 * @category conversions
 * @since 0.1.0
 */
export const endpointOf = (
  region: string,
  { cloud, environment, regionsFile }: RegionContext
): RegionEndpoint | undefined => {
  if (typeof region !== "string") return undefined
  const name = `HUAWEICLOUD_SDK_REGION_WORKSPACEAPP_${region.toUpperCase().replaceAll("-", "_")}`
  const list = setVariable(environment, name)
  if (list !== undefined) {
    return { value: list.replace(/,.*$/s, "").trim(), source: `environment variable ${name}`, origin: "machine" }
  }
  const ofFile = regionsFile?.get(region)
  if (ofFile !== undefined) return { ...ofFile, origin: "machine" }
  const isOfCloud = cloud !== undefined && cloud.value !== cloudOf() && !(cloud.isImplied && isKnown(region))
  if (isOfCloud && canBeRegion(region)) {
    return { value: cloudEndpoint(region, cloud.value), source: `region ${region}, ${cloud.source}`, origin: "cloud" }
  }
  return isKnown(region)
    ? { value: cloudEndpoint(region, cloudOf()), source: `region ${region}`, origin: "default" }
    : undefined
}

/**
 * The source of an IAM endpoint that nothing names.
 *
 * @internal
 */
export const defaultSource = "default"

const iamVariable = "HUAWEICLOUD_SDK_IAM_ENDPOINT"

/**
 * The endpoint of IAM, not checked: that of `HUAWEICLOUD_SDK_IAM_ENDPOINT`, else the profile's, else the region's in the
 * cloud of the profile. There is no default for a custom endpoint of the service, nor for a region that only this machine
 * knows, because their credentials must not be sent to the cloud's IAM.
 *
 * @category conversions
 * @since 0.1.0
 */
export const iamEndpointOf = ({
  environment,
  hasCustomEndpoint,
  profile,
  region
}: {
  readonly environment: Environment
  readonly profile: Pick<Profile, "iamEndpoint" | "cloud"> | undefined
  readonly region: string | undefined
  /** Whether the endpoint of the service is not that of a region. */
  readonly hasCustomEndpoint: boolean
}): SourcedValue<string> | undefined => {
  const ofVariable = setVariable(environment, iamVariable)
  if (ofVariable !== undefined) return { value: ofVariable, source: `environment variable ${iamVariable}` }
  if (profile?.iamEndpoint !== undefined) return profile.iamEndpoint
  const isOfMachine = region !== undefined && profile?.cloud === undefined && !isKnown(region)
  if (hasCustomEndpoint || isOfMachine) return undefined
  const source = region === undefined ? defaultSource : `region ${region}`
  return {
    value: iamEndpoint(region, profile?.cloud?.value),
    source: profile?.cloud === undefined ? source : `${source}, ${profile.cloud.source}`
  }
}
