import { completionCommand } from "../commands/completion/CompletionOptions.js"
import { configCommand } from "../commands/config/ConfigOptions.js"
import { diffCommand } from "../commands/diff/DiffOptions.js"
import { doctorCommand } from "../commands/doctor/DoctorOptions.js"
import { emulatorCommand } from "../commands/emulator/EmulatorOptions.js"
import { listCommand } from "../commands/list/ListOptions.js"

/** All commands, in the order of the help. */
export const commands = {
  list: listCommand,
  diff: diffCommand,
  config: configCommand,
  doctor: doctorCommand,
  emulator: emulatorCommand,
  completion: completionCommand
} as const

export type CommandName = keyof typeof commands

export const commandNames = Object.keys(commands) as ReadonlyArray<CommandName>

export const isCommandName = (word: string | undefined): word is CommandName =>
  word !== undefined && Object.hasOwn(commands, word)
