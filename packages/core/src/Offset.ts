import * as Schema from "effect/Schema"
import { maxOffset } from "./Bounds.js"

/**
 * Number of configurations to skip before the first one of a page: an integer from 0 to 2147483647, by default 0. It counts
 * configurations, not pages.
 *
 * Fails to decode with a `ParseError` that names the range.
 *
 * Source: Table 2 of
 * {@link https://support.huaweicloud.com/intl/en-us/api-workspace/ListHotspotSessionConfig.html ListHotspotSessionConfig}.
 *
 * @category parameters
 * @since 0.1.0
 */
export const Offset = Schema.Int.annotations({
  message: () => ({ message: `must be an integer from 0 to ${maxOffset}`, override: true })
}).pipe(
  Schema.between(0, maxOffset, {
    identifier: "Offset",
    title: "Offset",
    description: "Query offset. Range: 0 to 2147483647.",
    message: () => ({ message: `must be an integer from 0 to ${maxOffset}`, override: true })
  }),
  Schema.brand("Offset")
)

/**
 * An offset that has been checked.
 *
 * @category parameters
 * @since 0.1.0
 */
export type Offset = typeof Offset.Type
