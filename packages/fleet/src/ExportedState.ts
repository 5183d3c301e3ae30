import type { HotspotSessionMigrationConfig } from "@hotspot-session/client/Core"
import { ConfigIdParameter } from "@hotspot-session/core"
import * as Schema from "effect/Schema"
import type { DesiredConfig } from "./DesiredState.js"
import { identifiedUsers } from "./IdentifiedUsers.js"
import type { ReadError } from "./Pages.js"
import { isSendableSetting, settingNames } from "./SettingValues.js"
import type { ReadUsers } from "./Users.js"

/**
 * What an export leaves out, because it is not known or cannot be written: a configuration, or one of its fields.
 *
 * @category models
 * @since 0.1.0
 */
export interface Omission {
  readonly config_id?: string | undefined
  readonly field?: string | undefined
  /** Such as "the service does not count them". */
  readonly reason: string
  /** The error that prevented the reading, if it was one. */
  readonly error?: ReadError | undefined
}

/**
 * Configurations in the form of a desired state, and what they leave out.
 *
 * @category models
 * @since 0.1.0
 */
export interface ExportedConfigs {
  readonly items: ReadonlyArray<DesiredConfig>
  readonly omissions: ReadonlyArray<Omission>
}

/**
 * Whether a request can name the configuration.
 *
 * @internal
 */
export const isSendableId = Schema.is(ConfigIdParameter)

/** Why it is not known who the users are; `undefined` if it is. */
const usersReason = (read: ReadUsers | ReadError | undefined): string | undefined => {
  if (read === undefined || "_tag" in read) {
    return `the users cannot be read${read === undefined ? "" : `: ${read.message}`}`
  }
  const { isComplete, total, users } = read
  if (isComplete) return undefined
  if (total === undefined) return "the service does not count the users, so that it is not known whether these are all"
  return total === users.length
    ? "the users changed while they were read"
    : `${users.length} ${users.length === 1 ? "user was" : "users were"} listed, and the service counts ${total}`
}

const exportedConfig = (
  config: HotspotSessionMigrationConfig,
  read: ReadUsers | ReadError | undefined
): ExportedConfigs => {
  const { id } = config
  if (id === undefined || !isSendableId(id)) {
    const reason = id === undefined ? "it has no ID" : "its ID cannot be sent"
    return { items: [], omissions: [{ ...(id === undefined ? {} : { config_id: id }), reason }] }
  }
  const omissions: Array<Omission> = []
  const omit = (field: string, reason: string, error?: ReadError) =>
    omissions.push({ config_id: id, field, reason, ...(error === undefined ? {} : { error }) })
  for (const name of settingNames.filter((name) => !isSendableSetting(config[name]))) {
    const value = config[name]
    omit(name, value === undefined ? "the service does not say what it is" : `it is ${value}, which cannot be written`)
  }
  const reason = usersReason(read)
  if (reason !== undefined) {
    omit("non_migrate_users", reason, read !== undefined && "_tag" in read ? read : undefined)
  }
  const present = read === undefined || "_tag" in read ? [] : read.users
  const users = identifiedUsers(present)
  const others = present.length - users.length
  if (reason === undefined && others > 0) {
    const who = others === 1 ? "1 user has" : `${others} users have`
    omit("non_migrate_users", `${who} neither an ID nor a name that can be sent, or the ID of another one`)
  }
  return {
    items: [
      {
        id,
        ...Object.fromEntries(
          settingNames.filter((name) => isSendableSetting(config[name])).map((name) => [name, config[name]])
        ),
        ...(reason === undefined ? { non_migrate_users: users } : {})
      }
    ],
    omissions
  }
}

/**
 * Configurations in the form of a desired state, so that a plan from it has nothing to do. What is not known is left out,
 * because what is not in a desired state is not managed.
 *
 * @category operations
 * @since 0.1.0
 */
export const exportedConfigs = (
  configs: ReadonlyArray<HotspotSessionMigrationConfig>,
  usersOf: ReadonlyMap<string, ReadUsers | ReadError>
): ExportedConfigs => {
  const seen = new Set<string>()
  const all = configs.map((config): ExportedConfigs => {
    const { id } = config
    if (id !== undefined && seen.has(id)) {
      return {
        items: [],
        omissions: [{ config_id: id, reason: "the service lists another configuration with this ID" }]
      }
    }
    if (id !== undefined) seen.add(id)
    return exportedConfig(config, usersOf.get(id ?? ""))
  })
  return { items: all.flatMap(({ items }) => items), omissions: all.flatMap(({ omissions }) => omissions) }
}
