import { Option } from "@commander-js/extra-typings"
import { defaultLimit, maxLimit, maxOffset } from "@hotspot-session/core"
import type { CommandDefinition, UsageProblem } from "../../options/CommandDefinition.js"
import * as Common from "../../options/CommonOptions.js"
import { duration, integer, once, several, text } from "../../options/OptionValues.js"
import * as Output from "../../options/OutputOptions.js"
import { type Format, fieldNames } from "../../output/FormatNames.js"

export interface ListFlags extends Omit<Common.CallFlags, "projectId" | "region">, Output.OutputFlags {
  readonly projectId?: ReadonlyArray<string> | undefined
  readonly region?: ReadonlyArray<string> | undefined
  /** A file of targets, `-` for standard input. */
  readonly targets?: string | undefined
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
      projectId.length > 0 && region.length > 1,
      "option '--project-id <id>' cannot be used with several regions",
      "Write one REGION PROJECT-ID on each line of a file and use --targets, - for standard input."
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
  return message === undefined || hint === undefined ? undefined : { message, hint }
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
    command
      .optionsGroup(Common.groups.target)
      .option("--project-id <id>", `${Common.projectWords}; repeatable ${Common.projectDefault}`, several(text))
      .option("--region <id>", `${Common.regionWords}; repeatable ${Common.regionDefault}`, several(text))
      .addOption(
        new Option(
          "--targets <file>",
          "file of regions and projects to list, - for standard input; each line is REGION, REGION PROJECT-ID, or PROJECT-ID if an endpoint is set"
        )
          .argParser(once(text))
          .conflicts(["region", "projectId", "demo"])
      )
      .option("--parallel <n>", "projects listed concurrently, 1 to 64 (default: 4)", once(integer(1, 64)))
      .addOption(Common.endpoint())
      .addOption(Common.profile())
      .addOption(Common.proxy())
      .addOption(Common.caFile())
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
