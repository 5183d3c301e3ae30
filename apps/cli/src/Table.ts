import type { HotspotSessionMigrationConfig, UserInfo } from "@hotspot-session/core"
import stringWidth from "string-width"
import { printable } from "./Printable.js"

const absent = "-"
const gap = "  "
const narrowestUsers = 16

const headings = ["ID", "MIGRATION", "EXIT SESSIONS", "NEVER MIGRATED"] as const

const padEnd = (text: string, width: number): string => text + " ".repeat(Math.max(0, width - stringWidth(text)))
const padStart = (text: string, width: number): string => " ".repeat(Math.max(0, width - stringWidth(text))) + text

/** Cut to a width, by whole characters as people see them. */
const shorten = (text: string, width: number): string => {
  if (stringWidth(text) <= width) return text
  let kept = ""
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    if (stringWidth(kept + segment) > width - 1) break
    kept += segment
  }
  return `${kept}…`
}

const nameOf = ({ user_id, user_name }: UserInfo): string => printable(user_name ?? user_id ?? absent)

/** Rows as columns of equal width, the last one as long as it is. */
export const alignColumns = (rows: ReadonlyArray<ReadonlyArray<string>>): string => {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => stringWidth(row[column] ?? ""))))
  return rows
    .map((row) =>
      row.map((cell, column) => (column === row.length - 1 ? cell : padEnd(cell, widths[column] ?? 0))).join(gap)
    )
    .map((line) => `${line}\n`)
    .join("")
}

/** As many names as fit, and how many more there are. */
const usersIn = (users: ReadonlyArray<UserInfo>, width: number): string => {
  if (users.length === 0) return absent
  const names = users.map(nameOf)
  let best: string | undefined
  let taken = 0
  for (const [index, name] of names.entries()) {
    taken += stringWidth(name) + (index === 0 ? 0 : 2)
    if (taken > width) break
    const more = names.length - index - 1
    const rest = more === 0 ? "" : ` and ${more} more`
    if (taken + rest.length <= width) best = `${names.slice(0, index + 1).join(", ")}${rest}`
  }
  if (best !== undefined) return best
  return names.length === 1 ? shorten(names[0] ?? absent, width) : shorten(`${names.length} users`, width)
}

const switchWord = (enabled: boolean | undefined): string => (enabled === undefined ? absent : enabled ? "on" : "off")

/**
 * Configurations as a table, no wider than `width` columns where that can be: the list of users gives way. Wide characters
 * are counted as the two columns that they take.
 */
export const renderTable = (configs: ReadonlyArray<HotspotSessionMigrationConfig>, width: number): string => {
  const rows = configs.map(
    (config) =>
      [
        printable(config.id ?? absent),
        switchWord(config.hotspot_session_migration_enable),
        config.hotspot_exit_session_num?.toString() ?? absent
      ] as const
  )
  const widths = [0, 1, 2].map((column) =>
    Math.max(...[headings, ...rows].map((cells) => stringWidth(cells[column] ?? "")))
  )
  const [idWidth = 0, migrationWidth = 0, sessionsWidth = 0] = widths
  const usersWidth = Math.max(narrowestUsers, width - idWidth - migrationWidth - sessionsWidth - 3 * gap.length)
  const line = (id: string, migration: string, sessions: string, users: string) =>
    `${padEnd(id, idWidth)}${gap}${padEnd(migration, migrationWidth)}${gap}${padStart(sessions, sessionsWidth)}${gap}${users}\n`
  return [
    line(...headings),
    ...rows.map(([id, migration, sessions], index) =>
      line(id, migration, sessions, usersIn(configs[index]?.non_migrate_users ?? [], usersWidth))
    )
  ].join("")
}
