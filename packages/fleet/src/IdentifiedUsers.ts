import type { UserInfo } from "@hotspot-session/client/Core"
import { maxIdLength, type SentUser } from "@hotspot-session/core"
import * as Either from "effect/Either"
import { userKey } from "./Changes.js"

const isSendable = (text: string | undefined): text is string =>
  // The characters are counted only where there may be fewer of them than code units.
  text !== undefined && text !== "" && (text.length <= maxIdLength || [...text].length <= maxIdLength)

/**
 * The users that a request can name, each once and with the fields that can be sent. Users with neither an ID nor a name, or
 * with texts that the service does not accept, cannot be added or removed, and are left out.
 *
 * @category operations
 * @since 0.1.0
 */
export const identifiedUsers = (users: ReadonlyArray<UserInfo>): ReadonlyArray<SentUser> => {
  const byKey = new Map<string, SentUser>()
  for (const { user_id, user_name } of users) {
    const names = isSendable(user_name) ? { user_name } : undefined
    const user: SentUser | undefined = isSendable(user_id) ? { user_id, ...names } : names
    if (user === undefined) continue
    const key = userKey(user)
    if (!byKey.has(key)) byKey.set(key, user)
  }
  return [...byKey.values()]
}

const isSame = (one: SentUser, other: SentUser | undefined): boolean =>
  one.user_id === other?.user_id && one.user_name === other?.user_name

/**
 * The users of a configuration that is to have exactly these. A user without a name keeps the name that is there, and one
 * without an ID is the only one of that name, if there is any. Left is a name that several users have.
 *
 * @category operations
 * @since 0.1.0
 */
export const desiredUsers = (
  present: ReadonlyArray<SentUser>,
  desired: ReadonlyArray<SentUser>
): Either.Either<ReadonlyArray<SentUser>, string> => {
  if (present.length === desired.length && present.every((user, index) => isSame(user, desired[index]))) {
    return Either.right(present)
  }
  const byKey = new Map(present.map((user) => [userKey(user), user]))
  const withId = desired.flatMap(({ user_id, user_name }) => {
    if (user_id === undefined) return []
    const name = user_name ?? byKey.get(`id ${user_id}`)?.user_name
    return [{ user_id, ...(name === undefined ? {} : { user_name: name }) }]
  })
  const ids = new Set(withId.map(({ user_id }) => user_id))
  const namesWithId = new Set(withId.map(({ user_name }) => user_name))
  const othersByName = new Map<string, Array<SentUser>>()
  for (const user of present) {
    if (user.user_id === undefined || user.user_name === undefined || ids.has(user.user_id)) continue
    const others = othersByName.get(user.user_name)
    if (others === undefined) othersByName.set(user.user_name, [user])
    else others.push(user)
  }
  const result: Array<SentUser> = []
  let next = 0
  for (const user of desired) {
    const { user_name = "" } = user
    if (user.user_id !== undefined) {
      result.push(withId[next++] ?? user)
    } else if (byKey.has(userKey(user))) {
      result.push(user)
    } else if (!namesWithId.has(user_name)) {
      const [other = user, ...more] = othersByName.get(user_name) ?? []
      if (more.length > 0) return Either.left(user_name)
      result.push(other)
    }
  }
  return Either.right(result)
}
