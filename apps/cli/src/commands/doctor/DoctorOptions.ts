import type { CommandDefinition } from "../../options/CommandDefinition.js"
import * as Common from "../../options/CommonOptions.js"
import { type ReportFormat, reportFormats } from "../../output/FormatNames.js"

export interface DoctorFlags extends Common.CallFlags {
  readonly output?: ReportFormat | undefined
}

export interface DoctorInvocation {
  readonly _tag: "Doctor"
  readonly flags: DoctorFlags
}

export const doctorCommand: CommandDefinition<DoctorInvocation> = {
  summary: "Diagnose why the service cannot be reached",
  description:
    "Diagnose why the service cannot be reached: settings, credentials, DNS, connection, TLS, the clock, and the permission to list. Each problem comes with a fix. Exits with 1 if there is a problem.",
  examples: ["hotspot-session doctor", "hotspot-session doctor --region ap-southeast-1 -o json"],
  more: Common.credentialsHelp,
  values: { output: reportFormats, ...Common.connectionValues },
  define: (command, onParsed) =>
    Common.targetOptions(command)
      .addOption(Common.demo())
      .optionsGroup(Common.groups.output)
      .addOption(Common.reportOutput())
      .addOption(Common.noColor())
      .optionsGroup(Common.groups.run)
      .addOption(Common.timeout())
      .addOption(Common.debug())
      .action((flags) => onParsed({ _tag: "Doctor", flags }))
}
