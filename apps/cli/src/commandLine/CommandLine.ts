import { Command, CommanderError, type CommandUnknownOpts, Option } from "@commander-js/extra-typings"
import { nearest, suggestion } from "@hotspot-session/settings/Nearest"
import type { CommandDefinition, CommandSpec, UsageProblem } from "../options/CommandDefinition.js"
import { type GroupName, isGroupName } from "../options/CommandGroups.js"
import { alternatives } from "../options/OptionValues.js"
import { commandNames, commands, isCommandName } from "./Commands.js"
import type { Invocation, ReportFlags } from "./Invocation.js"
import { ParsedCommandLine, program, type Style } from "./Program.js"

const definitionOf = (name: string): CommandDefinition<Invocation> | undefined =>
  isCommandName(name) ? commands[name] : undefined

const specsOf = (root: Command): ReadonlyArray<CommandSpec> => {
  const helper = root.createHelp()
  const visible = helper
    .visibleCommands(root)
    .flatMap((command): ReadonlyArray<readonly [string, CommandUnknownOpts]> => {
      const name = command.name()
      return isGroupName(name)
        ? helper.visibleCommands(command).map((one) => [`${name} ${one.name()}`, one])
        : [[name, command]]
    })
  return visible.map(([name, command]) => {
    const definition = definitionOf(name)
    return {
      name,
      description: command.summary() || command.description(),
      options: helper.visibleOptions(command).map((option) => ({
        names: [option.short, option.long].filter((name) => name != null),
        description: option.description,
        takesValue: option.required || option.optional,
        values: definition?.values?.[option.attributeName()]
      })),
      argument: name === "help" ? root.commands.map((other) => other.name()) : definition?.argument
    }
  })
}

/**
 * Moves the command to the front, so that options may precede it. The command is the first word that is neither an option
 * nor an option's value; for a group it is the first two of them.
 */
const commandFirst = (words: ReadonlyArray<string>, commands: ReadonlyArray<CommandSpec>): ReadonlyArray<string> => {
  const takesValue = new Set(
    commands.flatMap(({ options }) => options.filter((option) => option.takesValue).flatMap(({ names }) => names))
  )
  const found: Array<number> = []
  for (let index = 0; index < words.length && words[index] !== "--"; index++) {
    const word = words[index] ?? ""
    if (takesValue.has(word)) index++
    else if (!word.startsWith("-")) {
      found.push(index)
      if (found.length === 2 || !isGroupName(word)) break
    }
  }
  return [...found.map((index) => words[index] ?? ""), ...words.filter((_, index) => !found.includes(index))]
}

/** Words that users of other programs write. */
const knownAliases: Readonly<Record<string, string>> = {
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

const isLong = (name: string): boolean => name.startsWith("--")

const commandOf = (word: string | undefined, commands: ReadonlyArray<CommandSpec>): CommandSpec | undefined =>
  commands.find(({ name }) => name === word)

const namesOf = (command: CommandSpec | undefined): ReadonlyArray<string> =>
  command?.options.flatMap(({ names }) => names) ?? []

/** Options of every command are suggested only for the same first letter: otherwise any short word would suggest `--help`. */
const optionsLike = (name: string, command: CommandSpec | undefined): ReadonlyArray<string> => {
  const common = ["--help", "--version"]
  return [
    ...namesOf(command).filter((candidate) => isLong(candidate) && !common.includes(candidate)),
    ...common.filter((candidate) => candidate.charAt(2) === name.charAt(2))
  ]
}

/** The words that may stand where a command is expected. */
const firstWords: ReadonlyArray<string> = [
  ...new Set([...commandNames.map((name) => name.split(" ")[0] ?? name), "help"])
]

const commandsOf = (group: GroupName): ReadonlyArray<string> =>
  commandNames.filter((name) => name.startsWith(`${group} `)).map((name) => name.slice(group.length + 1))

/** The problem of a group without one of its commands. */
const groupProblem = (group: GroupName, word: string | undefined): UsageProblem => {
  const see = `See hotspot-session ${group} --help.`
  if (word === undefined || word.startsWith("-")) return { message: `no command given after '${group}'`, hint: see }
  const meant = nearest(word, commandsOf(group))
  return {
    message: `unknown command '${group} ${word}'`,
    hint: `${meant === undefined ? `It must be ${alternatives(commandsOf(group))}. ` : suggestion(`${group} ${meant}`)}${see}`
  }
}

const suggestionFor = (word: string, candidates: ReadonlyArray<string>): string =>
  // The dashes of options make short ones alike.
  suggestion(knownAliases[word] ?? nearest(word, candidates, isLong(word) ? 2 : undefined))

/** Whether a word needs no quoting in a shell. */
const isPlainWord = (word: string): boolean => /^[\w./:=,@%+-]+$/.test(word)

/** A usage error of commander, with a hint; `operands` are the words that it parsed as arguments. */
const usageProblemOf = (
  usageError: string,
  words: ReadonlyArray<string>,
  operands: ReadonlyArray<string>,
  command: CommandSpec | undefined,
  commands: ReadonlyArray<CommandSpec>
): UsageProblem => {
  const message = usageError.trim().replace(/^error: /, "")
  const see = `See hotspot-session ${command === undefined ? "" : `${command.name} `}--help.`
  const [, what, word = ""] = /^unknown (option|command) '(.*)'$/s.exec(message) ?? []
  if (what === "command") {
    return {
      message,
      hint: `${suggestionFor(word, firstWords)}${see}`
    }
  }
  if (what === "option") {
    const [name = "", value] = isLong(word) ? word.split(/=(.*)/s) : [word]
    if (command === undefined && namesOf(commandOf("list", commands)).includes(name)) {
      const rest = words.every(isPlainWord) ? words.join(" ") : word
      return { message: "no command given", hint: `Did you mean hotspot-session list ${rest}? ${see}` }
    }
    if (value !== undefined && namesOf(command).includes(name)) {
      return { message: `option '${name}' takes no value`, hint: `Omit = and what follows it. ${see}` }
    }
    // Its value may be a secret.
    return { message: `unknown option '${name}'`, hint: `${suggestionFor(name, optionsLike(name, command))}${see}` }
  }
  const [, missing] = /^option '(?:-., )?(--\S+) .*' argument missing$/.exec(message) ?? []
  if (missing !== undefined) {
    const names = command?.options.find((option) => option.names.includes(missing))?.names ?? []
    const taken = words.find((_, index) => names.includes(words[index - 1] ?? "") && words[index]?.startsWith("-"))
    return {
      message,
      hint: `${taken === undefined ? "" : `If ${taken} is its value, write ${missing}=${taken}. `}${see}`
    }
  }
  if (message.startsWith("too many arguments")) {
    const extra = operands[command?.argument === undefined ? 0 : 1] ?? ""
    const option = namesOf(command).includes(`--${extra}`) ? `Did you mean --${extra}? ` : ""
    return { message: `too many arguments for '${command?.name}': '${extra}'`, hint: `${option}${see}` }
  }
  return { message, hint: see }
}

/** The flags that decide how a usage error is reported: parsed as commander does, but without validating values. */
const reportFlagsOf = (words: ReadonlyArray<string>, commands: ReadonlyArray<CommandSpec>): ReportFlags => {
  const reader = new Command()
  const known = new Set<string>()
  for (const { names, takesValue } of commands.flatMap(({ options }) => options)) {
    if (names.some((name) => known.has(name))) continue
    for (const name of names) known.add(name)
    reader.addOption(new Option(names.join(", ") + (takesValue ? " [value]" : "")))
  }
  reader.parseOptions([...words])
  const { color, output }: { color?: boolean; output?: string | true } = reader.opts()
  return { color, output: output === true ? undefined : output }
}

const printOptions: ReadonlyArray<string> = ["-h", "--help", "-V", "--version"]

/** Parses a command line, without the program's name. */
export const parse = (
  argv: ReadonlyArray<string>,
  version: string,
  style: Style = { columns: 80, heading: (text) => text }
): Invocation => {
  const parsed = new ParsedCommandLine()
  const specs = () => specsOf(program(new ParsedCommandLine(), version, style, () => true))
  // The command can be found only if it is known which options take a value.
  const isPlain =
    isCommandName(argv[0]) ||
    (isGroupName(argv[0]) && isCommandName(`${argv[0]} ${argv[1]}`)) ||
    argv.every((word) => word.startsWith("-"))
  const moved = isPlain ? argv : commandFirst(argv, specs())
  const isHelp = moved[0] === "help" && moved[1] !== undefined
  // commander's help knows no groups.
  const words = isHelp && isGroupName(moved[1]) ? [...moved.slice(1), "--help"] : moved
  const [first, second] = words
  const name = isGroupName(first) ? `${first} ${second}` : first
  const misuse = (
    describe: (command: CommandSpec | undefined, commands: ReadonlyArray<CommandSpec>) => UsageProblem
  ) => {
    const commands = specs()
    const command = commandOf(name, commands)
    const flags = reportFlagsOf(words, command === undefined ? commands : [command])
    return { _tag: "InvalidCommandLine", ...describe(command, commands), command: command?.name, flags } as const
  }
  const topic = isHelp && !isGroupName(moved[1]) ? moved[1] : undefined
  if (topic !== undefined && topic !== "help" && !isCommandName(topic)) {
    return misuse((_, commands) => usageProblemOf(`unknown command '${topic}'`, words, [], undefined, commands))
  }
  const isGroupHelp = isGroupName(first) && (second === undefined || second === "--help" || second === "-h")
  if (isGroupName(first) && !isCommandName(name) && !isGroupHelp) return misuse(() => groupProblem(first, second))
  /** What is wrong with the words beside those that ask for help or the version: commander ignores all of them. */
  const problemBesides = (): Invocation | undefined => {
    const others = (isHelp ? moved.slice(1) : words).filter((word) => !printOptions.includes(word))
    const whole = others.join(" ")
    if (others.length === 0 || whole === "help" || isCommandName(whole) || isGroupName(whole)) return undefined
    const extra = others[isGroupName(others[0]) && !isGroupHelp ? 2 : 1] ?? ""
    if (isHelp && extra !== "" && !extra.startsWith("-")) {
      return misuse(() => ({
        message: `too many arguments for 'help': '${extra}'`,
        hint: "See hotspot-session help --help."
      }))
    }
    if (isGroupHelp) return misuse(() => groupProblem(first, extra))
    // What is missing does not matter.
    const rest = others.length < words.length ? parse(others, version, style) : undefined
    return rest?._tag === "InvalidCommandLine" && /^(?:unknown|too many)/.test(rest.message) ? rest : undefined
  }
  const root = program(parsed, version, style, (one) => one === name || one === topic)
  const isGeneralHelp = words.length === 0 || topic === "help"
  try {
    root.parse(isGeneralHelp ? ["--help"] : isGroupHelp ? [first, "--help"] : [...words], { from: "user" })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode === 0) return problemBesides() ?? { _tag: "Print", text: parsed.printed }
    const group = isGroupName(first) ? root.commands.find((command) => command.name() === first) : root
    const own = isGroupName(first) ? second : first
    const operands = group?.commands.find((command) => command.name() === own)?.args ?? []
    return misuse((command, commands) =>
      usageProblemOf(parsed.usageError || error.message, words, operands, command, commands)
    )
  }
  const { invocation, problem } = parsed
  if (invocation === undefined) {
    return misuse((_, commands) => usageProblemOf("no command given", words, [], undefined, commands))
  }
  if (invocation._tag === "Completion") return { ...invocation, commands: specs() }
  if (invocation._tag === "Man") return { ...invocation, version }
  return problem === undefined ? invocation : misuse(() => problem)
}
