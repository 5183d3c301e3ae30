import type { CommandDefinition } from "../../options/CommandDefinition.js"
import * as Common from "../../options/CommonOptions.js"
import * as Fleet from "../../options/FleetOptions.js"
import { alternatives, choice, once } from "../../options/OptionValues.js"
import { type ExportFormat, exportFormats } from "../../output/FormatNames.js"

export interface ExportFlags extends Fleet.TargetsFlags, Fleet.SpreadFlags {
  readonly output?: ExportFormat | undefined
}

export interface ExportInvocation {
  readonly _tag: "Export"
  readonly flags: ExportFlags
}

export const exportCommand: CommandDefinition<ExportInvocation> = {
  summary: "Write the configurations of one project or several as a desired state",
  description:
    "Write all configurations of one project or several, with all their users, as a file that plan and apply read. What is not known is left out, because what is not in the file is not managed.",
  examples: [
    "hotspot-session export --demo",
    "hotspot-session export --region cn-north-4 --region cn-east-3 > fleet.yaml",
    "hotspot-session export --targets fleet.txt -o json > fleet.json"
  ],
  more: Common.credentialsHelp,
  values: { output: exportFormats, targets: "file", ...Common.connectionValues },
  define: (command, onParsed) =>
    Fleet.runOptions(
      Common.connectionOptions(Fleet.targetsOptions(command, "export"))
        .addOption(Common.demo())
        .optionsGroup(Common.groups.output)
        .option("-o, --output <format>", `${alternatives(exportFormats)} (default: yaml)`, once(choice(exportFormats)))
        .addOption(Common.noColor()),
      "read"
    ).action((flags) => onParsed({ _tag: "Export", flags }, Fleet.targetsProblem(flags)))
}
