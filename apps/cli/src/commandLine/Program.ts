import { Command, type CommandUnknownOpts, Help } from "@commander-js/extra-typings"
import type { CommandDefinition, UsageProblem } from "../options/CommandDefinition.js"
import { commandGroups, isGroupName } from "../options/CommandGroups.js"
import { type CommandName, commandNames, commands } from "./Commands.js"
import { exitCodesHelp } from "./ExitCodes.js"
import type { Invocation } from "./Invocation.js"

/** How help is formatted. */
export interface Style {
  readonly columns: number
  readonly heading: (text: string) => string
}

/** What commander prints and parses. */
export class ParsedCommandLine {
  invocation: Invocation | undefined
  /** The problem of an invalid combination of options. */
  problem: UsageProblem | undefined
  printed = ""
  usageError = ""
}

/** What the program is for. */
export const summary = "Huawei Cloud Workspace: hotspot session migration configurations."

/** The examples of the general help. */
export const firstExamples: ReadonlyArray<string> = [
  "hotspot-session list --demo",
  "hotspot-session list --region ap-southeast-1",
  "hotspot-session doctor"
]

/** A description that gets fewer columns is placed below its term. */
const minDescriptionColumns = 40

const indented = (text: string, columns: number): string => text.replaceAll("\n", `\n${" ".repeat(columns)}`)

const defaultHelp = new Help()

/** The layout of commander, but it wraps for narrow terminals, and never wraps indented lines such as examples. */
const layout = {
  minWidthToWrap: 1,
  boxWrap(this: Help, text: string, columns: number): string {
    return text
      .split("\n")
      .map((line) => (line.startsWith("  ") ? line : defaultHelp.boxWrap.call(this, line, columns)))
      .join("\n")
  },
  formatItem(this: Help, term: string, termWidth: number, description: string, helper: Help): string {
    const columns = this.helpWidth ?? 80
    return columns - termWidth - 4 >= minDescriptionColumns
      ? defaultHelp.formatItem.call(this, term, termWidth, description, helper)
      : `  ${term}\n      ${indented(this.boxWrap(description, Math.max(columns - 6, 1)), 6)}`
  }
}

/**
 * Reports a missing value if the word after an option such as `--region` looks like an option. commander does that only
 * for optional values.
 */
const requireOptionValues = (command: Command): void => {
  for (const option of command.options.filter(({ required }) => required)) {
    option.required = false
    option.optional = true
    command.on(`option:${option.name()}`, (value: string | null) => {
      if (value === null) command.error(`error: option '${option.flags}' argument missing`)
    })
  }
}

/** The program. Only needed commands define their options, because defining all of them is slow. */
export const program = (
  parsed: ParsedCommandLine,
  version: string,
  style: Style,
  isNeeded: (name: CommandName) => boolean
): Command => {
  const examples = (lines: ReadonlyArray<string>) =>
    `\n\n${style.heading("Examples:")}\n${lines.map((line) => `  ${line}`).join("\n")}`

  const root = new Command("hotspot-session")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => {
        parsed.printed += text
      },
      writeErr: (text) => {
        parsed.usageError += text
      },
      getOutHelpWidth: () => style.columns,
      getErrHelpWidth: () => style.columns,
      getOutHasColors: () => true
    })
    .configureHelp({ ...layout, styleTitle: style.heading, subcommandTerm: (command) => command.name() })
    .description(`${summary}${examples(firstExamples)}`)
    .usage("<command> [options]")
    .version(
      `hotspot-session ${version} (node ${process.version}, ${process.platform} ${process.arch})`,
      "-V, --version",
      "print the versions of this program and Node.js, and the platform"
    )
    .helpOption("-h, --help", "print help")
    .helpCommand("help [command]", "Print help for a command")
    .showSuggestionAfterError(false)
    .addHelpText("after", `\n${exitCodesHelp}`)

  const parentOf = (group: string | undefined): CommandUnknownOpts => {
    if (!isGroupName(group)) return root
    const { description, summary } = commandGroups[group]
    return (
      root.commands.find((command) => command.name() === group) ??
      root.command(group).summary(summary).description(description).usage("<command> [options]").helpCommand(false)
    )
  }

  for (const name of commandNames) {
    const { define, description, examples: lines, more, summary: line }: CommandDefinition<Invocation> = commands[name]
    const [own = name, group] = name.split(" ").reverse()
    const command = parentOf(group).command(own).summary(line)
    if (!isNeeded(name)) continue
    command.description(description + examples(lines))
    if (more !== undefined) command.addHelpText("after", `\n${more}`)
    define(command as Command, (invocation, problem) => {
      parsed.invocation = invocation
      parsed.problem = problem
    })
    requireOptionValues(command)
  }
  return root
}
