import type { Operation } from "../Operation.js"
import { configNotFoundHint, writeRateHint } from "./Hints.js"

/**
 * Adds users to a configuration, or removes them. Adding a user that is there replaces it; removing one that is not there
 * changes nothing.
 * The documented status of success is 200; the client of the cloud's Terraform provider accepts the others, too.
 *
 * Source:
 * {@link https://support.huaweicloud.com/intl/en-us/api-workspace/UpdateNonMigrationUsers.html UpdateNonMigrationUsers}.
 *
 * @category operations
 * @since 0.1.0
 */
export const updateNonMigrationUsers = {
  name: "updateNonMigrationUsers",
  method: "PATCH",
  path: "/v1/{project_id}/hotspot-session-config/{config_id}/non-migration-users",
  body: ["update_type", "non_migrate_users"],
  success: [200, 202, 204],
  idempotency: "idempotent",
  hints: {
    BadRequest: "Check the configuration ID and the users (each with an ID or a name of 1 to 128 characters).",
    NotFound: configNotFoundHint,
    TooManyRequests: writeRateHint,
    unknown: "The users may have been changed. The same call can be made again."
  }
} as const satisfies Operation
