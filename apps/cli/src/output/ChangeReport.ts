import type { HotspotSessionMigrationConfig, UserInfo } from "@hotspot-session/core"
import type { Change, FieldChange } from "@hotspot-session/fleet/Changes"
import type { Colours } from "./Colours.js"
import { userName } from "./ConfigFields.js"
import { printable, printableJson } from "./Printable.js"
import { switchWord, userList } from "./Table.js"

const usersWidth = 48

type Settings = Pick<HotspotSessionMigrationConfig, "hotspot_session_migration_enable" | "hotspot_exit_session_num">

export const settingsText = (settings: Settings): string =>
  [
    `migration ${switchWord(settings.hotspot_session_migration_enable)}`,
    `exit sessions ${settings.hotspot_exit_session_num ?? "-"}`
  ].join(", ")

export const describedConfig = (config: HotspotSessionMigrationConfig): string =>
  [settingsText(config), `never migrated ${userList(config.non_migrate_users, usersWidth)}`].join(", ")

const words: Readonly<Record<string, string>> = {
  hotspot_session_migration_enable: "migration",
  hotspot_exit_session_num: "exit sessions"
}

const valueText = (value: unknown): string =>
  value === undefined
    ? "-"
    : typeof value === "boolean"
      ? switchWord(value)
      : typeof value === "string"
        ? value
        : JSON.stringify(value)

export const fieldText = ([name, { from, to }]: [string, FieldChange]): string =>
  `${words[name] ?? name} ${valueText(from)} -> ${valueText(to)}`

/** The settings that differ. */
export const settingChangeText = (from: Partial<Settings>, to: Settings): string =>
  (["hotspot_session_migration_enable", "hotspot_exit_session_num"] as const)
    .filter((name) => from[name] !== to[name])
    .map((name) => fieldText([name, { from: from[name], to: to[name] }]))
    .join(", ")

/** A user by name, with the ID if both are known. A name without an ID is marked as the option `--user` has it. */
export const userText = ({ user_id, user_name }: UserInfo): string => {
  if (!user_name) return user_id || "-"
  return user_id ? `${user_name} (${user_id})` : `=${user_name}`
}

const named = (sign: string, users: ReadonlyArray<UserInfo>): ReadonlyArray<string> =>
  users.map((user) => `${sign}${userName(user) || "-"}`)

const changeText = (change: Change): string => {
  if (change.change !== "changed") return describedConfig(change.config)
  const { added, changed, removed } = change.non_migrate_users
  const renamed = changed.map(({ from, to }) => {
    const names = [userName(from) || "-", userName(to) || "-"]
    return `~${[...new Set(names)].join("->")}`
  })
  const users = [...named("+", added), ...renamed, ...named("-", removed)]
  return [
    ...Object.entries(change.fields).map(fieldText),
    ...(users.length === 0 ? [] : [`never migrated ${users.join(" ")}`])
  ].join(", ")
}

const signs = { added: "+", removed: "-", changed: "~" } as const
const paints = { added: "green", removed: "red", changed: "yellow" } as const

const idOf = (change: Change): string | undefined => (change.change === "changed" ? change.id : change.config.id)

/** Changes as lines of text, prefixed with the time if there is one. */
export const changesText = (changes: ReadonlyArray<Change>, colours: Colours, time?: string): string =>
  changes
    .map((change) => {
      const line = printable(`${signs[change.change]} ${idOf(change) ?? "(no id)"}  ${changeText(change)}`)
      return `${time === undefined ? "" : `${time}  `}${colours[paints[change.change]](line)}\n`
    })
    .join("")

export const changesNdjson = (changes: ReadonlyArray<Change>, time?: string): string =>
  changes.map((change) => `${printableJson({ ...(time === undefined ? {} : { time }), ...change })}\n`).join("")

export const changesJson = (changes: ReadonlyArray<Change>): string => {
  const only = (kind: Change["change"]) => changes.filter(({ change }) => change === kind)
  const configs = (kind: "added" | "removed") =>
    only(kind).map((change) => ("config" in change ? change.config : change))
  return `${printableJson(
    {
      added: configs("added"),
      removed: configs("removed"),
      changed: only("changed").map(({ change: _, ...rest }) => rest)
    },
    2
  )}\n`
}

export const changesSummary = (changes: ReadonlyArray<Change>): string => {
  const counts = (["added", "removed", "changed"] as const)
    .map((kind) => [changes.filter(({ change }) => change === kind).length, kind] as const)
    .filter(([count]) => count > 0)
  return counts.length === 0 ? "no difference\n" : `${counts.map(([count, kind]) => `${count} ${kind}`).join(", ")}\n`
}
