import { regionIds } from "@hotspot-session/core"
import { ExitCode } from "@hotspot-session/settings/ExitCode"
import * as Effect from "effect/Effect"
import * as Io from "../../Io.js"
import type { CommandSpec, OptionSpec } from "../../options/CommandDefinition.js"
import type { Shell } from "./CompletionOptions.js"

const program = "hotspot-session"

const valuesOf = ({ names, values }: OptionSpec): OptionSpec["values"] =>
  names.includes("--region") ? regionIds : values

/** A short description without characters that need quoting. */
const brief = (description: string): string => description.replace(/ \(.*$/, "").replace(/[[\]'":\\$`]/g, "")

const longNames = ({ options }: CommandSpec): ReadonlyArray<string> => options.flatMap(({ names }) => names)

const patterns = (names: ReadonlyArray<string>): string => names.join("|")

const bashWords = (words: ReadonlyArray<string>): string =>
  `COMPREPLY=($(compgen -W '${words.join(" ")}' -- "$current"))`

/** Names may contain spaces; bash quotes them and appends a slash to folders. `mapfile` needs bash 4. */
const bashFiles = `local IFS=$'\\n'; compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$current"))`

const bashValue = (values: OptionSpec["values"]): string =>
  values === "file" ? bashFiles : values === undefined ? "COMPREPLY=()" : bashWords(values)

const bashCommand = (command: CommandSpec): string => {
  const taking = command.options.filter(({ takesValue }) => takesValue)
  const cases = taking.map((option) => `        ${patterns(option.names)}) ${bashValue(valuesOf(option))}; return ;;\n`)
  return `    ${command.name})
      case "$previous" in
${cases.join("")}      esac
      if [[ $current == -* ]]; then ${bashWords(longNames(command))}; else ${bashValue(command.argument)}; fi
      ;;
`
}

const bash = (commands: ReadonlyArray<CommandSpec>): string => `# bash completion for ${program}
_hotspot_session() {
  local current previous command word
  # bash splits --option=value at the sign, which is then the word before.
  current=\${COMP_WORDS[COMP_CWORD]}
  previous=\${COMP_WORDS[COMP_CWORD-1]}
  if [[ $current == = ]]; then current=; elif [[ $previous == = ]]; then previous=\${COMP_WORDS[COMP_CWORD-2]}; fi
  command=
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in ${patterns(commands.map(({ name }) => name))}) command=$word; break ;; esac
  done
  case "$command" in
${commands.map(bashCommand).join("")}    *) ${bashWords([...commands.map(({ name }) => name), "--help", "--version"])} ;;
  esac
}
complete -o bashdefault -F _hotspot_session ${program}
`

const zshValue = (values: OptionSpec["values"]): string =>
  values === "file" ? ":file:_files" : values === undefined ? ":value:" : `:value:(${values.join(" ")})`

const zshOption = (option: OptionSpec): string => {
  const action = `[${brief(option.description)}]${option.takesValue ? zshValue(valuesOf(option)) : ""}`
  return option.names
    .map((name) => {
      const style = !option.takesValue ? "" : name.startsWith("--") ? "=" : "+"
      return `          '*${name}${style}${action}'`
    })
    .join(" \\\n")
}

const zshArgument = (argument: CommandSpec["argument"]): string =>
  argument === undefined ? "" : ` \\\n          '1${zshValue(argument)}'`

const zshCommand = (command: CommandSpec): string => `        ${command.name})
          _arguments -s \\
${command.options.map(zshOption).join(" \\\n")}${zshArgument(command.argument)}
          ;;
`

const zsh = (commands: ReadonlyArray<CommandSpec>): string => `#compdef ${program}
_hotspot_session() {
  local state line
  _arguments -C '(- *)--help[print help]' '(- *)--version[print the version]' '1: :->command' '*:: :->options'
  case $state in
    command)
      local -a commands=(
${commands.map(({ description, name }) => `        '${name}:${brief(description)}'\n`).join("")}      )
      _describe command commands
      ;;
    options)
      case $words[1] in
${commands.map(zshCommand).join("")}      esac
      ;;
  esac
}
if [ "$funcstack[1]" = "_hotspot_session" ]; then _hotspot_session "$@"; else compdef _hotspot_session ${program}; fi
`

const fishOption = (command: CommandSpec, option: OptionSpec): string => {
  const names = option.names.map((name) => (name.startsWith("--") ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`))
  const values = valuesOf(option)
  const value = !option.takesValue
    ? ""
    : values === "file"
      ? " -r -F"
      : values === undefined
        ? " -x"
        : ` -x -a '${values.join(" ")}'`
  return `complete -c ${program} -n '__fish_seen_subcommand_from ${command.name}' ${names.join(" ")}${value} -d '${brief(option.description)}'\n`
}

const fishCommand = (command: CommandSpec): string => {
  const argument =
    command.argument === undefined
      ? ""
      : `complete -c ${program} -n '__fish_seen_subcommand_from ${command.name}' ${command.argument === "file" ? "-F" : `-f -a '${command.argument.join(" ")}'`}\n`
  return command.options.map((option) => fishOption(command, option)).join("") + argument
}

const fish = (commands: ReadonlyArray<CommandSpec>): string => `# fish completion for ${program}
complete -c ${program} -f
${commands
  .map(
    ({ description, name }) => `complete -c ${program} -n __fish_use_subcommand -a ${name} -d '${brief(description)}'\n`
  )
  .join("")}complete -c ${program} -n __fish_use_subcommand -l version -d 'print the version'
${commands.map(fishCommand).join("")}`

const completionScript: Record<Shell, (commands: ReadonlyArray<CommandSpec>) => string> = { bash, zsh, fish }

export const completion = (shell: Shell, commands: ReadonlyArray<CommandSpec>): Effect.Effect<ExitCode, never, Io.Io> =>
  Effect.flatMap(Io.Io, (io) => Effect.as(io.data(completionScript[shell](commands)), ExitCode.ok))
