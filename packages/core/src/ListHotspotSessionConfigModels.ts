import * as Schema from "effect/Schema"
import { describedArray } from "./Described.js"
import { HotspotSessionMigrationConfig } from "./HotspotSessionMigrationConfig.js"
import { Limit } from "./Limit.js"
import { nullable } from "./Nullable.js"
import { Offset } from "./Offset.js"
import { ProjectId } from "./ProjectId.js"
import { keepUnknownFields } from "./UnknownFields.js"

/**
 * Parameters of `GET /v1/{project_id}/hotspot-session-config`: one page of a project's configurations. An absent `offset` or
 * `limit` stays absent; other fields are dropped.
 *
 * Fails to decode with a `ParseError` if a parameter is out of range.
 *
 * Source: Tables 1 and 2 of
 * {@link https://support.huaweicloud.com/intl/en-us/api-workspace/ListHotspotSessionConfig.html ListHotspotSessionConfig}.
 *
 * @category models
 * @since 0.1.0
 */
export const ListHotspotSessionConfigRequest = Schema.Struct({
  /** The project whose configurations are listed. */
  project_id: ProjectId,
  /** Number of configurations to skip. Default of the service: 0. */
  offset: Schema.optionalWith(Offset, { exact: true }),
  /** Maximum number of configurations. Default of the service: 10. */
  limit: Schema.optionalWith(Limit, { exact: true })
}).annotations({ identifier: "ListHotspotSessionConfigRequest" })

/**
 * A request whose parameters have been checked.
 *
 * @category models
 * @since 0.1.0
 */
export interface ListHotspotSessionConfigRequest extends Schema.Schema.Type<typeof ListHotspotSessionConfigRequest> {}

/**
 * A page of configurations, without a total count. Absent or `null` `items` are decoded as `[]`. Undocumented fields are
 * kept when decoding and encoding.
 *
 * Source: Table 4 of
 * {@link https://support.huaweicloud.com/intl/en-us/api-workspace/ListHotspotSessionConfig.html ListHotspotSessionConfig}.
 *
 * @category models
 * @since 0.1.0
 */
export const ListHotspotSessionConfigResponse = Schema.Struct({
  items: Schema.optionalWith(
    describedArray(HotspotSessionMigrationConfig, "Hotspot session migration configurations to be queried."),
    { ...nullable, default: () => [] }
  )
}).annotations({
  identifier: "ListHotspotSessionConfigResponse",
  description: "Response to the request for querying hotspot session migration configurations.",
  ...keepUnknownFields
})

/**
 * A page of configurations, as it was decoded.
 *
 * @category models
 * @since 0.1.0
 */
export interface ListHotspotSessionConfigResponse extends Schema.Schema.Type<typeof ListHotspotSessionConfigResponse> {}
