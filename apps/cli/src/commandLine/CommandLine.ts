import { Argument, Command, CommanderError } from "@commander-js/extra-typings"
import { exitCodes, help } from "./Help.js"
import {
  type CommandSpec,
  changeFormats,
  fieldNames,
  formats,
  type Invocation,
  metadataModes,
  type OptionSpec,
  reportFormats,
  shells
} from "./Invocation.js"
import { nearest } from "./Nearest.js"
import * as Options from "./Options.js"
import { choice } from "./Values.js"
import { commandFirst } from "./WordOrder.js"

/** How help is written. */
export interface Style {
  readonly columns: number
  /** Marks a heading. */
  readonly heading: (text: string) => string
}

/** What commander writes, and the invocation that it finds. */
class Outcome {
  invocation: Invocation | undefined
  printed = ""
  complaint = ""
}

/** The program with some commands, or all of them. */
const program = (outcome: Outcome, version: string, style: Style, only?: string) => {
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
    .configureHelp({ styleTitle: style.heading, subcommandTerm: (command) => command.name() })
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
    .addHelpText("after", `\n${exitCodes}`)

  const has = (name: keyof typeof help) => only === undefined || only === name

  const command = (name: keyof typeof help) => {
    const { description, examples: lines, summary, ...others } = help[name]
    const made = root
      .command(name)
      .summary(summary)
      .description(description + examples(lines))
    return "more" in others ? made.addHelpText("after", `\n${others.more}`) : made
  }

  if (has("list"))
    command("list")
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
      .action((flags) => {
        outcome.invocation = { _tag: "List", flags }
      })

  if (has("diff"))
    command("diff")
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
      .action((file, flags) => {
        outcome.invocation = { _tag: "Diff", file, flags }
      })

  if (has("config"))
    command("config")
      .addOption(Options.projectId())
      .addOption(Options.region())
      .addOption(Options.endpoint())
      .addOption(Options.profile())
      .addOption(Options.reportOutput())
      .addOption(Options.noColor())
      .addOption(Options.debug())
      .action((flags) => {
        outcome.invocation = { _tag: "Config", flags }
      })

  if (has("doctor"))
    command("doctor")
      .addOption(Options.projectId())
      .addOption(Options.region())
      .addOption(Options.endpoint())
      .addOption(Options.profile())
      .addOption(Options.demo())
      .addOption(Options.reportOutput())
      .addOption(Options.noColor())
      .addOption(Options.timeout())
      .addOption(Options.debug())
      .action((flags) => {
        outcome.invocation = { _tag: "Doctor", flags }
      })

  if (has("emulator"))
    command("emulator")
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
      .action((flags) => {
        outcome.invocation = { _tag: "Emulator", flags }
      })

  if (has("completion"))
    command("completion")
      .addArgument(new Argument("<shell>", shells.join(", ")).argParser((value: string) => choice(shells)(value)))
      .action((shell) => {
        outcome.invocation = { _tag: "Completion", shell, commands: [] }
      })

  return root
}

const optionValues = (command: string, option: string): OptionSpec["values"] => {
  switch (option) {
    case "output":
      return command === "list" ? formats : command === "diff" ? changeFormats : reportFormats
    case "fields":
      return fieldNames
    case "metadata":
      return metadataModes
    case "targets":
      return "file"
    default:
      return undefined
  }
}

const specsOf = (root: ReturnType<typeof program>): ReadonlyArray<CommandSpec> => {
  const helper = root.createHelp()
  return helper.visibleCommands(root).map((command) => ({
    name: command.name(),
    description: command.summary() || command.description(),
    options: helper.visibleOptions(command).map((option) => ({
      names: [option.short, option.long].filter((name) => name != null),
      description: option.description,
      takesValue: option.required || option.optional,
      values: optionValues(command.name(), option.attributeName())
    })),
    argument:
      command.name() === "completion"
        ? shells
        : command.name() === "diff"
          ? "file"
          : command.name() === "help"
            ? root.commands.map((other) => other.name())
            : undefined
  }))
}

/** What people write who know other commands. */
const otherWords: Readonly<Record<string, string>> = {
  version: "--version",
  "-v": "--version",
  ls: "list",
  "--json": "--output json",
  "--yaml": "--output yaml",
  "--csv": "--output csv",
  "--format": "--output",
  "--jq": "--query",
  "--filter": "--query",
  "--project": "--project-id",
  "--verbose": "--debug"
}

const didYouMean = (word: string, suggested: string | undefined, candidates: ReadonlyArray<string>): string => {
  const meant = otherWords[word] ?? suggested ?? nearest(word, candidates)
  return meant === undefined ? "" : `Did you mean ${meant}? `
}

/** `command` is the one whose help has more. */
const misuse = (complaint: string, command: CommandSpec | undefined, commands: ReadonlyArray<CommandSpec>) => {
  const [message = "", more = ""] = complaint
    .trim()
    .replace(/^error: /, "")
    .split("\n")
  const see = `See hotspot-session ${command === undefined ? "" : `${command.name} `}--help.`
  const [, what, word = ""] = /^unknown (option|command) '(.*)'$/.exec(message) ?? []
  const suggested = /^\(Did you mean (\S+)\?\)$/.exec(more)?.[1]
  const names = commands.map(({ name }) => name)
  const optionsOf = (spec: CommandSpec | undefined) =>
    spec?.options.flatMap((option) => option.names.filter((name) => name.startsWith("--"))) ?? []
  if (command === undefined && what === "option" && optionsOf(commandOf("list", commands)).includes(word)) {
    return {
      _tag: "Misuse",
      message: "no command is given",
      hint: `Did you mean hotspot-session list ${word}? ${see}`
    } as const
  }
  const meant =
    what === "option"
      ? didYouMean(word, suggested, [...optionsOf(command), "--help", "--version"])
      : what === "command"
        ? didYouMean(word, suggested, names)
        : ""
  return { _tag: "Misuse", message, hint: `${meant}${see}` } as const
}

const commandOf = (word: string | undefined, commands: ReadonlyArray<CommandSpec>) =>
  commands.find(({ name }) => name === word)

/** Options that say nothing without another one. */
const checkCombination = (invocation: Invocation): Invocation => {
  if (invocation._tag !== "List") return invocation
  const { all, output, pageSize, parallel, projectId, region, targets, watch } = invocation.flags
  const wrong = (message: string, hint: string) => ({ _tag: "Misuse", message, hint }) as const
  if (pageSize !== undefined && all !== true && watch === undefined) {
    return wrong(
      "option '--page-size <n>' has a meaning with '--all' only",
      "Give --all as well, or --limit for a single page."
    )
  }
  if (parallel !== undefined && targets === undefined && Math.max(projectId?.length ?? 0, region?.length ?? 0) < 2) {
    return wrong(
      "option '--parallel <n>' has a meaning with several projects only",
      "Give several --project-id or --region, or a file of --targets."
    )
  }
  if (projectId !== undefined && region !== undefined && projectId.length + region.length > 2) {
    return wrong(
      "which project is in which region cannot be told from several of them",
      "Write one REGION PROJECT-ID on each line of a file and give it as --targets, - for standard input."
    )
  }
  if (watch !== undefined && output !== undefined && output !== "table" && output !== "ndjson") {
    return wrong(`changes cannot be shown as ${output}`, "With --watch, give -o ndjson, or no format for text.")
  }
  if (watch !== undefined && ((projectId?.length ?? 0) > 1 || (region?.length ?? 0) > 1 || targets !== undefined)) {
    return wrong("option '--watch <time>' is for one project", "Watch each project with a process of its own.")
  }
  if (watch !== undefined && invocation.flags.limit !== undefined) {
    return wrong("option '--watch <time>' looks at every configuration", "Leave --limit out.")
  }

  return invocation
}

/** Reads a command line, without the program's name. */
export const parse = (
  argv: ReadonlyArray<string>,
  version: string,
  style: Style = { columns: 80, heading: (text) => text }
): Invocation => {
  const outcome = new Outcome()
  // Which words are values, and what was meant, is known when all commands are; most command lines need it not.
  const all = () => specsOf(program(new Outcome(), version, style))
  const words = argv[0] !== undefined && Object.hasOwn(help, argv[0]) ? argv : commandFirst(argv, all())
  const [first, topic] = words
  if (first === "help" && topic !== undefined && commandOf(topic, all()) === undefined) {
    return misuse(`unknown command '${topic}'`, undefined, all())
  }
  const root = program(outcome, version, style, first !== undefined && Object.hasOwn(help, first) ? first : undefined)
  try {
    root.parse(words.length === 0 ? ["--help"] : [...words], { from: "user" })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode === 0) return { _tag: "Print", text: outcome.printed }
    return misuse(outcome.complaint || error.message, commandOf(first, all()), all())
  }
  if (outcome.invocation === undefined) return misuse("no command is given", undefined, all())
  if (outcome.invocation._tag === "Completion") return { ...outcome.invocation, commands: all() }
  return checkCombination(outcome.invocation)
}
