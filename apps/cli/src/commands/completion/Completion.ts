import { regionIds } from "@hotspot-session/core"
import { ExitCode } from "@hotspot-session/settings/ExitCode"
import * as Effect from "effect/Effect"
import * as Io from "../../Io.js"
import type { CommandSpec, OptionSpec } from "../../options/CommandDefinition.js"
import { commandGroups, isGroupName } from "../../options/CommandGroups.js"
import type { Shell } from "./CompletionOptions.js"

const program = "hotspot-session"

const valuesOf = ({ names, values }: OptionSpec): OptionSpec["values"] =>
  names.includes("--region") ? regionIds : values

/** A short description without characters that need quoting. */
const brief = (description: string): string => description.replace(/ \(.*$/, "").replace(/[[\]'":\\$`]/g, "")

const longNames = ({ options }: CommandSpec): ReadonlyArray<string> => options.flatMap(({ names }) => names)

/** The words that may stand first: commands, and groups of commands. */
const firstWords = (commands: ReadonlyArray<CommandSpec>): ReadonlyArray<string> => [
  ...new Set(commands.map(({ name }) => name.split(" ")[0] ?? name))
]

/** The commands of each group, by its name. */
const groupsOf = (commands: ReadonlyArray<CommandSpec>): ReadonlyArray<readonly [string, ReadonlyArray<CommandSpec>]> =>
  firstWords(commands)
    .map((word) => [word, commands.filter(({ name }) => name.startsWith(`${word} `))] as const)
    .filter(([, members]) => members.length > 0)

/** The words that may stand first, with the summaries of commands and of groups. */
const described = (commands: ReadonlyArray<CommandSpec>): ReadonlyArray<readonly [word: string, description: string]> =>
  firstWords(commands).map((word) => [
    word,
    isGroupName(word) ? commandGroups[word].summary : (commands.find(({ name }) => name === word)?.description ?? word)
  ])

const ownName = ({ name }: CommandSpec): string => name.slice(name.indexOf(" ") + 1)

const shellWord = (name: string): string => (name.includes(" ") ? `'${name}'` : name)

const takingValue = ({ options }: CommandSpec): ReadonlyArray<OptionSpec> =>
  options.filter(({ takesValue }) => takesValue)

/** What the words before a cursor can be. */
const wordsOf = (commands: ReadonlyArray<CommandSpec>) => {
  const groups = groupsOf(commands).map(([group]) => group)
  return {
    /** Commands that no other word makes another command. */
    last: [
      ...commands.map(({ name }) => name).filter((name) => name !== "help"),
      ...groups.map((name) => `help ${name}`)
    ],
    /** Words that another may follow to make a command. */
    first: ["help", ...groups],
    /** Options that the next word is the value of. */
    takingValue: [...new Set(commands.flatMap(takingValue).flatMap(({ names }) => names))]
  }
}

/** The values of an option that takes several, separated by commas. */
const listOf = (option: OptionSpec): ReadonlyArray<string> | undefined => {
  const values = valuesOf(option)
  return option.names.includes("--fields") && Array.isArray(values) ? values : undefined
}

const patterns = (names: ReadonlyArray<string>): string => names.join("|")

const bashWords = (words: ReadonlyArray<string>): string =>
  `COMPREPLY=($(compgen -W '${words.join(" ")}' -- "$current"))`

/** Names may contain spaces; bash quotes them and appends a slash to folders. `mapfile` needs bash 4. */
const bashFiles = `local IFS=$'\\n'; compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$current"))`

const bashValue = (values: OptionSpec["values"]): string =>
  values === "file" ? bashFiles : values === undefined ? "COMPREPLY=()" : bashWords(values)

/** The last of a list of values that are separated by commas. */
const bashList = (values: ReadonlyArray<string>): string =>
  `COMPREPLY=($(compgen -P "\${current%"\${current##*,}"}" -W '${values.join(" ")}' -- "\${current##*,}"))`

const bashOption = (option: OptionSpec): string => {
  const list = listOf(option)
  return list === undefined ? bashValue(valuesOf(option)) : bashList(list)
}

const bashCommand = (command: CommandSpec): string => {
  const cases = takingValue(command).map(
    (option) => `        ${patterns(option.names)}) ${bashOption(option)}; return ;;\n`
  )
  return `    ${shellWord(command.name)})
      case "$previous" in
${cases.join("")}      esac
      if [[ $current == -* ]]; then ${bashWords(longNames(command))}; else ${bashValue(command.argument)}; fi
      ;;
`
}

const bash = (commands: ReadonlyArray<CommandSpec>): string => {
  const groups = groupsOf(commands)
  const words = wordsOf(commands)
  return `# bash completion for ${program}
_hotspot_session() {
  local current previous command word isValue
  # bash splits --option=value at the sign, which is then the word before.
  current=\${COMP_WORDS[COMP_CWORD]}
  previous=\${COMP_WORDS[COMP_CWORD-1]}
  if [[ $current == = ]]; then current=; elif [[ $previous == = ]]; then previous=\${COMP_WORDS[COMP_CWORD-2]}; fi
  command=
  isValue=
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    if [[ $isValue && $word == = ]]; then continue; elif [[ $isValue ]]; then isValue=; continue; fi
    case "\${command:+$command }$word" in
      ${patterns(words.last.map(shellWord))}) command="\${command:+$command }$word"; break ;;
      ${patterns(words.first)}) command=$word ;;
    esac
    case "$word" in
      ${patterns(words.takingValue)}) isValue=1 ;;
    esac
  done
  case "$command" in
${commands.map(bashCommand).join("")}${groups
  .map(
    ([group, members]) => `    ${group}) ${bashWords([...members.map(ownName), "--help"])} ;;
    ${shellWord(`help ${group}`)}) ${bashWords(members.map(ownName))} ;;
`
  )
  .join("")}    *) if [[ ! $isValue ]]; then ${bashWords([...firstWords(commands), "--help", "--version"])}; fi ;;
  esac
}
complete -o bashdefault -F _hotspot_session ${program}
`
}

const zshValue = (values: OptionSpec["values"]): string =>
  values === "file" ? ":file:_files" : values === undefined ? ":value:" : `:value:(${values.join(" ")})`

const zshOption = (option: OptionSpec): string => {
  const list = listOf(option)
  const value = list === undefined ? zshValue(valuesOf(option)) : `:value:_values -s , value ${list.join(" ")}`
  const action = `[${brief(option.description)}]${option.takesValue ? value : ""}`
  return option.names
    .map((name) => {
      const style = !option.takesValue ? "" : name.startsWith("--") ? "=" : "+"
      return `          '*${name}${style}${action}'`
    })
    .join(" \\\n")
}

const zshArgument = (argument: CommandSpec["argument"]): string =>
  argument === undefined ? "" : ` \\\n          '1${zshValue(argument)}'`

const zshCommand = (command: CommandSpec): string => `        ${ownName(command)})
          _arguments -s \\
${command.options.map(zshOption).join(" \\\n")}${zshArgument(command.argument)}
          ;;
`

/** The word after a group is one of its commands. */
const zshHelp = ({ argument }: CommandSpec, commands: ReadonlyArray<CommandSpec>): string => `        help)
          local -a members
          case $words[2] in
${groupsOf(commands)
  .map(([group, members]) => `            ${group}) members=(${members.map(ownName).join(" ")}) ;;\n`)
  .join("")}          esac
          _arguments '1${zshValue(argument)}' "2:value:($members)"
          ;;
`

const zshDescriptions = (commands: ReadonlyArray<readonly [name: string, description: string]>): string =>
  commands.map(([name, description]) => `        '${name}:${brief(description)}'\n`).join("")

/** Drops options before a command, with their values. Not a function of zsh, whose end would restore the words. */
const zshSkip = (takingValue: ReadonlyArray<string>): string => `  while (( CURRENT > 2 )) && [[ $words[2] == -* ]]; do
    case $words[2] in
      ${patterns(takingValue)}) taken=2 ;;
      *) taken=1 ;;
    esac
    (( CURRENT > taken + 1 )) || return
    words[2,taken+1]=()
    (( CURRENT -= taken ))
  done
`

const zshGroup = ([group, members]: readonly [string, ReadonlyArray<CommandSpec>]): string => `        ${group})
${zshSkip(wordsOf(members).takingValue)}          _arguments -C '(- *)--help[print help]' '1: :->command' '*:: :->options'
          case $state in
            command)
              local -a subcommands=(
${zshDescriptions(members.map((member) => [ownName(member), member.description]))}              )
              _describe command subcommands
              ;;
            options)
              case $words[1] in
${members.map(zshCommand).join("")}              esac
              ;;
          esac
          ;;
`

const zsh = (commands: ReadonlyArray<CommandSpec>): string => `#compdef ${program}
_hotspot_session() {
  local state line taken
${zshSkip(wordsOf(commands).takingValue)}  _arguments -C '(- *)--help[print help]' '(- *)--version[print the version]' '1: :->command' '*:: :->options'
  case $state in
    command)
      local -a commands=(
${zshDescriptions(described(commands))}      )
      _describe command commands
      ;;
    options)
      case $words[1] in
${commands
  .filter(({ name }) => !name.includes(" "))
  .map((command) => (command.name === "help" ? zshHelp(command, commands) : zshCommand(command)))
  .join("")}${groupsOf(commands).map(zshGroup).join("")}      esac
      ;;
  esac
}
if [ "$funcstack[1]" = "_hotspot_session" ]; then _hotspot_session "$@"; else compdef _hotspot_session ${program}; fi
`

const fishCondition = (command: string): string => `'__hotspot_session_at ${command}'`

const fishValue = (option: OptionSpec): string => {
  const values = valuesOf(option)
  const list = listOf(option)
  if (!option.takesValue) return ""
  if (values === "file") return " -r -F"
  if (values === undefined) return " -x"
  return list === undefined ? ` -x -a '${values.join(" ")}'` : ` -x -a '(__fish_append , ${list.join(" ")})'`
}

const fishOption = (condition: string, option: OptionSpec): string => {
  const names = option.names.map((name) => (name.startsWith("--") ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`))
  return `complete -c ${program} -n ${condition} ${names.join(" ")}${fishValue(option)} -d '${brief(option.description)}'\n`
}

const fishCommand = (command: CommandSpec): string => {
  const condition = fishCondition(command.name)
  const argument =
    command.argument === undefined
      ? ""
      : `complete -c ${program} -n ${condition} ${command.argument === "file" ? "-F" : `-f -a '${command.argument.join(" ")}'`}\n`
  return command.options.map((option) => fishOption(condition, option)).join("") + argument
}

const fishWord = (condition: string, word: string, description: string): string =>
  `complete -c ${program} -n ${condition} -a ${word} -d '${brief(description)}'\n`

const fishHelp = (condition: string): string => `complete -c ${program} -n ${condition} -l help -d 'print help'\n`

const fishGroup = ([group, members]: readonly [string, ReadonlyArray<CommandSpec>]): string =>
  [group, `help ${group}`]
    .flatMap((command) =>
      members.map((member) => fishWord(fishCondition(command), ownName(member), member.description))
    )
    .join("") + fishHelp(fishCondition(group))

const fish = (commands: ReadonlyArray<CommandSpec>): string => {
  const words = wordsOf(commands)
  return `# fish completion for ${program}
# Whether the words before the cursor are of this command; without one, whether the next word may be one.
function __hotspot_session_at
  set -l command
  set -l isValue
  for word in (commandline -opc)[2..-1]
    if test -n "$isValue"
      set isValue
      continue
    end
    switch (string join -- ' ' $command $word)
      case ${words.last.map(shellWord).join(" ")}
        set -a command $word
        break
      case ${words.first.join(" ")}
        set command $word
    end
    switch $word
      case ${words.takingValue.join(" ")}
        set isValue 1
    end
  end
  test "$command" = "$argv"; and test -n "$command" -o -z "$isValue"
end
complete -c ${program} -f
${described(commands)
  .map(([word, description]) => fishWord("__hotspot_session_at", word, description))
  .join("")}complete -c ${program} -n __hotspot_session_at -l version -d 'print the version'
${fishHelp("__hotspot_session_at")}${groupsOf(commands).map(fishGroup).join("")}${commands.map(fishCommand).join("")}`
}

const completionScript: Record<Shell, (commands: ReadonlyArray<CommandSpec>) => string> = { bash, zsh, fish }

export const completion = (shell: Shell, commands: ReadonlyArray<CommandSpec>): Effect.Effect<ExitCode, never, Io.Io> =>
  Effect.flatMap(Io.Io, (io) => Effect.as(io.data(completionScript[shell](commands)), ExitCode.ok))
