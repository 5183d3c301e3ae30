import {
  ListHotspotSessionConfigRequest,
  ListHotspotSessionConfigResponse,
  listHotspotSessionConfig as operation
} from "@hotspot-session/core"
import * as StrictResponses from "@hotspot-session/core/StrictResponses"
import * as Either from "effect/Either"
import { type CallableOperation, checkBy, decodeBy, decodeStrictlyBy } from "../CallableOperation.js"
import { isListHotspotSessionConfigRequest, isListHotspotSessionConfigResponse } from "./Guards.js"

/**
 * The parameters of `listHotspotSessionConfig` as plain values, which are checked before anything is sent. `undefined` counts
 * as absent.
 *
 * @category models
 * @since 0.1.0
 */
export interface ListParameters {
  /** The project whose configurations are listed. */
  readonly project_id: string
  /** Number of configurations to skip: 0 to 2147483647. Default: 0. */
  readonly offset?: number | undefined
  /** Maximum number of configurations on a page: 1 to 100. Default: 10, the service's default; 100 for streams. */
  readonly limit?: number | undefined
}

/**
 * `GET /v1/{project_id}/hotspot-session-config`. A page that decoding does not change is returned as it was parsed.
 *
 * @category operations
 * @since 0.1.0
 */
// What the guards accept needs neither checking nor decoding. The schemas are slow to build, so they are built when needed.
export const listHotspotSessionConfig: CallableOperation<ListParameters, ListHotspotSessionConfigResponse> &
  Pick<typeof operation, "pagination"> = {
  ...operation,
  check: (input) =>
    isListHotspotSessionConfigRequest(input)
      ? Either.right(input as object as Readonly<Record<string, unknown>>)
      : checkBy(ListHotspotSessionConfigRequest)(input),
  decode: (json) =>
    isListHotspotSessionConfigResponse(json) ? Either.right(json) : decodeBy(ListHotspotSessionConfigResponse)(json),
  decodeStrictly: (json) => decodeStrictlyBy(StrictResponses.ListHotspotSessionConfigResponse)(json)
}
