import type { CommandDefinition } from "../../options/CommandDefinition.js"
import * as Common from "../../options/CommonOptions.js"
import { alternatives, choice, once } from "../../options/OptionValues.js"
import { type ChangeFormat, changeFormats } from "../../output/FormatNames.js"

export interface DiffFlags extends Common.CallFlags {
  readonly output?: ChangeFormat | undefined
}

export interface DiffInvocation {
  readonly _tag: "Diff"
  readonly file: string
  readonly flags: DiffFlags
}

export const diffCommand: CommandDefinition<DiffInvocation> = {
  summary: "Compare a saved listing with the current configurations",
  description:
    "Compare a saved listing with the current configurations: those added, removed or changed, and their users. The file is the output of list --all -o json or -o ndjson; - reads standard input. Exits with 0 if nothing differs, 1 if something does, and more than 1 on an error.",
  examples: [
    "hotspot-session list --all -o json > monday.json",
    "hotspot-session diff monday.json",
    "hotspot-session diff monday.json -o json"
  ],
  more: Common.credentialsHelp,
  argument: "file",
  values: { output: changeFormats, ...Common.connectionValues },
  define: (command, onParsed) =>
    Common.targetOptions(command)
      .addOption(Common.demo())
      .optionsGroup(Common.groups.output)
      .option("-o, --output <format>", `${alternatives(changeFormats)} (default: text)`, once(choice(changeFormats)))
      .addOption(Common.noColor())
      .optionsGroup(Common.groups.run)
      .addOption(Common.timeout())
      .addOption(Common.debug())
      .argument("<file>", "the saved listing")
      .action((file, flags) => onParsed({ _tag: "Diff", file, flags }))
}
