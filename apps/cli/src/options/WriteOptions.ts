import { type Command, InvalidArgumentError, Option } from "@commander-js/extra-typings"
import { configIdPattern, maxExitSessions, maxIdLength, type SentUser } from "@hotspot-session/core"
import { fieldNames } from "../output/FormatNames.js"
import * as Common from "./CommonOptions.js"
import { integer, once, requireUtf8, text } from "./OptionValues.js"
import * as Output from "./OutputOptions.js"

/** The options of a command that writes. */
export interface WriteFlags extends Common.CallFlags, Output.OutputFlags {
  readonly dryRun?: boolean | undefined
  readonly yes?: boolean | undefined
}

export interface UserFlags {
  readonly user?: ReadonlyArray<SentUser> | undefined
  /** A file of users, `-` for standard input. */
  readonly usersFile?: string | undefined
}

/** `ID`, `ID=NAME` or `=NAME`. */
const userArgument = (value: string): SentUser => {
  const at = value.indexOf("=")
  const [id, name] = at === -1 ? [value, undefined] : [value.slice(0, at), value.slice(at + 1)]
  if (name === "" || (id === "" && name === undefined)) {
    throw new InvalidArgumentError("It must be an ID, ID=NAME, or =NAME for a user without a known ID.")
  }
  for (const part of [id, name ?? ""]) {
    if ([...part].length > maxIdLength) throw new InvalidArgumentError(`It must be at most ${maxIdLength} characters.`)
    // A file of users cannot have them.
    if (/[\r\n]/.test(part)) throw new InvalidArgumentError("It must not have a line break.")
    requireUtf8(part)
  }
  return { ...(id === "" ? {} : { user_id: id }), ...(name === undefined ? {} : { user_name: name }) }
}

export const user = () =>
  new Option("--user <id[=name]>", "user by ID, by ID=NAME, or by =NAME if the ID is not known; repeatable").argParser(
    (value: string, previous: ReadonlyArray<SentUser> = []) => [...previous, userArgument(value)]
  )

export const usersFile = () =>
  new Option(
    "--users-file <file>",
    "file of users, - for standard input; CSV with the columns user_id,user_name, or one ID on each line"
  ).argParser(once(text))

export const enable = () => new Option("--enable", "switch migration on").conflicts("disable")

export const disable = () => new Option("--disable", "switch migration off")

export const configIdWords = "ID of the configuration, as hotspot-session list shows it"

export const configId = (value: string): string => {
  if (!configIdPattern.test(text(value))) {
    throw new InvalidArgumentError(
      `It must be at most ${maxIdLength} characters without / \\ % and control characters, other than . and .. themselves.`
    )
  }
  return value
}

export const exitSessions = () =>
  new Option("--exit-sessions <n>", `sessions that exit when a server runs hot, 0 to ${maxExitSessions}`).argParser(
    once(integer(0, maxExitSessions))
  )

/** The heading of the options that say what is written. */
export const changeGroup = "Change:"

/**
 * The default of `--timeout` of a write that may be sent again, in milliseconds. Short, because it can overwrite what others
 * write in the meantime.
 */
export const repeatedWriteTimeout = 30_000

/** How the help says it. */
export const repeatedWriteDefault = "2m, for a write 30s"

/** Adds the options that all commands that write have, besides those of the change. */
export const addWriteOptions = (command: Command, defaultTimeout?: string): void => {
  Common.targetOptions(command)
    .addOption(Common.demo())
    .optionsGroup(Common.groups.output)
    .addOption(Output.output())
    .addOption(Output.fields(fieldNames))
    .addOption(Output.query("id"))
    .addOption(Common.noColor())
    .optionsGroup(Common.groups.run)
    .option("--dry-run", "show the change and write nothing")
    .option("-y, --yes", "write without asking; required without a terminal")
    .addOption(Common.timeout(defaultTimeout))
    .addOption(Common.debug())
}
