import { type Command, CommanderError } from "@commander-js/extra-typings"
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
import { isCommandName, Outcome, program, type Style } from "./Program.js"
import { commandFirst } from "./WordOrder.js"

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

const specsOf = (root: Command): ReadonlyArray<CommandSpec> => {
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
  const specs = () => specsOf(program(new Outcome(), version, style, () => true))
  // Which word is the command shows only when it is known which options take a value.
  const isPlain = isCommandName(argv[0]) || argv.every((word) => word.startsWith("-"))
  const words = isPlain ? argv : commandFirst(argv, specs())
  const [first, topic] = words
  if (first === "help" && topic !== undefined && topic !== "help" && !isCommandName(topic)) {
    return misuse(`unknown command '${topic}'`, undefined, specs())
  }
  const root = program(outcome, version, style, (name) => name === first || (first === "help" && name === topic))
  try {
    root.parse(words.length === 0 ? ["--help"] : [...words], { from: "user" })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode === 0) return { _tag: "Print", text: outcome.printed }
    return misuse(outcome.complaint || error.message, commandOf(first, specs()), specs())
  }
  if (outcome.invocation === undefined) return misuse("no command is given", undefined, specs())
  if (outcome.invocation._tag === "Completion") return { ...outcome.invocation, commands: specs() }
  return checkCombination(outcome.invocation)
}
