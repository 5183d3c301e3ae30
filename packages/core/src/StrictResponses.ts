/**
 * The responses as the documentation has them, for strict decoding: every field is present, and none is `null`. Only of a
 * user one of the two fields is enough, because a user can be added by name alone. Unknown fields are up to the decoder.
 *
 * @module
 */
import * as Schema from "effect/Schema"
import { ConfigId } from "./ConfigId.js"

const User = Schema.Struct({
  user_id: Schema.optionalWith(Schema.String, { exact: true }),
  user_name: Schema.optionalWith(Schema.String, { exact: true })
}).pipe(Schema.filter((user) => "user_id" in user || "user_name" in user || "neither user_id nor user_name is present"))

const settings = {
  id: ConfigId,
  hotspot_session_migration_enable: Schema.Boolean,
  hotspot_exit_session_num: Schema.Int
}

/**
 * Strict form of `ListHotspotSessionConfigResponse`.
 *
 * @category models
 * @since 0.1.0
 */
export const ListHotspotSessionConfigResponse = Schema.Struct({
  items: Schema.Array(Schema.Struct({ ...settings, project_id: Schema.String, non_migrate_users: Schema.Array(User) }))
})

/**
 * Strict form of `CreateHotspotSessionConfigResponse`.
 *
 * @category models
 * @since 0.1.0
 */
export const CreateHotspotSessionConfigResponse = Schema.Struct({ ...settings, non_migrate_users: Schema.Array(User) })

/**
 * Strict form of `UpdateHotspotSessionConfigResponse`.
 *
 * @category models
 * @since 0.1.0
 */
export const UpdateHotspotSessionConfigResponse = Schema.Struct(settings)

/**
 * Strict form of `ListNonMigrationUsersResponse`.
 *
 * @category models
 * @since 0.1.0
 */
export const ListNonMigrationUsersResponse = Schema.Struct({
  total_count: Schema.Int,
  non_migrate_users: Schema.Array(User)
})
