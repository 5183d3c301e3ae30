import * as Schema from "effect/Schema"
import { regionIds, type RegionId as Type } from "./Region.js"
import { show } from "./Setting.js"

/**
 * ID of a region, checked against `regionIds`.
 *
 * @category models
 * @since 0.1.0
 */
export const RegionId = Schema.Literal(...regionIds).annotations({
  identifier: "RegionId",
  message: ({ actual }) => ({
    message: `must be one of ${regionIds.join(", ")}, was ${show(actual)}`,
    override: true
  })
})

/**
 * The ID of a known region.
 *
 * @category models
 * @since 0.1.0
 */
export type RegionId = Type
