import { InvalidArgumentError, Option } from "@commander-js/extra-typings"
import { defaultLimit, maxLimit, maxOffset } from "@hotspot-session/core"
import type { CommandDefinition, UsageProblem } from "../../commandLine/CommandDefinition.js"
import * as Common from "../../commandLine/CommonOptions.js"
import { alternatives, choice, duration, integer, once, oneOf, several, text } from "../../commandLine/OptionValues.js"
import { type FieldName, type Format, fieldNames, formats, outputVariable } from "../../output/FormatNames.js"

/** The options of `list`. */
export interface ListFlags extends Omit<Common.CallFlags, "projectId" | "region"> {
  readonly projectId?: ReadonlyArray<string> | undefined
  readonly region?: ReadonlyArray<string> | undefined
  /** A file of targets, `-` for standard input. */
  readonly targets?: string | undefined
  readonly parallel?: number | undefined
  readonly limit?: number | undefined
  readonly offset?: number | undefined
  readonly all?: boolean | undefined
  readonly pageSize?: number | undefined
  readonly output?: Format | undefined
  readonly fields?: ReadonlyArray<FieldName> | undefined
  readonly query?: string | undefined
  /** The interval, in milliseconds. */
  readonly watch?: number | undefined
}

export interface ListInvocation {
  readonly _tag: "List"
  readonly flags: ListFlags
}

/** The formats of `--watch`: `table` means text. */
export const watchFormats: ReadonlyArray<Format> = ["table", "ndjson"]

/** Names of fields, separated by commas. */
const fieldList = (value: string): ReadonlyArray<FieldName> => {
  const names = value.split(",").map((name) => oneOf(name.trim(), fieldNames))
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) throw new InvalidArgumentError(`It names ${twice} twice.`)
  return names
}

const projectIds = () =>
  new Option("--project-id <id>", `${Common.projectWords}; repeatable ${Common.projectDefault}`)
    .argParser(several(text))
    .helpGroup(Common.groups.target)

const regions = () =>
  new Option("--region <id>", `${Common.regionWords}; repeatable ${Common.regionDefault}`)
    .argParser(several(text))
    .helpGroup(Common.groups.target)

const targets = () =>
  new Option(
    "--targets <file>",
    "file of regions and projects to list, - for standard input; each line is REGION, REGION PROJECT-ID, or PROJECT-ID if an endpoint is set"
  )
    .argParser(once(text))
    .conflicts(["region", "projectId", "demo"])
    .helpGroup(Common.groups.target)

const parallel = () =>
  new Option("--parallel <n>", "projects listed concurrently, 1 to 64 (default: 4)")
    .argParser(once(integer(1, 64)))
    .helpGroup(Common.groups.target)

const limit = () =>
  new Option(
    "--limit <n>",
    `maximum number of configurations, 1 to ${maxLimit} (default: the service's, ${defaultLimit})`
  )
    .argParser(once(integer(1, maxLimit)))
    .helpGroup(Common.groups.page)

const offset = () =>
  new Option("--offset <n>", "configurations to skip (default: 0)")
    .argParser(once(integer(0, maxOffset)))
    .helpGroup(Common.groups.page)

const all = () =>
  new Option("--all", "all configurations from the offset on, page by page")
    .conflicts("limit")
    .helpGroup(Common.groups.page)

const pageSize = () =>
  new Option("--page-size <n>", `with --all: configurations per request, 1 to ${maxLimit} (default: ${maxLimit})`)
    .argParser(once(integer(1, maxLimit)))
    .helpGroup(Common.groups.page)

const output = () =>
  new Option(
    "-o, --output <format>",
    `${alternatives(formats)} (environment: ${outputVariable}; default: table on a terminal, else tsv)`
  )
    .argParser(once<Format>(choice(formats)))
    .helpGroup(Common.groups.output)

const fields = () =>
  new Option("--fields <names>", `fields to show, separated by commas: ${fieldNames.join(", ")}`)
    .argParser(once(fieldList))
    .helpGroup(Common.groups.output)

const query = () =>
  new Option("--query <expression>", "JMESPath expression to apply to the output of -o json, such as items[].id")
    .argParser(once(text))
    .conflicts("fields")
    .helpGroup(Common.groups.output)

const watch = () =>
  new Option("--watch <time>", "list again at this interval, such as 30s, and print changes (as text or ndjson)")
    .argParser(once(duration))
    .conflicts(["offset", "fields", "query"])
    .helpGroup(Common.groups.run)

/** The problem of options that require or contradict each other. */
const invalidCombination = (flags: ListFlags): UsageProblem | undefined => {
  const { all, limit, output, pageSize, parallel, projectId, region, targets, watch } = flags
  if (pageSize !== undefined && all !== true && watch === undefined) {
    return {
      message: "option '--page-size <n>' requires '--all'",
      hint: "Add --all, or use --limit for a single page."
    }
  }
  if (parallel !== undefined && targets === undefined && Math.max(projectId?.length ?? 0, region?.length ?? 0) < 2) {
    return {
      message: "option '--parallel <n>' requires several projects",
      hint: "Repeat --project-id or --region, or use --targets."
    }
  }
  if (projectId !== undefined && region !== undefined && region.length > 1) {
    return {
      message: "option '--project-id <id>' cannot be used with several regions",
      hint: "Write one REGION PROJECT-ID on each line of a file and use --targets, - for standard input."
    }
  }
  if (watch !== undefined && output !== undefined && !watchFormats.includes(output)) {
    return {
      message: `changes cannot be shown as ${output}`,
      hint: "With --watch, use -o ndjson, or omit -o for text."
    }
  }
  if (watch !== undefined && ((projectId?.length ?? 0) > 1 || (region?.length ?? 0) > 1 || targets !== undefined)) {
    return {
      message: "option '--watch <time>' supports only one project",
      hint: "Run one process for each project."
    }
  }
  if (watch !== undefined && limit !== undefined) {
    return {
      message: "option '--watch <time>' cannot be used with option '--limit <n>'",
      hint: "Omit --limit: all configurations are watched."
    }
  }
  return undefined
}

/** `hotspot-session list`. */
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
  values: { output: formats, fields: fieldNames, targets: "file" },
  define: (command, onParsed) =>
    command
      .addOption(projectIds())
      .addOption(regions())
      .addOption(targets())
      .addOption(parallel())
      .addOption(Common.endpoint())
      .addOption(Common.profile())
      .addOption(Common.demo())
      .addOption(limit())
      .addOption(offset())
      .addOption(all())
      .addOption(pageSize())
      .addOption(output())
      .addOption(fields())
      .addOption(query())
      .addOption(Common.noColor())
      .addOption(watch())
      .addOption(Common.timeout())
      .addOption(Common.debug())
      .action((flags) => onParsed({ _tag: "List", flags }, invalidCombination(flags)))
}
