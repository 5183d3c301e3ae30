import type { Operation } from "../Operation.js"
import { writeRateHint } from "./Hints.js"

/**
 * Creates a hotspot session migration configuration. The API has no operation that deletes one, and one that is made twice
 * cannot be recognised: a call whose outcome is unknown must not be repeated.
 * The documented status of success is 200; the client of the cloud's Terraform provider accepts the others, too.
 *
 * Source:
 * {@link https://support.huaweicloud.com/intl/en-us/api-workspace/CreateHotspotSessionConfig.html CreateHotspotSessionConfig}.
 *
 * @category operations
 * @since 0.1.0
 */
export const createHotspotSessionConfig = {
  name: "createHotspotSessionConfig",
  method: "POST",
  path: "/v1/{project_id}/hotspot-session-config",
  body: ["hotspot_session_migration_enable", "hotspot_exit_session_num", "non_migrate_users"],
  success: [200, 201, 202],
  idempotency: "none",
  hints: {
    BadRequest: "Check the number of sessions (0 to 100) and the users (at most 1000, each with an ID or a name).",
    TooManyRequests: writeRateHint,
    unknown:
      "The configuration may have been created, and creating it again would make a second one. List the configurations first."
  }
} as const satisfies Operation
