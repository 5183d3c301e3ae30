import * as Schema from "effect/Schema"
import { maxLimit } from "./Bounds.js"

/**
 * Maximum number of configurations on a page: an integer from 1 to 100.
 *
 * Fails to decode with a `ParseError` that names the range.
 *
 * Source: Table 2 of
 * {@link https://support.huaweicloud.com/intl/en-us/api-workspace/ListHotspotSessionConfig.html ListHotspotSessionConfig}.
 *
 * @category parameters
 * @since 0.1.0
 */
export const Limit = Schema.Int.annotations({
  message: () => ({ message: `must be an integer from 1 to ${maxLimit}`, override: true })
}).pipe(
  Schema.between(1, maxLimit, {
    identifier: "Limit",
    title: "Limit",
    description: "Number of records to be queried. Range: 1 to 100.",
    message: () => ({ message: `must be an integer from 1 to ${maxLimit}`, override: true })
  }),
  Schema.brand("Limit")
)

/**
 * A page size that has been checked.
 *
 * @category parameters
 * @since 0.1.0
 */
export type Limit = typeof Limit.Type
