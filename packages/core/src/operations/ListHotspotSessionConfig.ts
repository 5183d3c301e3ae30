import type { Operation } from "../Operation.js"
import { readRateHint } from "./Hints.js"

/**
 * Lists a project's hotspot session migration configurations, without a total.
 *
 * Source:
 * {@link https://support.huaweicloud.com/intl/en-us/api-workspace/ListHotspotSessionConfig.html ListHotspotSessionConfig}.
 *
 * @category operations
 * @since 0.1.0
 */
export const listHotspotSessionConfig = {
  name: "listHotspotSessionConfig",
  method: "GET",
  path: "/v1/{project_id}/hotspot-session-config",
  query: ["limit", "offset"],
  idempotency: "safe",
  pagination: { items: "items", key: "id" },
  hints: {
    BadRequest: "Check the project ID, the limit (1 to 100) and the offset.",
    TooManyRequests: readRateHint,
    size: "Request fewer configurations with limit, or raise maxBodyBytes in the library."
  }
} as const satisfies Operation
