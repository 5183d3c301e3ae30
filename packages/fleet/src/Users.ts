import type { HotspotSession } from "@hotspot-session/client"
import type { ListNonMigrationUsersResponse, UserInfo } from "@hotspot-session/client/Core"
import { listNonMigrationUsers } from "@hotspot-session/client/ListNonMigrationUsers"
import { paged } from "@hotspot-session/client/Pagination"
import { maxLimit } from "@hotspot-session/core"
import * as Effect from "effect/Effect"
import { userKey } from "./Changes.js"
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
  /** Whether the number is known and each user was read, with no change in between that could hide one. */
  readonly isComplete: boolean
}

/**
 * How users are read: the options of each call, and of its page.
 *
 * @category models
 * @since 0.1.0
 */
export interface UserPageOptions extends HotspotSession.CallOptions {
  /** How many users a request asks for, at least 2. Default: the service's maximum. */
  readonly pageSize?: number | undefined
}

const readOnce = (
  { listNonMigrationUsers: onePage }: HotspotSession.Service,
  projectId: string,
  configId: string,
  { pageSize = maxLimit, ...options }: UserPageOptions = {}
): Effect.Effect<ReadUsers, ReadError> =>
  Effect.suspend(() => {
    const users: Array<UserInfo> = []
    const totals = new Set<number>()
    let isShifted = false
    const limit = Math.max(pageSize, 2)
    // If users before a page come or go, it repeats some, or some are on no page, even if their number is the same. So each
    // page starts with the last user of the one before.
    const overlapping: typeof onePage = paged(listNonMigrationUsers, (request, options) => {
      const { offset = 0 } = request
      if (offset === 0) return onePage({ ...request, limit }, options)
      return Effect.map(onePage({ ...request, limit, offset: offset - 1 }, options), (page) => {
        const [repeated = {}, ...more] = page.non_migrate_users
        isShifted ||= userKey(repeated) !== userKey(users.at(-1) ?? {})
        return { ...page, non_migrate_users: more }
      })
    })
    const add = ({ non_migrate_users, total_count }: ListNonMigrationUsersResponse) =>
      Effect.sync(() => {
        if (total_count !== undefined) totals.add(total_count)
        for (const user of non_migrate_users) users.push(user)
      })
    const parameters = { project_id: projectId, config_id: configId, limit: limit - 1 }
    return overlapping.forEachPage(parameters, add, options).pipe(
      Effect.map(() => {
        const [total] = totals
        const isComplete = !isShifted && totals.size === 1 && total === users.length
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
