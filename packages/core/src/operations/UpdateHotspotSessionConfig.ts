import type { Operation } from "../Operation.js"
import { configNotFoundHint, writeRateHint } from "./Hints.js"

/**
 * Updates a hotspot session migration configuration: whether it is on, and how many sessions exit. Both are replaced; the
 * users are not changed. The service has no guard against updates that overwrite each other.
 * The documented status of success is 200; the client of the cloud's Terraform provider accepts the others, too.
 *
 * Source:
 * {@link https://support.huaweicloud.com/intl/en-us/api-workspace/UpdateHotspotSessionConfig.html UpdateHotspotSessionConfig}.
 *
 * @category operations
 * @since 0.1.0
 */
export const updateHotspotSessionConfig = {
  name: "updateHotspotSessionConfig",
  method: "PATCH",
  path: "/v1/{project_id}/hotspot-session-config/{config_id}",
  body: ["hotspot_session_migration_enable", "hotspot_exit_session_num"],
  success: [200, 202, 204],
  idempotency: "idempotent",
  hints: {
    BadRequest: "Check the configuration ID and the number of sessions (0 to 100).",
    NotFound: configNotFoundHint,
    TooManyRequests: writeRateHint,
    unknown: "The configuration may have been updated. The same call can be made again."
  }
} as const satisfies Operation
