import type { Environment, SourcedValue } from "./Profile.js"

/**
 * The endpoint that the environment sets for a region: the first one in the list of the official SDKs' variable, such as
 * `HUAWEICLOUD_SDK_REGION_WORKSPACEAPP_CN_NORTH_4`, unchecked. `undefined` if the variable is not set.
 *
 * Source: the region classes of the official SDKs.
 *
 * @category conversions
 * @since 0.1.0
 */
export const endpointOverride = (region: string, environment: Environment): SourcedValue<string> | undefined => {
  if (typeof region !== "string") return undefined
  const name = `HUAWEICLOUD_SDK_REGION_WORKSPACEAPP_${region.toUpperCase().replaceAll("-", "_")}`
  const list = environment[name]
  return list === undefined || list === ""
    ? undefined
    : { value: list.replace(/,.*$/s, "").trim(), source: `environment variable ${name}` }
}
