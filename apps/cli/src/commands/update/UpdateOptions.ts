import type { CommandDefinition, UsageProblem } from "../../options/CommandDefinition.js"
import * as Common from "../../options/CommonOptions.js"
import * as Output from "../../options/OutputOptions.js"
import * as Write from "../../options/WriteOptions.js"

export interface UpdateFlags extends Write.WriteFlags {
  readonly enable?: boolean | undefined
  readonly disable?: boolean | undefined
  readonly exitSessions?: number | undefined
}

export interface UpdateInvocation {
  readonly _tag: "Update"
  readonly id: string
  readonly flags: UpdateFlags
}

const missing = ({ disable, enable, exitSessions }: UpdateFlags): UsageProblem | undefined =>
  enable === undefined && disable === undefined && exitSessions === undefined
    ? {
        message: "nothing to update",
        hint: "Use --enable, --disable or --exit-sessions. See hotspot-session update --help."
      }
    : undefined

export const updateCommand: CommandDefinition<UpdateInvocation> = {
  summary: "Switch migration of a configuration on or off, or change its exit sessions",
  description:
    "Switch migration of a configuration on or off, or change how many sessions exit. Shows the change and asks before it is written; nothing is written if the configuration changes in between. Its users are changed with hotspot-session users.",
  examples: [
    "hotspot-session update 895110260098859008 --exit-sessions 6",
    "hotspot-session update 895110260098859008 --disable --dry-run",
    "hotspot-session update 895110260098859008 --enable --yes -o json"
  ],
  more: Common.credentialsHelp,
  argument: [],
  values: { ...Output.outputValues, ...Common.connectionValues },
  define: (command, onParsed) => {
    command
      .argument("<config-id>", Write.configIdWords, Write.configId)
      .optionsGroup(Write.changeGroup)
      .addOption(Write.enable())
      .addOption(Write.disable())
      .addOption(Write.exitSessions())
      .action((id, flags: UpdateFlags) => onParsed({ _tag: "Update", id, flags }, missing(flags)))
    Write.addWriteOptions(command, Write.repeatedWriteDefault)
  }
}
