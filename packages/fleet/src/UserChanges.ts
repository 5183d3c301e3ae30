import type { UserInfo } from "@hotspot-session/client/Core"
import type { SentUser } from "@hotspot-session/core"
import * as Either from "effect/Either"
import { userKey } from "./Changes.js"

/**
 * A user as it is named, and where.
 *
 * @category models
 * @since 0.1.0
 */
export interface NamedUser extends SentUser {
  /** Such as "users.csv, line 3". */
  readonly source: string
}

/**
 * Two names for the same ID.
 *
 * @category models
 * @since 0.1.0
 */
export interface Contradiction {
  readonly user_id: string
  readonly first: NamedUser
  readonly second: NamedUser
}

/** The fields that identify a user, without undocumented ones. */
const sentUser = ({ user_id, user_name }: UserInfo): SentUser => ({
  ...(user_id === undefined || user_id === "" ? {} : { user_id }),
  ...(user_name === undefined || user_name === "" ? {} : { user_name })
})

/**
 * Distinct users, in the order in which they are first named. A user is known by its ID, and without one by its name. Whether
 * a name alone is one of the IDs, `additions` and `removals` tell. Left is an ID with two names.
 *
 * @category operations
 * @since 0.1.0
 */
export const mergeUsers = (users: ReadonlyArray<NamedUser>): Either.Either<ReadonlyArray<SentUser>, Contradiction> => {
  const byKey = new Map<string, NamedUser>()
  for (const user of users) {
    const key = userKey(user)
    const known = byKey.get(key)
    if (known?.user_name === undefined) byKey.set(key, user)
    else if (user.user_id !== undefined && user.user_name !== undefined && known.user_name !== user.user_name) {
      return Either.left({ user_id: user.user_id, first: known, second: user })
    }
  }
  return Either.right([...byKey.values()].map(sentUser))
}

/** The names that are given together with an ID. */
const namesWithId = (users: ReadonlyArray<SentUser>): ReadonlySet<string | undefined> =>
  new Set(users.flatMap(({ user_id, user_name }) => (user_id === undefined ? [] : [user_name])))

/**
 * How users of a configuration are changed. What is there already, or is not there, is not sent.
 *
 * @category models
 * @since 0.1.0
 */
export interface UserEdit {
  /** The users that are sent to be added. A user with a new name is added, which replaces it, and never removed. */
  readonly add: ReadonlyArray<SentUser>
  /** Those of `add` that have another name now. */
  readonly renamed: ReadonlyArray<{ readonly user_id: string; readonly from: string | undefined; readonly to: string }>
  /** The users that are to be removed, as they are. `identifiedUsers` gives what a request can name of them. */
  readonly remove: ReadonlyArray<SentUser>
  /** The users for whom there is nothing to do. */
  readonly unchanged: ReadonlyArray<SentUser>
}

const none: UserEdit = { add: [], renamed: [], remove: [], unchanged: [] }

interface UserIndex {
  readonly byId: ReadonlyMap<string, UserInfo>
  readonly byName: ReadonlyMap<string, ReadonlyArray<UserInfo>>
}

const indexOf = (users: ReadonlyArray<UserInfo>): UserIndex => {
  const byId = new Map<string, UserInfo>()
  const byName = new Map<string, Array<UserInfo>>()
  for (const user of users) {
    if (user.user_id !== undefined) byId.set(user.user_id, user)
    if (user.user_name === undefined) continue
    const others = byName.get(user.user_name)
    if (others === undefined) byName.set(user.user_name, [user])
    else others.push(user)
  }
  return { byId, byName }
}

/**
 * The edit that adds users to those of a configuration. A user that is there keeps its name unless another one is given. A name
 * that is also given with an ID is that user.
 *
 * @category operations
 * @since 0.1.0
 */
export const additions = (present: ReadonlyArray<UserInfo>, wanted: ReadonlyArray<SentUser>): UserEdit => {
  const { byId, byName } = indexOf(present)
  const newNames = new Map(wanted.map(({ user_id, user_name }) => [user_id, user_name]))
  const keepsName = ({ user_id, user_name }: UserInfo): boolean =>
    user_id === undefined || (newNames.get(user_id) ?? user_name) === user_name
  const add: Array<SentUser> = []
  const renamed: Array<UserEdit["renamed"][number]> = []
  const unchanged: Array<SentUser> = []
  const named = namesWithId(wanted)
  for (const user of wanted) {
    const { user_id, user_name } = user
    if (user_id === undefined) {
      if (named.has(user_name)) continue
      if (user_name !== undefined && byName.get(user_name)?.some(keepsName) === true) unchanged.push(user)
      else add.push(user)
      continue
    }
    const known = byId.get(user_id)
    if (known === undefined) add.push(user)
    else if (user_name === undefined || user_name === known.user_name) unchanged.push(sentUser(known))
    else {
      add.push(user)
      renamed.push({ user_id, from: known.user_name, to: user_name })
    }
  }
  return { ...none, add, renamed, unchanged }
}

/**
 * A user to be removed that is ambiguous: several users have the name, or the one with the ID has another name.
 *
 * @category models
 * @since 0.1.0
 */
export interface AmbiguousUser {
  /** The user to be removed. It has no ID if several users have its name. */
  readonly named: SentUser
  /** The users with its name, or the one with its ID. */
  readonly users: ReadonlyArray<SentUser>
}

/**
 * The edit that removes users from those of a configuration. A name that is also given with an ID is that user, and the one that
 * has no ID. Left is one of them that is ambiguous.
 *
 * @category operations
 * @since 0.1.0
 */
export const removals = (
  present: ReadonlyArray<UserInfo>,
  unwanted: ReadonlyArray<SentUser>
): Either.Either<UserEdit, AmbiguousUser> => {
  const { byId, byName } = indexOf(present)
  const named = namesWithId(unwanted)
  const remove = new Map<UserInfo, SentUser>()
  const unchanged: Array<SentUser> = []
  for (const user of unwanted) {
    const { user_id, user_name } = user
    const isNamedById = user_id === undefined && named.has(user_name)
    const found =
      user_id === undefined
        ? (byName.get(user_name ?? "") ?? []).filter((one) => !(isNamedById && one.user_id))
        : [byId.get(user_id)].filter((one) => one !== undefined)
    const [one] = found
    if (one === undefined) {
      if (!isNamedById) unchanged.push(user)
      continue
    }
    const known = sentUser(one)
    const hasOtherName = user_name !== undefined && known.user_name !== undefined && known.user_name !== user_name
    if (found.length > 1 || hasOtherName) return Either.left({ named: user, users: found.map(sentUser) })
    remove.set(one, known)
  }
  return Either.right({ ...none, remove: [...remove.values()], unchanged })
}
