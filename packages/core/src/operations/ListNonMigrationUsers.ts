import type { Operation } from "../Operation.js"
import { configNotFoundHint, readRateHint } from "./Hints.js"

/**
 * Lists the users of a configuration whose sessions are never moved, with their total number.
 *
 * Source:
 * {@link https://support.huaweicloud.com/intl/en-us/api-workspace/ListNonMigrationUsers.html ListNonMigrationUsers}.
 *
 * @category operations
 * @since 0.1.0
 */
export const listNonMigrationUsers = {
  name: "listNonMigrationUsers",
  method: "GET",
  path: "/v1/{project_id}/hotspot-session-config/{config_id}/non-migration-users",
  query: ["limit", "offset", "user_name"],
  idempotency: "safe",
  pagination: { items: "non_migrate_users", key: "user_id", total: "total_count" },
  hints: {
    BadRequest:
      "Check the configuration ID, the limit (1 to 100), the offset and the user name (at most 128 characters).",
    NotFound: configNotFoundHint,
    TooManyRequests: readRateHint,
    size: "Request fewer users with limit, or raise maxBodyBytes in the library."
  }
} as const satisfies Operation
