import type { CommandDefinition } from "../../options/CommandDefinition.js"
import * as Common from "../../options/CommonOptions.js"
import type { ConnectionFlags } from "../../options/ConnectionFlags.js"
import { type ReportFormat, reportFormats } from "../../output/FormatNames.js"

export interface ConfigFlags extends Common.CommonFlags, Common.TargetFlags, ConnectionFlags {
  readonly output?: ReportFormat | undefined
}

export interface ConfigInvocation {
  readonly _tag: "Config"
  readonly flags: ConfigFlags
}

export const configCommand: CommandDefinition<ConfigInvocation> = {
  summary: "Show each setting and where it comes from",
  description:
    "Show each setting and where it comes from. Secrets are not shown. Options override the environment, and the environment overrides profiles.",
  examples: ["hotspot-session config", "hotspot-session config --profile production -o json"],
  more: Common.credentialsHelp,
  values: { output: reportFormats, ...Common.connectionValues },
  define: (command, onParsed) =>
    Common.targetOptions(command)
      .optionsGroup(Common.groups.output)
      .addOption(Common.reportOutput())
      .addOption(Common.noColor())
      .optionsGroup(Common.groups.run)
      .addOption(Common.debug())
      .action((flags) => onParsed({ _tag: "Config", flags }))
}
