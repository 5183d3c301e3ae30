import * as Schema from "effect/Schema"
import { HotspotSessionMigrationConfig } from "./HotspotSessionMigrationConfig.js"
import { ProjectId } from "./ProjectId.js"
import { ConfigIdParameter, sentSettings } from "./SentConfig.js"
import { keepUnknownFields } from "./UnknownFields.js"

/**
 * Body of `PATCH /v1/{project_id}/hotspot-session-config/{config_id}`: both settings, because the service replaces both.
 * Fails to decode with a `ParseError` if one is missing or out of range; other fields are dropped.
 *
 * Source: Table 3 of
 * {@link https://support.huaweicloud.com/intl/en-us/api-workspace/UpdateHotspotSessionConfig.html UpdateHotspotSessionConfig}.
 *
 * @category models
 * @since 0.1.0
 */
export const UpdateHotspotSessionConfigBody = Schema.Struct(sentSettings).annotations({
  identifier: "UpdateHotspotSessionConfigBody",
  description: "Request for updating a hotspot session migration configuration."
})

/**
 * Input of `updateHotspotSessionConfig`: the configuration, and the body.
 *
 * @category models
 * @since 0.1.0
 */
export const UpdateHotspotSessionConfigRequest = Schema.Struct({
  project_id: ProjectId,
  config_id: ConfigIdParameter,
  ...sentSettings
}).annotations({ identifier: "UpdateHotspotSessionConfigRequest" })

/**
 * The configuration after the update, without its project and its users. Every field may be absent, and `null` is decoded as
 * absent. Undocumented fields are kept.
 *
 * Source: Table 4 of
 * {@link https://support.huaweicloud.com/intl/en-us/api-workspace/UpdateHotspotSessionConfig.html UpdateHotspotSessionConfig}.
 *
 * @category models
 * @since 0.1.0
 */
export const UpdateHotspotSessionConfigResponse = HotspotSessionMigrationConfig.pick(
  "id",
  "hotspot_session_migration_enable",
  "hotspot_exit_session_num"
).annotations({
  identifier: "UpdateHotspotSessionConfigResponse",
  description: "Response to the request for updating a hotspot session migration configuration.",
  ...keepUnknownFields
})

/**
 * The configuration after the update, as it was decoded.
 *
 * @category models
 * @since 0.1.0
 */
export interface UpdateHotspotSessionConfigResponse
  extends Schema.Schema.Type<typeof UpdateHotspotSessionConfigResponse> {}
