import type { CommandDefinition, UsageProblem } from "../../options/CommandDefinition.js"
import * as Common from "../../options/CommonOptions.js"
import * as Output from "../../options/OutputOptions.js"
import * as Write from "../../options/WriteOptions.js"

export interface CreateFlags extends Write.WriteFlags, Write.UserFlags {
  readonly enable?: boolean | undefined
  readonly disable?: boolean | undefined
  readonly exitSessions?: number | undefined
}

export interface CreateInvocation {
  readonly _tag: "Create"
  readonly flags: CreateFlags
}

const missing = ({ disable, enable, exitSessions }: CreateFlags): UsageProblem | undefined => {
  const see = "See hotspot-session create --help."
  if (enable === undefined && disable === undefined) {
    return { message: "option '--enable' or '--disable' is required", hint: see }
  }
  return exitSessions === undefined ? { message: "option '--exit-sessions <n>' is required", hint: see } : undefined
}

export const createCommand: CommandDefinition<CreateInvocation> = {
  summary: "Create a configuration",
  description:
    "Create a configuration. Shows it, and the configurations that exist already, and asks before it is created. The API has no operation that deletes a configuration.",
  examples: [
    "hotspot-session create --demo --enable --exit-sessions 4 --dry-run",
    "hotspot-session create --enable --exit-sessions 4 --user u-1=s.patel",
    "hotspot-session create --disable --exit-sessions 0 --users-file users.csv --yes"
  ],
  more: Common.credentialsHelp,
  values: { ...Output.outputValues, ...Common.connectionValues, usersFile: "file" },
  define: (command, onParsed) => {
    command
      .optionsGroup(Write.changeGroup)
      .addOption(Write.enable())
      .addOption(Write.disable())
      .addOption(Write.exitSessions())
      .addOption(Write.user())
      .addOption(Write.usersFile())
      .action((flags: CreateFlags) => onParsed({ _tag: "Create", flags }, missing(flags)))
    Write.addWriteOptions(command)
  }
}
