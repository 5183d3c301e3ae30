import { applyCommand } from "../commands/apply/ApplyOptions.js"
import { completionCommand } from "../commands/completion/CompletionOptions.js"
import { configCommand } from "../commands/config/ConfigOptions.js"
import { createCommand } from "../commands/create/CreateOptions.js"
import { diffCommand } from "../commands/diff/DiffOptions.js"
import { doctorCommand } from "../commands/doctor/DoctorOptions.js"
import { emulatorCommand } from "../commands/emulator/EmulatorOptions.js"
import { exportCommand } from "../commands/export/ExportOptions.js"
import { listCommand } from "../commands/list/ListOptions.js"
import { manCommand } from "../commands/man/ManOptions.js"
import { planCommand } from "../commands/plan/PlanOptions.js"
import { updateCommand } from "../commands/update/UpdateOptions.js"
import { usersAddCommand, usersRemoveCommand } from "../commands/users/UsersChangeOptions.js"
import { usersListCommand } from "../commands/users/UsersListOptions.js"

/** All commands, in the order of the help. The name of a command of a group is that of the group and its own. */
export const commands = {
  list: listCommand,
  create: createCommand,
  update: updateCommand,
  "users list": usersListCommand,
  "users add": usersAddCommand,
  "users remove": usersRemoveCommand,
  diff: diffCommand,
  export: exportCommand,
  plan: planCommand,
  apply: applyCommand,
  config: configCommand,
  doctor: doctorCommand,
  emulator: emulatorCommand,
  completion: completionCommand,
  man: manCommand
} as const

export type CommandName = keyof typeof commands

export const commandNames = Object.keys(commands) as ReadonlyArray<CommandName>

export const isCommandName = (word: string | undefined): word is CommandName =>
  word !== undefined && Object.hasOwn(commands, word)
