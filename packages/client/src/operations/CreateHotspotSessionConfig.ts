import {
  CreateHotspotSessionConfigRequest,
  CreateHotspotSessionConfigResponse,
  createHotspotSessionConfig as operation,
  type SentUser
} from "@hotspot-session/core"
import * as StrictResponses from "@hotspot-session/core/StrictResponses"
import { type CallableOperation, checkBy, decodeBy, decodeStrictlyBy } from "../CallableOperation.js"

/**
 * The input of `createHotspotSessionConfig` as plain values, which are checked before anything is sent.
 *
 * @category models
 * @since 0.1.0
 */
export interface CreateParameters {
  /** The project of the new configuration. */
  readonly project_id: string
  /** Whether hotspot session migration is on. */
  readonly hotspot_session_migration_enable: boolean
  /** Number of sessions that exit when a server runs hot: 0 to 100. */
  readonly hotspot_exit_session_num: number
  /** Users whose sessions are never moved: at most 1000, each with an ID or a name. Default: none. */
  readonly non_migrate_users?: ReadonlyArray<SentUser> | undefined
}

/**
 * `POST /v1/{project_id}/hotspot-session-config`.
 *
 * @category operations
 * @since 0.1.0
 */
export const createHotspotSessionConfig: CallableOperation<CreateParameters, CreateHotspotSessionConfigResponse> = {
  ...operation,
  check: (input) => checkBy(CreateHotspotSessionConfigRequest)(input),
  decode: (json) => decodeBy(CreateHotspotSessionConfigResponse)(json),
  decodeStrictly: (json) => decodeStrictlyBy(StrictResponses.CreateHotspotSessionConfigResponse)(json)
}
