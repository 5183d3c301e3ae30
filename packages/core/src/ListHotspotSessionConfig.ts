import * as Schema from "effect/Schema"
import type { CredentialsError } from "./CredentialsError.js"
import type { DecodeError } from "./DecodeError.js"
import { HotspotSessionMigrationConfig } from "./HotspotSessionMigrationConfig.js"
import type { InvalidRequest } from "./InvalidRequest.js"
import { Limit } from "./Limit.js"
import { Offset } from "./Offset.js"
import { ProjectId } from "./ProjectId.js"
import type { StatusError } from "./StatusError.js"
import type { TransportError } from "./TransportError.js"
import { keepUnknownFields } from "./UnknownFields.js"

/**
 * Parameters of `GET /v1/{project_id}/hotspot-session-config`: one page of a project's configurations. `offset` and `limit`
 * may be absent and stay so; fields that are none of these are dropped.
 *
 * Fails to decode with a `ParseError` where one is out of its range.
 *
 * Source: Tables 1 and 2 of
 * {@link https://support.huaweicloud.com/intl/en-us/api-workspace/ListHotspotSessionConfig.html ListHotspotSessionConfig}.
 *
 * @category models
 */
export const ListHotspotSessionConfigRequest = Schema.Struct({
  /** The project whose configurations are listed. */
  project_id: ProjectId,
  /** How many configurations to skip; the service's default is 0. */
  offset: Schema.optionalWith(Offset, { exact: true }),
  /** How many configurations at most; the service's default is 10. */
  limit: Schema.optionalWith(Limit, { exact: true })
}).annotations({ identifier: "ListHotspotSessionConfigRequest" })

/**
 * A request whose parameters have been checked.
 *
 * @category models
 */
export interface ListHotspotSessionConfigRequest extends Schema.Schema.Type<typeof ListHotspotSessionConfigRequest> {}

/**
 * A page of configurations. There is no total; absent or `null` `items` are read as `[]`. Fields that the documentation
 * does not know are kept, by decoding and by encoding.
 *
 * Source: Table 4 of
 * {@link https://support.huaweicloud.com/intl/en-us/api-workspace/ListHotspotSessionConfig.html ListHotspotSessionConfig}.
 *
 * @category models
 */
export const ListHotspotSessionConfigResponse = Schema.Struct({
  /** The configurations. */
  items: Schema.optionalWith(
    Schema.Array(HotspotSessionMigrationConfig).annotations({
      description: "Hotspot session migration configurations to be queried."
    }),
    { nullable: true, exact: true, default: () => [] }
  )
}).annotations({
  identifier: "ListHotspotSessionConfigResponse",
  description: "Response to the request for querying hotspot session migration configurations.",
  ...keepUnknownFields
})

/**
 * @category models
 */
export interface ListHotspotSessionConfigResponse extends Schema.Schema.Type<typeof ListHotspotSessionConfigResponse> {}

/**
 * Everything that `listHotspotSessionConfig` can fail with: one class for each documented status, 429 and the rest of the
 * statuses, and what never was an answer.
 *
 * @category errors
 */
export type ListHotspotSessionConfigError =
  | StatusError
  | TransportError
  | DecodeError
  | CredentialsError
  | InvalidRequest
