import {
  ListNonMigrationUsersRequest,
  ListNonMigrationUsersResponse,
  listNonMigrationUsers as operation
} from "@hotspot-session/core"
import * as StrictResponses from "@hotspot-session/core/StrictResponses"
import * as Either from "effect/Either"
import { type CallableOperation, checkBy, decodeBy, decodeStrictlyBy } from "../CallableOperation.js"
import { isListNonMigrationUsersRequest, isListNonMigrationUsersResponse } from "./Guards.js"

/**
 * The parameters of `listNonMigrationUsers` as plain values, which are checked before anything is sent. `undefined` counts as
 * absent.
 *
 * @category models
 * @since 0.1.0
 */
export interface ListUsersParameters {
  /** The project of the configuration. */
  readonly project_id: string
  /** The configuration whose users are listed. */
  readonly config_id: string
  /** Only users of this name: at most 128 characters. How it matches is documented nowhere. Default: all users. */
  readonly user_name?: string | undefined
  /** Number of users to skip: 0 to 2147483647. Default: 0. */
  readonly offset?: number | undefined
  /** Maximum number of users on a page: 1 to 100. Default: 10, the service's default; 100 for streams. */
  readonly limit?: number | undefined
}

/**
 * `GET /v1/{project_id}/hotspot-session-config/{config_id}/non-migration-users`. A page that decoding does not change is
 * returned as it was parsed.
 *
 * @category operations
 * @since 0.1.0
 */
// What the guards accept needs neither checking nor decoding. The schemas are slow to build, so they are built when needed.
export const listNonMigrationUsers: CallableOperation<ListUsersParameters, ListNonMigrationUsersResponse> &
  Pick<typeof operation, "pagination"> = {
  ...operation,
  check: (input) =>
    isListNonMigrationUsersRequest(input)
      ? Either.right(input as object as Readonly<Record<string, unknown>>)
      : checkBy(ListNonMigrationUsersRequest)(input),
  decode: (json) =>
    isListNonMigrationUsersResponse(json) ? Either.right(json) : decodeBy(ListNonMigrationUsersResponse)(json),
  decodeStrictly: (json) => decodeStrictlyBy(StrictResponses.ListNonMigrationUsersResponse)(json)
}
