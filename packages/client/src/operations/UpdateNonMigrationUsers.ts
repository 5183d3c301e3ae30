import {
  maxUsers,
  updateNonMigrationUsers as operation,
  type SentUser,
  UpdateNonMigrationUsersRequest,
  type UpdateType,
  withContext
} from "@hotspot-session/core"
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { Call, CallOptions } from "../Call.js"
import { type CallableOperation, checkBy } from "../CallableOperation.js"
import type { CallError } from "../Core.js"

/**
 * The input of `updateNonMigrationUsers` as plain values, which are checked before anything is sent.
 *
 * @category models
 * @since 0.1.0
 */
export interface UpdateUsersParameters {
  /** The project of the configuration. */
  readonly project_id: string
  /** The configuration whose users are changed. */
  readonly config_id: string
  /** Whether the users are added (`ADD`) or removed (`DELETE`). */
  readonly update_type: UpdateType
  /** Users with an ID or a name: at most 1000 in one request, any number in a call of `HotspotSession`. */
  readonly non_migrate_users: ReadonlyArray<SentUser>
}

/**
 * `PATCH /v1/{project_id}/hotspot-session-config/{config_id}/non-migration-users`: one request. The body of the response is
 * ignored.
 *
 * @category operations
 * @since 0.1.0
 */
export const updateNonMigrationUsers: CallableOperation<UpdateUsersParameters, void> = {
  ...operation,
  ignoresBody: true,
  check: (input) => checkBy(UpdateNonMigrationUsersRequest)(input),
  decode: () => Either.void
}

/** The operation for users that follow `offset` others, whose positions count in what it says of an invalid user. */
const after = (offset: number): typeof updateNonMigrationUsers => ({
  ...updateNonMigrationUsers,
  check: (input) =>
    Either.mapLeft(updateNonMigrationUsers.check(input), (issues) =>
      issues.map(({ message, path }) => ({
        message,
        path: path.replace(/^(non_migrate_users\[)(\d+)/, (_, start, index) => `${start}${Number(index) + offset}`)
      }))
    )
})

/**
 * Changes any number of users, in requests of at most 1000, one after the other. All of them are checked before the first
 * request.
 *
 * @internal
 */
export const updateAllUsers =
  (call: Call) =>
  (parameters: UpdateUsersParameters, options?: CallOptions): Effect.Effect<void, CallError> => {
    const users = parameters?.non_migrate_users
    if (!Array.isArray(users) || users.length <= maxUsers) return call(updateNonMigrationUsers, parameters, options)
    const chunks = Arr.chunksOf(users as ReadonlyArray<SentUser>, maxUsers).map((non_migrate_users) => ({
      ...parameters,
      non_migrate_users
    }))
    for (const [index, chunk] of chunks.entries()) {
      const update = after(index * maxUsers)
      // The call of an invalid input fails before anything is sent.
      if (Either.isLeft(update.check(chunk))) return call(update, chunk, options)
    }
    return Effect.forEach(
      chunks,
      (chunk, index) =>
        Effect.mapError(call(updateNonMigrationUsers, chunk, options), (error) =>
          index === 0 ? error : withContext(error, { completed: index * maxUsers })
        ),
      { discard: true }
    )
  }
