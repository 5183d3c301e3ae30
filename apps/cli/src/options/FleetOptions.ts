import { type Command, Option, type OptionValues } from "@commander-js/extra-typings"
import type { UsageProblem } from "./CommandDefinition.js"
import * as Common from "./CommonOptions.js"
import { integer, once, several, text } from "./OptionValues.js"

/** Which projects a command is for. */
export interface TargetsFlags extends Omit<Common.CallFlags, "projectId" | "region"> {
  readonly projectId?: ReadonlyArray<string> | undefined
  readonly region?: ReadonlyArray<string> | undefined
  /** A file of targets, `-` for standard input. */
  readonly targets?: string | undefined
}

/** How the requests to several projects are spread. */
export interface SpreadFlags {
  readonly parallel?: number | undefined
  /** The maximum number of requests in any minute. */
  readonly rate?: number | undefined
}

const lineForms = "each line is REGION, REGION PROJECT-ID, or PROJECT-ID if an endpoint is set"

/** Adds the options that select one project or several. */
export const targetsOptions = (command: Command, what: string) =>
  command
    .optionsGroup(Common.groups.target)
    .option("--project-id <id>", `${Common.projectWords}; repeatable ${Common.projectDefault}`, several(text))
    .option("--region <id>", `${Common.regionWords}; repeatable ${Common.regionDefault}`, several(text))
    .addOption(
      new Option("--targets <file>", `file of regions and projects to ${what}, - for standard input; ${lineForms}`)
        .argParser(once(text))
        .conflicts(["region", "projectId", "demo"])
    )

export const parallel = (done: string) =>
  new Option("--parallel <n>", `projects ${done} concurrently, 1 to 64 (default: 4)`).argParser(once(integer(1, 64)))

const rate = () =>
  new Option(
    "--rate <n>",
    "maximum number of requests in any minute, of all projects together, 1 to 100000 (default: unlimited)"
  ).argParser(once(integer(1, 100_000)))

/** Adds the options of how a command on several projects runs. */
export const runOptions = <Args extends Array<unknown>, Flags extends OptionValues>(
  command: Command<Args, Flags>,
  done: string,
  timeout?: string
) =>
  command
    .optionsGroup(Common.groups.run)
    .addOption(parallel(done))
    .addOption(rate())
    .addOption(Common.timeout(timeout))
    .addOption(Common.debug())

/** The problem of targets that contradict each other. */
export const targetsProblem = ({ projectId = [], region = [] }: TargetsFlags): UsageProblem | undefined =>
  projectId.length > 0 && region.length > 1
    ? {
        message: "option '--project-id <id>' cannot be used with several regions",
        hint: "Write one REGION PROJECT-ID on each line of a file and use --targets, - for standard input."
      }
    : undefined

/** Adds the argument and the options of a command that reads a file of targets and may be limited to some of them. */
export const fileOptions = (command: Command, file: string) =>
  Common.connectionOptions(
    command
      .argument("<file>", file, text)
      .optionsGroup(Common.groups.target)
      .option(
        "--targets <file>",
        `file of regions and projects: only these of the targets, - for standard input; ${lineForms}`,
        once(text)
      )
  ).addOption(Common.demo())
