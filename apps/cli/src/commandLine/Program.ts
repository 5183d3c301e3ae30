import { Argument, Command, Help } from "@commander-js/extra-typings"
import { exitCodes, help } from "./Help.js"
import { type Invocation, shells } from "./Invocation.js"
import * as Options from "./Options.js"
import { choice } from "./Values.js"

/** How help is written. */
export interface Style {
  readonly columns: number
  /** Marks a heading. */
  readonly heading: (text: string) => string
}

/** What commander writes, and the invocation that it finds. */
export class Outcome {
  invocation: Invocation | undefined
  printed = ""
  complaint = ""
}

/** The name of a command. */
export type CommandName = keyof typeof help

/** Whether a word is the name of a command. */
export const isCommandName = (word: string | undefined): word is CommandName =>
  word !== undefined && Object.hasOwn(help, word)

/** Columns that a description needs beside its term, else it goes below. */
const leastBeside = 40

const indented = (text: string, columns: number): string => text.replaceAll("\n", `\n${" ".repeat(columns)}`)

const laidOut = new Help()

/** As commander lays help out, but narrow terminals are wrapped for too, and indented lines, as of examples, never. */
const layout = {
  minWidthToWrap: 1,
  boxWrap(this: Help, text: string, columns: number): string {
    return text
      .split("\n")
      .map((line) => (line.startsWith("  ") ? line : laidOut.boxWrap.call(this, line, columns)))
      .join("\n")
  },
  formatItem(this: Help, term: string, termWidth: number, description: string, helper: Help): string {
    const columns = this.helpWidth ?? 80
    return columns - termWidth - 4 >= leastBeside
      ? laidOut.formatItem.call(this, term, termWidth, description, helper)
      : `  ${term}\n      ${indented(this.boxWrap(description, Math.max(columns - 6, 1)), 6)}`
  }
}

type Define = (command: Command, found: (invocation: Invocation) => void) => void

/** What each command takes, and what it comes to. */
const definitions: Record<CommandName, Define> = {
  list: (command, found) =>
    command
      .addOption(Options.projectIds())
      .addOption(Options.regions())
      .addOption(Options.targets())
      .addOption(Options.parallel())
      .addOption(Options.endpoint())
      .addOption(Options.profile())
      .addOption(Options.demo())
      .addOption(Options.limit())
      .addOption(Options.offset())
      .addOption(Options.all())
      .addOption(Options.pageSize())
      .addOption(Options.output())
      .addOption(Options.fieldsShown())
      .addOption(Options.query())
      .addOption(Options.noColor())
      .addOption(Options.watch())
      .addOption(Options.timeout())
      .addOption(Options.debug())
      .action((flags) => found({ _tag: "List", flags })),

  diff: (command, found) =>
    command
      .addArgument(new Argument("<file>", "the saved listing"))
      .addOption(Options.projectId())
      .addOption(Options.region())
      .addOption(Options.endpoint())
      .addOption(Options.profile())
      .addOption(Options.demo())
      .addOption(Options.changeOutput())
      .addOption(Options.noColor())
      .addOption(Options.timeout())
      .addOption(Options.debug())
      .action((file, flags) => found({ _tag: "Diff", file, flags })),

  config: (command, found) =>
    command
      .addOption(Options.projectId())
      .addOption(Options.region())
      .addOption(Options.endpoint())
      .addOption(Options.profile())
      .addOption(Options.reportOutput())
      .addOption(Options.noColor())
      .addOption(Options.debug())
      .action((flags) => found({ _tag: "Config", flags })),

  doctor: (command, found) =>
    command
      .addOption(Options.projectId())
      .addOption(Options.region())
      .addOption(Options.endpoint())
      .addOption(Options.profile())
      .addOption(Options.demo())
      .addOption(Options.reportOutput())
      .addOption(Options.noColor())
      .addOption(Options.timeout())
      .addOption(Options.debug())
      .action((flags) => found({ _tag: "Doctor", flags })),

  emulator: (command, found) =>
    command
      .addOption(Options.host())
      .addOption(Options.port())
      .addOption(Options.seed())
      .addOption(Options.count())
      .addOption(Options.latency())
      .addOption(Options.fault())
      .addOption(Options.project())
      .addOption(Options.metadata())
      .addOption(Options.clockAhead())
      .addOption(Options.clockBehind())
      .action((flags) => found({ _tag: "Emulator", flags })),

  completion: (command, found) =>
    command
      .addArgument(new Argument("<shell>", shells.join(", ")).argParser((value: string) => choice(shells)(value)))
      .action((shell) => found({ _tag: "Completion", shell, commands: [] }))
}

/**
 * Never takes an option for the value of the one before it: where the word after `--region` looks like an option, the
 * value is missing. commander reads values so that may be left out, and those alone.
 */
const keepOptionsApart = (command: Command): void => {
  for (const option of command.options.filter(({ required }) => required)) {
    option.required = false
    option.optional = true
    command.on(`option:${option.name()}`, (value: string | null) => {
      if (value === null) command.error(`error: option '${option.flags}' argument missing`)
    })
  }
}

/** The program. Commands that do not `matter` have their names only: to define the options of all takes a while. */
export const program = (
  outcome: Outcome,
  version: string,
  style: Style,
  matters: (name: CommandName) => boolean
): Command => {
  const examples = (lines: ReadonlyArray<string>) =>
    `\n\n${style.heading("Examples:")}\n${lines.map((line) => `  ${line}`).join("\n")}`

  const root = new Command("hotspot-session")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => {
        outcome.printed += text
      },
      writeErr: (text) => {
        outcome.complaint += text
      },
      getOutHelpWidth: () => style.columns,
      getErrHelpWidth: () => style.columns,
      getOutHasColors: () => true
    })
    .configureHelp({ ...layout, styleTitle: style.heading, subcommandTerm: (command) => command.name() })
    .description(
      `Huawei Cloud Workspace: hotspot session migration configurations.${examples(["hotspot-session list --demo", "hotspot-session list --region ap-southeast-1", "hotspot-session doctor"])}`
    )
    .usage("<command> [options]")
    .version(
      `hotspot-session ${version} (node ${process.version}, ${process.platform} ${process.arch})`,
      "-V, --version",
      "print the version, and those of Node.js and the platform"
    )
    .helpOption("-h, --help", "print help")
    .helpCommand("help [command]", "Print help for a command")
    .showSuggestionAfterError(false)
    .addHelpText("after", `\n${exitCodes}`)

  for (const name of Object.keys(help) as ReadonlyArray<CommandName>) {
    const { description, examples: lines, summary, ...others } = help[name]
    const command = root.command(name).summary(summary)
    if (!matters(name)) continue
    command.description(description + examples(lines))
    if ("more" in others) command.addHelpText("after", `\n${others.more}`)
    definitions[name](command, (invocation) => {
      outcome.invocation = invocation
    })
    keepOptionsApart(command)
  }
  return root
}
