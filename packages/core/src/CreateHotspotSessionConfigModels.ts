import * as Schema from "effect/Schema"
import { HotspotSessionMigrationConfig } from "./HotspotSessionMigrationConfig.js"
import { ProjectId } from "./ProjectId.js"
import { SentUsers, sentSettings } from "./SentConfig.js"
import { keepUnknownFields } from "./UnknownFields.js"

/**
 * Body of `POST /v1/{project_id}/hotspot-session-config`. Fails to decode with a `ParseError` if a field is missing or out of
 * range; other fields are dropped.
 *
 * Source: Table 3 of
 * {@link https://support.huaweicloud.com/intl/en-us/api-workspace/CreateHotspotSessionConfig.html CreateHotspotSessionConfig}.
 *
 * @category models
 * @since 0.1.0
 */
export const CreateHotspotSessionConfigBody = Schema.Struct({
  ...sentSettings,
  /** Users whose sessions are never moved: at most 1000. Default: none. */
  non_migrate_users: Schema.optionalWith(SentUsers, { exact: true })
}).annotations({
  identifier: "CreateHotspotSessionConfigBody",
  description: "Request for creating a hotspot session migration configuration."
})

/**
 * Input of `createHotspotSessionConfig`: the project, and the body.
 *
 * @category models
 * @since 0.1.0
 */
export const CreateHotspotSessionConfigRequest = Schema.Struct({
  project_id: ProjectId,
  ...CreateHotspotSessionConfigBody.fields
}).annotations({ identifier: "CreateHotspotSessionConfigRequest" })

/**
 * The configuration that was created, without its project. Decoding is as lenient as for the list: every field may be
 * absent, `null` is decoded as absent, and absent `non_migrate_users` as `[]`. Undocumented fields are kept.
 *
 * Source: Table 5 of
 * {@link https://support.huaweicloud.com/intl/en-us/api-workspace/CreateHotspotSessionConfig.html CreateHotspotSessionConfig}.
 *
 * @category models
 * @since 0.1.0
 */
export const CreateHotspotSessionConfigResponse = HotspotSessionMigrationConfig.omit("project_id").annotations({
  identifier: "CreateHotspotSessionConfigResponse",
  description: "Response to the request for creating a hotspot session migration configuration.",
  ...keepUnknownFields
})

/**
 * The configuration that was created, as it was decoded.
 *
 * @category models
 * @since 0.1.0
 */
export interface CreateHotspotSessionConfigResponse
  extends Schema.Schema.Type<typeof CreateHotspotSessionConfigResponse> {}
