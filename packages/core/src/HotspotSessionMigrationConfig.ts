import * as Schema from "effect/Schema"
import { ConfigId } from "./ConfigId.js"
import { describedInt } from "./Described.js"
import { nullable } from "./Nullable.js"
import { keepUnknownFields } from "./UnknownFields.js"
import { users } from "./UserInfo.js"

/**
 * A hotspot session migration configuration: whether sessions are moved off a server that runs hot, how many exit, and
 * which users are never moved.
 *
 * Decoding is as lenient as the service: every field may be absent, `null` is decoded as absent, and absent
 * `non_migrate_users` as `[]`. Any other absent field stays absent. Undocumented fields are kept when decoding and
 * encoding. A field of the wrong type fails with a `ParseError`.
 *
 * Source: Table 5 of
 * {@link https://support.huaweicloud.com/intl/en-us/api-workspace/ListHotspotSessionConfig.html ListHotspotSessionConfig}.
 *
 * @category models
 * @since 0.1.0
 */
export const HotspotSessionMigrationConfig = Schema.Struct({
  /** Unique ID. Opaque; see `ConfigId`. */
  id: Schema.optionalWith(ConfigId, nullable),
  /** Project ID, as the service sends it. */
  project_id: Schema.optionalWith(Schema.String.annotations({ description: "Project ID." }), nullable),
  /** Whether hotspot session migration is on. */
  hotspot_session_migration_enable: Schema.optionalWith(
    Schema.Boolean.annotations({ description: "Whether to enable hotspot session migration." }),
    nullable
  ),
  /** Number of sessions that exit when a server runs hot: a setting, not a counter. */
  hotspot_exit_session_num: Schema.optionalWith(
    describedInt("Number of sessions that exit when a hotspot occurs."),
    nullable
  ),
  /** Users whose sessions are never moved. */
  non_migrate_users: users
}).annotations({ identifier: "HotspotSessionMigrationConfig", ...keepUnknownFields })

/**
 * A configuration, as it was decoded.
 *
 * @category models
 * @since 0.1.0
 */
export interface HotspotSessionMigrationConfig extends Schema.Schema.Type<typeof HotspotSessionMigrationConfig> {}
