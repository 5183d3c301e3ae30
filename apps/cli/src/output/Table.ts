import type { HotspotSessionMigrationConfig, UserInfo } from "@hotspot-session/core"
import type { Colours } from "./Colours.js"
import { originTexts, type Row, userName } from "./ConfigFields.js"
import type { FieldName } from "./FormatNames.js"
import { printable } from "./Printable.js"
import { padEnd, padStart, shorten, widthOf } from "./Width.js"

const absent = "-"
const gap = "  "
const minUsersWidth = 16

const headings: Record<FieldName, string> = {
  id: "ID",
  project_id: "PROJECT ID",
  hotspot_session_migration_enable: "MIGRATION",
  hotspot_exit_session_num: "EXIT SESSIONS",
  non_migrate_users: "NEVER MIGRATED"
}

const usualFields: ReadonlyArray<FieldName> = [
  "id",
  "hotspot_session_migration_enable",
  "hotspot_exit_session_num",
  "non_migrate_users"
]

/** As many names as fit, and the number of the others. */
export const userList = (users: ReadonlyArray<UserInfo>, width: number): string => {
  if (users.length === 0) return absent
  const names = users.map((user) => printable(userName(user)) || absent)
  let best: string | undefined
  let taken = 0
  for (const [index, name] of names.entries()) {
    taken += widthOf(name) + (index === 0 ? 0 : 2)
    if (taken > width) break
    const more = names.length - index - 1
    const rest = more === 0 ? "" : ` and ${more} more`
    if (taken + rest.length <= width) best = `${names.slice(0, index + 1).join(", ")}${rest}`
  }
  if (best !== undefined) return best
  return names.length === 1 ? shorten(names[0] ?? absent, width) : shorten(`${names.length} users`, width)
}

export const switchWord = (enabled: boolean | undefined): string =>
  enabled === undefined ? absent : enabled ? "on" : "off"

const cellOf = (config: HotspotSessionMigrationConfig, name: FieldName, usersWidth: number): string => {
  switch (name) {
    case "hotspot_session_migration_enable":
      return switchWord(config[name])
    case "non_migrate_users":
      return userList(config[name], usersWidth)
    default:
      return printable(config[name]?.toString() ?? absent)
  }
}

const painted = (text: string, name: FieldName | undefined, { dim, green }: Colours): string =>
  name !== "hotspot_session_migration_enable" ? text : text.trim() === "on" ? green(text) : dim(text)

const widthsOf = (rows: ReadonlyArray<ReadonlyArray<string>>): ReadonlyArray<number> =>
  (rows[0] ?? []).map((_, column) => rows.reduce((widest, row) => Math.max(widest, widthOf(row[column] ?? "")), 0))

/** Aligns columns, except for the end of the last one; the first row is the header. `names` are those of fields. */
export const alignColumns = (
  rows: ReadonlyArray<ReadonlyArray<string>>,
  colours: Colours,
  names: ReadonlyArray<FieldName | undefined> = []
): string => {
  const widths = widthsOf(rows)
  const pad = (cell: string, column: number, isLast: boolean) => {
    if (names[column] === "hotspot_exit_session_num") return padStart(cell, widths[column] ?? 0)
    return isLast ? cell : padEnd(cell, widths[column] ?? 0)
  }
  return rows
    .map((row, index) =>
      row
        .map((cell, column) => pad(cell, column, column === row.length - 1))
        .map((cell, column) => (index === 0 ? colours.bold(cell) : painted(cell, names[column], colours)))
        .join(gap)
    )
    .map((line) => `${line}\n`)
    .join("")
}

/**
 * Configurations as a table of at most `width` columns: the list of users is shortened, and if that is not enough, each
 * configuration is a block of lines. Wide characters count as two columns.
 */
export const renderTable = (
  rows: ReadonlyArray<Row>,
  fields: ReadonlyArray<FieldName> | undefined,
  width: number,
  colours: Colours
): string => {
  if (rows.length === 0) return ""
  const shown = fields ?? usualFields
  const hasOrigin = rows.some(({ origin }) => origin !== undefined)
  const names: ReadonlyArray<FieldName | undefined> = hasOrigin ? [undefined, undefined, ...shown] : shown
  const titles = [...(hasOrigin ? ["REGION", "PROJECT"] : []), ...shown.map((name) => headings[name])]
  const cellsOf = ({ config, origin }: Row, usersWidth: number): ReadonlyArray<string> => [
    ...(hasOrigin ? (origin === undefined ? [absent, absent] : originTexts(origin).map(printable)) : []),
    ...shown.map((name) => cellOf(config, name, usersWidth))
  ]

  // The users get the width that the other columns leave.
  const narrow = rows.map((row) => cellsOf(row, minUsersWidth))
  const narrowWidths = widthsOf([titles, ...narrow])
  const usersColumn = names.indexOf("non_migrate_users")
  const others = narrowWidths.reduce((sum, width, column) => (column === usersColumn ? sum : sum + width), 0)
  const usersWidth = width - others - gap.length * (titles.length - 1)
  const needed = usersColumn === -1 ? 0 : minUsersWidth
  if (usersWidth >= needed) {
    return alignColumns([titles, ...rows.map((row) => cellsOf(row, usersWidth))], colours, names)
  }
  const titleWidth = Math.max(...titles.map(widthOf))
  const valueWidth = Math.max(minUsersWidth, width - titleWidth - gap.length)
  const line = (cell: string, column: number) =>
    `${colours.bold(padEnd(titles[column] ?? "", titleWidth))}${gap}${painted(cell, names[column], colours)}\n`
  return rows.map((row) => cellsOf(row, valueWidth).map(line).join("")).join("\n")
}
