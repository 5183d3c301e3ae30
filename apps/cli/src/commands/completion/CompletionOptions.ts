import type { CommandDefinition, CommandSpec } from "../../options/CommandDefinition.js"
import { choice } from "../../options/OptionValues.js"

export const shells = ["bash", "zsh", "fish"] as const

export type Shell = (typeof shells)[number]

export interface CompletionInvocation {
  readonly _tag: "Completion"
  readonly shell: Shell
  readonly commands: ReadonlyArray<CommandSpec>
}

export const completionCommand: CommandDefinition<CompletionInvocation> = {
  summary: "Print a script that completes commands and options",
  description: "Print a script that completes commands and options in bash, zsh or fish.",
  examples: [
    "source <(hotspot-session completion bash)                   # in ~/.bashrc",
    "hotspot-session completion zsh > ~/.zfunc/_hotspot-session  # in $fpath",
    "hotspot-session completion fish | source                    # in config.fish"
  ],
  argument: shells,
  define: (command, onParsed) =>
    command
      .argument("<shell>", shells.join(", "), (value: string) => choice(shells)(value))
      // The parser adds the commands.
      .action((shell) => onParsed({ _tag: "Completion", shell, commands: [] }))
}
