import type { HotspotSession } from "@hotspot-session/client"
import type { ListNonMigrationUsersResponse, UserInfo } from "@hotspot-session/client/Core"
import { maxLimit } from "@hotspot-session/core"
import * as Effect from "effect/Effect"
import type { ReadError } from "./Pages.js"

/**
 * All users of a configuration, as far as they could be read.
 *
 * @category models
 * @since 0.1.0
 */
export interface ReadUsers {
  readonly users: ReadonlyArray<UserInfo>
  /** The number of users according to the service; `undefined` if it sent none. */
  readonly total: number | undefined
  /** Whether the number is known and each user was read. */
  readonly isComplete: boolean
}

/**
 * How users are read: the options of each call, and of its page.
 *
 * @category models
 * @since 0.1.0
 */
export interface UserPageOptions extends HotspotSession.CallOptions {
  /** How many users a request asks for. Default: the service's maximum. */
  readonly pageSize?: number | undefined
}

const readOnce = (
  { listNonMigrationUsers }: HotspotSession.Service,
  projectId: string,
  configId: string,
  { pageSize = maxLimit, ...options }: UserPageOptions = {}
): Effect.Effect<ReadUsers, ReadError> =>
  Effect.suspend(() => {
    const users: Array<UserInfo> = []
    const totals = new Set<number>()
    const add = ({ non_migrate_users, total_count }: ListNonMigrationUsersResponse) =>
      Effect.sync(() => {
        if (total_count !== undefined) totals.add(total_count)
        for (const user of non_migrate_users) users.push(user)
      })
    const parameters = { project_id: projectId, config_id: configId, limit: pageSize }
    return listNonMigrationUsers.forEachPage(parameters, add, options).pipe(
      Effect.map(() => {
        const [total] = totals
        const isComplete = totals.size === 1 && total === users.length
        return { users, total: [...totals].at(-1), isComplete }
      })
    )
  })

/**
 * Reads all users of a configuration, and once more if they change in between.
 *
 * @category operations
 * @since 0.1.0
 */
export const readUsers = (...args: Parameters<typeof readOnce>): Effect.Effect<ReadUsers, ReadError> =>
  Effect.flatMap(readOnce(...args), (first) =>
    first.isComplete || first.total === undefined ? Effect.succeed(first) : readOnce(...args)
  )
