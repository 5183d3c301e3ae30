import { Option } from "@commander-js/extra-typings"
import type { CommandDefinition } from "../../options/CommandDefinition.js"
import * as Common from "../../options/CommonOptions.js"
import * as Fleet from "../../options/FleetOptions.js"
import { alternatives, choice, once, text } from "../../options/OptionValues.js"
import { type PlanFormat, planFormats } from "../../output/FormatNames.js"

export interface PlanFlags extends Omit<Common.CallFlags, "projectId" | "region">, Fleet.SpreadFlags {
  readonly targets?: string | undefined
  readonly out?: string | undefined
  readonly output?: PlanFormat | undefined
}

export interface PlanInvocation {
  readonly _tag: "Plan"
  readonly file: string
  readonly flags: PlanFlags
}

export const planCommand: CommandDefinition<PlanInvocation> = {
  summary: "Show the changes that bring projects to the state in a file",
  description:
    "Show the changes that bring projects to a desired state, and write nothing. Exits with 0 if there is nothing to do, 1 if there are changes, and more than 1 on an error. The file is what export writes; - reads standard input.",
  examples: [
    "hotspot-session export --region cn-north-4 > fleet.yaml",
    "hotspot-session plan fleet.yaml",
    "hotspot-session plan fleet.yaml --out plan.json"
  ],
  more: Common.credentialsHelp,
  argument: "file",
  values: { output: planFormats, targets: "file", out: "file", ...Common.connectionValues },
  define: (command, onParsed) =>
    Fleet.runOptions(
      Fleet.fileOptions(command, "the desired state")
        .optionsGroup(Common.groups.output)
        .addOption(new Option("--out <file>", "write the plan to this file, for apply").argParser(once(text)))
        .option("-o, --output <format>", `${alternatives(planFormats)} (default: text)`, once(choice(planFormats)))
        .addOption(Common.noColor()),
      "read"
    ).action((file, flags) => onParsed({ _tag: "Plan", file, flags }))
}
