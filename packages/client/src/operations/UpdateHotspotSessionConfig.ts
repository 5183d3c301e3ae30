import {
  updateHotspotSessionConfig as operation,
  UpdateHotspotSessionConfigRequest,
  UpdateHotspotSessionConfigResponse
} from "@hotspot-session/core"
import * as StrictResponses from "@hotspot-session/core/StrictResponses"
import { type CallableOperation, checkBy, decodeBy, decodeStrictlyBy } from "../CallableOperation.js"

/**
 * The input of `updateHotspotSessionConfig` as plain values, which are checked before anything is sent.
 *
 * @category models
 * @since 0.1.0
 */
export interface UpdateParameters {
  /** The project of the configuration. */
  readonly project_id: string
  /** The configuration. */
  readonly config_id: string
  /** Whether hotspot session migration is on. */
  readonly hotspot_session_migration_enable: boolean
  /** Number of sessions that exit when a server runs hot: 0 to 100. */
  readonly hotspot_exit_session_num: number
}

/** What a configuration that was read has, and an update does not. */
const notes: ReadonlyMap<string, string> = new Map([
  ["id", "unknown field; the ID of the configuration is config_id here"],
  ["non_migrate_users", "unknown field; users are changed by updateNonMigrationUsers"]
])

/**
 * `PATCH /v1/{project_id}/hotspot-session-config/{config_id}`.
 *
 * @category operations
 * @since 0.1.0
 */
export const updateHotspotSessionConfig: CallableOperation<UpdateParameters, UpdateHotspotSessionConfigResponse> = {
  ...operation,
  check: (input) => checkBy(UpdateHotspotSessionConfigRequest, notes)(input),
  decode: (json) => decodeBy(UpdateHotspotSessionConfigResponse)(json),
  decodeStrictly: (json) => decodeStrictlyBy(StrictResponses.UpdateHotspotSessionConfigResponse)(json)
}
