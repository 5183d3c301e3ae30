import type { HotspotSessionMigrationConfig, UserInfo } from "@hotspot-session/core"
import { type ConfigWrite, expectedConfig, type UsersWrite } from "@hotspot-session/fleet/ConfigWrite"
import type { Interruption } from "../Interruption.js"
import { describedConfig, settingChangeText, settingsText, userText } from "./ChangeReport.js"
import type { Colours } from "./Colours.js"
import { countText, digits, plural } from "./Counts.js"
import { printable } from "./Printable.js"

/** Lines of what stays as it is that are shown; more are counted. What is written is shown whole. */
const maxLines = 20

export const limited = (lines: ReadonlyArray<string>, noun: string): ReadonlyArray<string> =>
  lines.length <= maxLines
    ? lines
    : [...lines.slice(0, maxLines), `  and ${plural(lines.length - maxLines, `more ${noun}`)}`]

const configLine = (config: HotspotSessionMigrationConfig): string =>
  `  ${config.id ?? "(no id)"}  ${describedConfig(config)}`

const list = (users: ReadonlyArray<UserInfo>, end: string): ReadonlyArray<string> =>
  users.length === 0
    ? []
    : [
        `${plural(users.length, "user")} ${users.length === 1 ? "is" : "are"} ${end}: ${users.slice(0, 3).map(userText).join(", ")}${users.length > 3 ? " and others" : ""}`
      ]

interface Line {
  readonly text: string
  readonly paint?: "green" | "red" | "yellow" | "dim"
}

const plainLines = (texts: ReadonlyArray<string>): ReadonlyArray<Line> => texts.map((text) => ({ text }))

const paintedLines = (texts: ReadonlyArray<string>, paint: Line["paint"]): ReadonlyArray<Line> =>
  texts.map((text) => (paint === undefined ? { text } : { text, paint }))

const presence = { addUsers: "there already", removeUsers: "not there" } as const

const linesOf = (write: ConfigWrite): ReadonlyArray<Line> => {
  switch (write.write) {
    case "create":
      return [
        ...plainLines(
          write.existing.length === 0
            ? ["the project has no configuration yet"]
            : [
                `the project has ${countText(write.existing.length)} already:`,
                ...limited(write.existing.map(configLine), "configuration")
              ]
        ),
        { text: `+ (new)  ${describedConfig(expectedConfig(write))}`, paint: "green" },
        ...paintedLines(
          write.users.map((user) => `+ user ${userText(user)}`),
          "green"
        ),
        { text: "The API has no operation that deletes a configuration." }
      ]
    case "update":
      return [{ text: `~ ${write.id}  ${settingChangeText(write.from, write.to)}`, paint: "yellow" }]
    case "addUsers":
    case "removeUsers": {
      const { add, remove, renamed, unchanged } = write.edit
      const isRenamed = new Set(renamed.map(({ user_id }) => user_id))
      const added = add.filter(({ user_id }) => user_id === undefined || !isRenamed.has(user_id))
      return [
        { text: `~ ${write.id}`, paint: "yellow" },
        ...paintedLines(
          added.map((user) => `+ user ${userText(user)}`),
          "green"
        ),
        ...paintedLines(
          renamed.map(({ from, to, user_id }) => `~ user ${from ?? "-"} -> ${to} (${user_id})`),
          "yellow"
        ),
        ...paintedLines(
          remove.map((user) => `- user ${userText(user)}`),
          "red"
        ),
        ...plainLines(list(unchanged, presence[write.write]))
      ]
    }
  }
}

/** What will be written. */
export const writeText = (write: ConfigWrite, colours: Colours): string =>
  linesOf(write)
    .map(({ paint, text }) => `${paint === undefined ? printable(text) : colours[paint](printable(text))}\n`)
    .join("")

/** Why there is nothing to write. */
export const noWriteText = (write: ConfigWrite): string => {
  switch (write.write) {
    case "create":
      return ""
    case "update":
      return printable(`${write.id} has ${settingsText(write.to)}`)
    default:
      return printable(list(write.edit.unchanged, presence[write.write]).join(""))
  }
}

/** The question before a write. */
export const questionOf = (write: ConfigWrite): string => {
  switch (write.write) {
    case "create":
      return "Create this configuration?"
    case "update":
      return "Update this configuration?"
    case "addUsers":
      return `Add ${plural(write.edit.add.length, "user")}?`
    case "removeUsers":
      return `Remove ${plural(write.edit.remove.length, "user")}?`
  }
}

const changedUsers = ({ edit, write }: UsersWrite): ReadonlyArray<UserInfo> =>
  write === "addUsers" ? edit.add : edit.remove

/** What a write has done. `id` is that of a new configuration, if it is known. */
export const doneText = (write: ConfigWrite, id: string | undefined): string => {
  switch (write.write) {
    case "create":
      return printable(`created ${id ?? "a configuration"}`)
    case "update":
      return printable(`updated ${write.id}: ${settingChangeText(write.from, write.to)}`)
    case "addUsers": {
      const { add, renamed } = write.edit
      const added = add.length - renamed.length
      const parts = [
        ...(added > 0 || renamed.length === 0 ? [`added ${plural(added, "user")} to ${write.id}`] : []),
        ...(renamed.length > 0
          ? [`renamed ${plural(renamed.length, "user")}${added > 0 ? "" : ` of ${write.id}`}`]
          : [])
      ]
      return printable(parts.join(", "))
    }
    case "removeUsers":
      return printable(`removed ${plural(write.edit.remove.length, "user")} from ${write.id}`)
  }
}

/** The interruption of a command after its write. `id` is that of a new configuration, if it is known. */
export const doneInterruption = (write: ConfigWrite, id: string | undefined): Interruption => ({
  message: `interrupted: ${doneText(write, id)}, but it was not read back`,
  fields: { outcome: "done", config_id: id, ...("edit" in write ? { completed: changedUsers(write).length } : {}) }
})

/** What an interrupted write may have done. `completed` counts the users that are certainly changed. */
export const interruptionOf = (write: ConfigWrite, completed: number): Interruption => {
  const hint = "Run the command again to see what is left."
  switch (write.write) {
    case "create":
      return {
        message: "interrupted: the configuration may have been created.",
        hint: "List the configurations before creating it again.",
        fields: { outcome: "unknown" }
      }
    case "update":
      return {
        message: `interrupted: ${write.id} may have been updated: ${settingChangeText(write.from, write.to)}.`,
        hint,
        fields: { outcome: "unknown", config_id: write.id }
      }
    default: {
      const all = changedUsers(write).length
      const done = write.write === "addUsers" ? "added to" : "removed from"
      const some =
        completed === 0
          ? `${plural(all, "user")} may have been ${done} ${write.id}`
          : `${digits(completed)} of ${plural(all, "user")} were ${done} ${write.id}, and others may have been`
      return {
        message: `interrupted: ${some}.`,
        hint,
        fields: { outcome: "unknown", config_id: write.id, completed }
      }
    }
  }
}
