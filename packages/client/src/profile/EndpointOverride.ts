import type { Environment } from "../Environment.js"
import type { SourcedValue } from "./Profile.js"
import type { RegionEndpoints } from "./RegionsFile.js"

/**
 * The endpoint that the machine sets for a region, unchecked, with its source: the first one in the list of the official
 * SDKs' variable, such as `HUAWEICLOUD_SDK_REGION_WORKSPACEAPP_CN_NORTH_4`, else that of the file of regions, which
 * `RegionsFile.read` reads. `undefined` if there is none.
 *
 * Source: the region classes of the official SDKs.
 *
 * @category conversions
 * @since 0.1.0
 */
export const endpointOverride = (
  region: string,
  environment: Environment,
  regionsFile?: RegionEndpoints
): SourcedValue<string> | undefined => {
  if (typeof region !== "string") return undefined
  const name = `HUAWEICLOUD_SDK_REGION_WORKSPACEAPP_${region.toUpperCase().replaceAll("-", "_")}`
  const list = environment[name]
  return list === undefined || list === ""
    ? regionsFile?.get(region)
    : { value: list.replace(/,.*$/s, "").trim(), source: `environment variable ${name}` }
}
