import type { HotspotSessionMigrationConfig, UserInfo } from "@hotspot-session/client/Core"
import type { SentUser } from "@hotspot-session/core"
import { canonical, changesBetween, userKey } from "./Changes.js"
import type { ConfigSettings } from "./ConfigSettings.js"
import { settingNames, settingsOf, unsendableSettings } from "./SettingValues.js"
import { additions, type UserEdit } from "./UserChanges.js"

type Config = HotspotSessionMigrationConfig

/**
 * What will be written to a project, and what it was decided on. A plain value: equal writes mean the same change to the
 * same state.
 *
 * @category models
 * @since 0.1.0
 */
export type ConfigWrite = CreateWrite | UpdateWrite | UsersWrite

/**
 * A configuration that will be created.
 *
 * @category models
 * @since 0.1.0
 */
export interface CreateWrite {
  readonly write: "create"
  readonly settings: ConfigSettings
  readonly users: ReadonlyArray<SentUser>
  /** The configurations that exist already. */
  readonly existing: ReadonlyArray<Config>
}

/**
 * The settings of a configuration that will be updated.
 *
 * @category models
 * @since 0.1.0
 */
export interface UpdateWrite {
  readonly write: "update"
  readonly id: string
  readonly from: Partial<ConfigSettings>
  readonly to: ConfigSettings
}

/**
 * The users of a configuration that will be added or removed.
 *
 * @category models
 * @since 0.1.0
 */
export interface UsersWrite {
  readonly write: "addUsers" | "removeUsers"
  readonly id: string
  readonly edit: UserEdit
}

/**
 * Whether nothing would be sent.
 *
 * @category predicates
 * @since 0.1.0
 */
export const isNoWrite = (write: ConfigWrite): boolean => {
  switch (write.write) {
    case "create":
      return false
    case "update":
      return canonical(write.from) === canonical(write.to)
    case "addUsers":
    case "removeUsers":
      return write.edit.add.length === 0 && write.edit.remove.length === 0
  }
}

/**
 * Whether two writes make the same change to the same state.
 *
 * @category predicates
 * @since 0.1.0
 */
export const isSameWrite = (one: ConfigWrite, other: ConfigWrite): boolean =>
  one.write === "create" && other.write === "create"
    ? changesBetween(one.existing, other.existing).length === 0 &&
      canonical({ ...one, existing: [] }) === canonical({ ...other, existing: [] })
    : canonical(one) === canonical(other)

/**
 * The write that updates a configuration; its settings that are not given stay. The names are those of settings that are not
 * given, and not known or out of bounds, so that they cannot be sent.
 *
 * @category operations
 * @since 0.1.0
 */
export const updateOf = (
  id: string,
  config: Config,
  given: Partial<ConfigSettings>
): UpdateWrite | ReadonlyArray<keyof ConfigSettings> => {
  const from = settingsOf(config)
  const to = { ...from, ...given }
  const unsendable = unsendableSettings(to)
  // Both settings are known if none is unsendable, which a list of names cannot tell the compiler.
  return unsendable.length > 0 ? unsendable : { write: "update", id, from, to: to as ConfigSettings }
}

/**
 * Users after an edit: one that is added takes the place of the same user.
 *
 * @internal
 */
export const editedUsers = (
  users: ReadonlyArray<UserInfo>,
  { add, remove }: Pick<UserEdit, "add" | "remove">
): ReadonlyArray<UserInfo> => {
  const added = new Map(add.map((user) => [user.user_id ?? "", user]))
  const removed = new Set(remove.map(canonical))
  const known = new Set(users.map(({ user_id }) => user_id))
  return [
    ...users
      .filter(({ user_id, user_name }) => !removed.has(canonical({ user_id, user_name })))
      .map((user) => ({ ...user, ...(user.user_id === undefined ? {} : added.get(user.user_id)) })),
    ...add.filter(({ user_id }) => user_id === undefined || !known.has(user_id))
  ]
}

/**
 * The configuration as it will be. `before` is the configuration as it is; a new one has none.
 *
 * @category operations
 * @since 0.1.0
 */
export const expectedConfig = (write: ConfigWrite, before: Config = { non_migrate_users: [] }): Config => {
  switch (write.write) {
    case "create":
      return { ...write.settings, non_migrate_users: write.users }
    case "update":
      return { ...before, ...write.to }
    case "addUsers":
    case "removeUsers":
      return { ...before, non_migrate_users: editedUsers(before.non_migrate_users, write.edit) }
  }
}

/**
 * Where a configuration differs from what was written: names of fields. What was not written is not compared.
 *
 * @category operations
 * @since 0.1.0
 */
export const unmetFields = (write: ConfigWrite, config: Config): ReadonlyArray<keyof Config> => {
  const settings = (wanted: ConfigSettings) => settingNames.filter((name) => config[name] !== wanted[name])
  const users = (added: ReadonlyArray<SentUser>, removed: ReadonlyArray<SentUser>) => {
    const present = new Set(config.non_migrate_users.map(userKey))
    const isMet =
      additions(config.non_migrate_users, added).add.length === 0 && !removed.some((user) => present.has(userKey(user)))
    return isMet ? [] : (["non_migrate_users"] as const)
  }
  switch (write.write) {
    case "create":
      return [...settings(write.settings), ...users(write.users, [])]
    case "update":
      return settings(write.to)
    case "addUsers":
    case "removeUsers":
      return users(write.edit.add, write.edit.remove)
  }
}
