import { Option } from "@commander-js/extra-typings"
import { defaultLimit, maxLimit, maxOffset } from "@hotspot-session/core"
import type { CommandDefinition, UsageProblem } from "../../options/CommandDefinition.js"
import * as Common from "../../options/CommonOptions.js"
import * as Fleet from "../../options/FleetOptions.js"
import { duration, integer, once } from "../../options/OptionValues.js"
import * as Output from "../../options/OutputOptions.js"
import { type Format, fieldNames } from "../../output/FormatNames.js"

export interface ListFlags extends Fleet.TargetsFlags, Output.OutputFlags {
  readonly parallel?: number | undefined
  readonly limit?: number | undefined
  readonly offset?: number | undefined
  readonly all?: boolean | undefined
  readonly pageSize?: number | undefined
  /** The interval, in milliseconds. */
  readonly watch?: number | undefined
}

export interface ListInvocation {
  readonly _tag: "List"
  readonly flags: ListFlags
}

/** The formats of `--watch`: `table` means text. */
export const watchFormats: ReadonlyArray<Format> = ["table", "ndjson"]

/** The problem of options that require or contradict each other. */
const invalidCombination = (flags: ListFlags): UsageProblem | undefined => {
  const { all, limit, output, pageSize, parallel, projectId = [], region = [], targets, watch } = flags
  const hasSeveral = projectId.length > 1 || region.length > 1 || targets !== undefined
  const problems: ReadonlyArray<readonly [applies: boolean, message: string, hint: string]> = [
    [
      pageSize !== undefined && all !== true && watch === undefined,
      "option '--page-size <n>' requires '--all'",
      "Add --all, or use --limit for a single page."
    ],
    [
      parallel !== undefined && !hasSeveral,
      "option '--parallel <n>' requires several projects",
      "Repeat --project-id or --region, or use --targets."
    ],
    [
      watch !== undefined && output !== undefined && !watchFormats.includes(output),
      `changes cannot be shown as ${output}`,
      "With --watch, use -o ndjson, or omit -o for text."
    ],
    [
      watch !== undefined && hasSeveral,
      "option '--watch <time>' supports only one project",
      "Run one process for each project."
    ],
    [
      watch !== undefined && limit !== undefined,
      "option '--watch <time>' cannot be used with option '--limit <n>'",
      "Omit --limit: all configurations are watched."
    ]
  ]
  const [, message, hint] = problems.find(([applies]) => applies) ?? []
  return message === undefined || hint === undefined ? Fleet.targetsProblem(flags) : { message, hint }
}

export const listCommand: CommandDefinition<ListInvocation> = {
  summary: "List the configurations of one project or several",
  description:
    "List a project's configurations: whether sessions are migrated off hot servers, how many, and which users are never migrated. Data goes to standard output; counts, hints and errors go to standard error.",
  examples: [
    "hotspot-session list --demo",
    "hotspot-session list --region ap-southeast-1 --all -o json",
    "hotspot-session list --region cn-north-4 --region cn-east-3 -o csv",
    "hotspot-session list --query 'items[?hotspot_session_migration_enable].id'",
    "hotspot-session list --all --watch 30s"
  ],
  more: Common.credentialsHelp,
  values: { ...Output.outputValues, ...Common.connectionValues, targets: "file" },
  define: (command, onParsed) =>
    Common.connectionOptions(Fleet.targetsOptions(command, "list").addOption(Fleet.parallel("listed")))
      .addOption(Common.demo())
      .optionsGroup(Common.groups.page)
      .option(
        "--limit <n>",
        `maximum number of configurations, 1 to ${maxLimit} (default: the service's, ${defaultLimit})`,
        once(integer(1, maxLimit))
      )
      .option("--offset <n>", "configurations to skip (default: 0)", once(integer(0, maxOffset)))
      .addOption(new Option("--all", "all configurations from the offset on, page by page").conflicts("limit"))
      .option(
        "--page-size <n>",
        `with --all: configurations per request, 1 to ${maxLimit} (default: ${maxLimit})`,
        once(integer(1, maxLimit))
      )
      .optionsGroup(Common.groups.output)
      .addOption(Output.output())
      .addOption(Output.fields(fieldNames))
      .addOption(Output.query("items[].id"))
      .addOption(Common.noColor())
      .optionsGroup(Common.groups.run)
      .addOption(
        new Option("--watch <time>", "list again at this interval, such as 30s, and print changes (as text or ndjson)")
          .argParser(once(duration))
          .conflicts(["offset", "fields", "query"])
      )
      .addOption(Common.timeout())
      .addOption(Common.debug())
      .action((flags) => onParsed({ _tag: "List", flags }, invalidCombination(flags)))
}
