import * as Schema from "effect/Schema"

/**
 * ID of a hotspot session migration configuration. Opaque: the documentation shows 18 decimal digits, a number beyond
 * 2^53, and the specification 32 hexadecimal digits. It is never parsed as a number.
 *
 * Source: Table 5 of
 * {@link https://support.huaweicloud.com/intl/en-us/api-workspace/ListHotspotSessionConfig.html ListHotspotSessionConfig}.
 *
 * @category parameters
 * @since 0.1.0
 */
export const ConfigId = Schema.String.pipe(
  Schema.annotations({ identifier: "ConfigId", description: "Unique ID.", examples: ["895110260098859008"] }),
  Schema.brand("ConfigId")
)

/**
 * The ID of a configuration, as it was decoded.
 *
 * @category parameters
 * @since 0.1.0
 */
export type ConfigId = typeof ConfigId.Type
