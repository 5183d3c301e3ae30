import * as Schema from "effect/Schema"
import { ProjectId } from "./ProjectId.js"
import { ConfigIdParameter, SentUsers } from "./SentConfig.js"

/**
 * Whether users are added (`ADD`) or removed (`DELETE`).
 *
 * Source: Table 3 of
 * {@link https://support.huaweicloud.com/intl/en-us/api-workspace/UpdateNonMigrationUsers.html UpdateNonMigrationUsers}.
 *
 * @category models
 * @since 0.1.0
 */
export const UpdateType = Schema.Literal("ADD", "DELETE").annotations({
  identifier: "UpdateType",
  description: "Whether users are added or removed.",
  message: () => ({ message: "must be ADD or DELETE", override: true })
})

/**
 * Whether users are added (`ADD`) or removed (`DELETE`).
 *
 * @category models
 * @since 0.1.0
 */
export type UpdateType = typeof UpdateType.Type

/**
 * Body of `PATCH /v1/{project_id}/hotspot-session-config/{config_id}/non-migration-users`. Fails to decode with a
 * `ParseError` if a field is missing or out of range; other fields are dropped.
 *
 * Source: Table 3 of
 * {@link https://support.huaweicloud.com/intl/en-us/api-workspace/UpdateNonMigrationUsers.html UpdateNonMigrationUsers}.
 *
 * @category models
 * @since 0.1.0
 */
export const UpdateNonMigrationUsersBody = Schema.Struct({
  update_type: UpdateType,
  /** At most 1000. */
  non_migrate_users: SentUsers
}).annotations({
  identifier: "UpdateNonMigrationUsersBody",
  description: "Request for adding or removing users that are not migrated."
})

/**
 * Input of `updateNonMigrationUsers`: the configuration, and the body of one request. The response has no documented body.
 *
 * @category models
 * @since 0.1.0
 */
export const UpdateNonMigrationUsersRequest = Schema.Struct({
  project_id: ProjectId,
  config_id: ConfigIdParameter,
  ...UpdateNonMigrationUsersBody.fields
}).annotations({ identifier: "UpdateNonMigrationUsersRequest" })
