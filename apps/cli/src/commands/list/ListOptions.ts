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
  /** The time between two looks, in milliseconds. */
  readonly watch?: number | undefined
}

export interface ListInvocation {
  readonly _tag: "List"
  readonly flags: ListFlags
}

/** The formats of what `--watch` sees: a table stands for text. */
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
    "file of regions and projects to ask for, - for standard input; each line is REGION, REGION PROJECT-ID, or PROJECT-ID where an endpoint is given"
  )
    .argParser(once(text))
    .conflicts(["region", "projectId", "demo"])
    .helpGroup(Common.groups.target)

const parallel = () =>
  new Option("--parallel <n>", "projects asked for at the same time, 1 to 64 (default: 4)")
    .argParser(once(integer(1, 64)))
    .helpGroup(Common.groups.target)

const limit = () =>
  new Option("--limit <n>", `configurations at most, 1 to ${maxLimit} (default: the service's, ${defaultLimit})`)
    .argParser(once(integer(1, maxLimit)))
    .helpGroup(Common.groups.page)

const offset = () =>
  new Option("--offset <n>", "configurations to skip (default: 0)")
    .argParser(once(integer(0, maxOffset)))
    .helpGroup(Common.groups.page)

const all = () =>
  new Option("--all", "every configuration from the offset on, page after page")
    .conflicts("limit")
    .helpGroup(Common.groups.page)

const pageSize = () =>
  new Option(
    "--page-size <n>",
    `with --all: configurations asked for at a time, 1 to ${maxLimit} (default: ${maxLimit})`
  )
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
  new Option("--query <expression>", "JMESPath expression to apply to what -o json shows, such as items[].id")
    .argParser(once(text))
    .conflicts("fields")
    .helpGroup(Common.groups.output)

const watch = () =>
  new Option("--watch <time>", "look again after each time, such as 30s, and print what changed (as text or ndjson)")
    .argParser(once(duration))
    .conflicts(["offset", "fields", "query"])
    .helpGroup(Common.groups.run)

/** Options that say nothing without another one, or contradict it. */
const wrongCombination = (flags: ListFlags): UsageProblem | undefined => {
  const { all, limit, output, pageSize, parallel, projectId, region, targets, watch } = flags
  if (pageSize !== undefined && all !== true && watch === undefined) {
    return {
      message: "option '--page-size <n>' has a meaning with '--all' only",
      hint: "Give --all as well, or --limit for a single page."
    }
  }
  if (parallel !== undefined && targets === undefined && Math.max(projectId?.length ?? 0, region?.length ?? 0) < 2) {
    return {
      message: "option '--parallel <n>' has a meaning with several projects only",
      hint: "Give several --project-id or --region, or a file of --targets."
    }
  }
  if (projectId !== undefined && region !== undefined && region.length > 1) {
    return {
      message: `which project is in which region cannot be told from several regions and ${projectId.length === 1 ? "a project" : "projects"}`,
      hint: "Write one REGION PROJECT-ID on each line of a file and give it as --targets, - for standard input."
    }
  }
  if (watch !== undefined && output !== undefined && !watchFormats.includes(output)) {
    return {
      message: `changes cannot be shown as ${output}`,
      hint: "With --watch, give -o ndjson, or no format for text."
    }
  }
  if (watch !== undefined && ((projectId?.length ?? 0) > 1 || (region?.length ?? 0) > 1 || targets !== undefined)) {
    return {
      message: "option '--watch <time>' is for one project",
      hint: "Watch each project with a process of its own."
    }
  }
  if (watch !== undefined && limit !== undefined) {
    return { message: "option '--watch <time>' looks at every configuration", hint: "Leave --limit out." }
  }
  return undefined
}

/** `hotspot-session list`. */
export const listCommand: CommandDefinition<ListInvocation> = {
  summary: "List the configurations of one project or several",
  description:
    "List a project's configurations: whether sessions leave a hot server, how many, and who never moves. Standard output has the data; counts, hints and errors are on standard error.",
  examples: [
    "hotspot-session list --demo",
    "hotspot-session list --region ap-southeast-1 --all -o json",
    "hotspot-session list --region cn-north-4 --region cn-east-3 -o csv",
    "hotspot-session list --query 'items[?hotspot_session_migration_enable].id'",
    "hotspot-session list --all --watch 30s"
  ],
  more: Common.credentialsHelp,
  values: { output: formats, fields: fieldNames, targets: "file" },
  define: (command, found) =>
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
      .action((flags) => found({ _tag: "List", flags }, wrongCombination(flags)))
}
