import type { CommandDefinition } from "../../options/CommandDefinition.js"

export interface ManInvocation {
  readonly _tag: "Man"
  readonly version: string
}

export const manCommand: CommandDefinition<ManInvocation> = {
  summary: "Print the manual page",
  description:
    "Print the manual page, in the format that man reads. Installing the package globally installs it, too, if npm's folder of manual pages is searched by man.",
  examples: ["hotspot-session man | man -l -", "hotspot-session man > ~/.local/share/man/man1/hotspot-session.1"],
  define: (command, onParsed) =>
    command
      // The parser adds the version.
      .action(() => onParsed({ _tag: "Man", version: "" }))
}
