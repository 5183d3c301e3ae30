import * as Schema from "effect/Schema"
import { describedInt } from "./Described.js"
import { Limit } from "./Limit.js"
import { nullable } from "./Nullable.js"
import { Offset } from "./Offset.js"
import { ProjectId } from "./ProjectId.js"
import { boundedText, ConfigIdParameter } from "./SentConfig.js"
import { keepUnknownFields } from "./UnknownFields.js"
import { users } from "./UserInfo.js"

/**
 * The name by which users are filtered: at most 128 characters. How it matches is documented nowhere.
 *
 * @category parameters
 * @since 0.1.0
 */
export const UserNameFilter = boundedText("UserNameFilter", "Username by which users are filtered.", 0)

/**
 * Parameters of `GET /v1/{project_id}/hotspot-session-config/{config_id}/non-migration-users`: one page of a configuration's
 * users. Absent parameters stay absent; other fields are dropped.
 *
 * Fails to decode with a `ParseError` if a parameter is out of range.
 *
 * Source: Tables 1 and 2 of
 * {@link https://support.huaweicloud.com/intl/en-us/api-workspace/ListNonMigrationUsers.html ListNonMigrationUsers}.
 *
 * @category models
 * @since 0.1.0
 */
export const ListNonMigrationUsersRequest = Schema.Struct({
  project_id: ProjectId,
  config_id: ConfigIdParameter,
  /** Only users of this name. Default: all. */
  user_name: Schema.optionalWith(UserNameFilter, { exact: true }),
  /** Number of users to skip. Default of the service: 0. */
  offset: Schema.optionalWith(Offset, { exact: true }),
  /** Maximum number of users. Default of the service: 10. */
  limit: Schema.optionalWith(Limit, { exact: true })
}).annotations({ identifier: "ListNonMigrationUsersRequest" })

/**
 * A request whose parameters have been checked.
 *
 * @category models
 * @since 0.1.0
 */
export interface ListNonMigrationUsersRequest extends Schema.Schema.Type<typeof ListNonMigrationUsersRequest> {}

/**
 * A page of users, with the number of all users if the service sends it. Absent or `null` `non_migrate_users` are decoded as
 * `[]`. Undocumented fields are kept when decoding and encoding.
 *
 * Source: Table 4 of
 * {@link https://support.huaweicloud.com/intl/en-us/api-workspace/ListNonMigrationUsers.html ListNonMigrationUsers}.
 *
 * @category models
 * @since 0.1.0
 */
export const ListNonMigrationUsersResponse = Schema.Struct({
  /** Number of all users. */
  total_count: Schema.optionalWith(describedInt("Total number."), nullable),
  non_migrate_users: users
}).annotations({
  identifier: "ListNonMigrationUsersResponse",
  description: "Response to the request for querying users that are not migrated.",
  ...keepUnknownFields
})

/**
 * A page of users, as it was decoded.
 *
 * @category models
 * @since 0.1.0
 */
export interface ListNonMigrationUsersResponse extends Schema.Schema.Type<typeof ListNonMigrationUsersResponse> {}
