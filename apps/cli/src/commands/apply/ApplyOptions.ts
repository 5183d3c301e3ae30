import type { CommandDefinition } from "../../options/CommandDefinition.js"
import * as Common from "../../options/CommonOptions.js"
import * as Fleet from "../../options/FleetOptions.js"
import { alternatives, choice, once } from "../../options/OptionValues.js"
import { repeatedWriteDefault } from "../../options/WriteOptions.js"
import { type PlanFormat, planFormats } from "../../output/FormatNames.js"

export interface ApplyFlags extends Omit<Common.CallFlags, "projectId" | "region">, Fleet.SpreadFlags {
  readonly targets?: string | undefined
  readonly output?: PlanFormat | undefined
  readonly dryRun?: boolean | undefined
  readonly yes?: boolean | undefined
}

export interface ApplyInvocation {
  readonly _tag: "Apply"
  readonly file: string
  readonly flags: ApplyFlags
}

export const applyCommand: CommandDefinition<ApplyInvocation> = {
  summary: "Bring projects to the state in a file, or carry out a plan",
  description:
    "Bring projects to a desired state: show what has to change, ask, and write. Or carry out a plan that plan --out has written: exactly that, or nothing if anything that it covers has changed since. Configurations and fields that are not in the file are not touched; only users are ever removed.",
  examples: [
    "hotspot-session apply fleet.yaml --dry-run",
    "hotspot-session apply fleet.yaml",
    "hotspot-session apply plan.json --yes"
  ],
  more: Common.credentialsHelp,
  argument: "file",
  values: { output: planFormats, targets: "file", ...Common.connectionValues },
  define: (command, onParsed) =>
    Fleet.runOptions(
      Fleet.fileOptions(command, "the desired state, or the plan")
        .optionsGroup(Common.groups.output)
        .option("-o, --output <format>", `${alternatives(planFormats)} (default: text)`, once(choice(planFormats)))
        .addOption(Common.noColor())
        .optionsGroup(Common.groups.run)
        .option("--dry-run", "show the changes and write nothing")
        .option("-y, --yes", "write without asking; required without a terminal"),
      "read and changed",
      repeatedWriteDefault
    ).action((file, flags) => onParsed({ _tag: "Apply", file, flags }))
}
