import { type CommandUnknownOpts, Help } from "@commander-js/extra-typings"
import { ExitCode } from "@hotspot-session/settings/ExitCode"
import { escape, filled, item, literal, paragraph, section, subsection } from "@hotspot-session/settings/Roff"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { commands, isCommandName } from "../../commandLine/Commands.js"
import { exitCodes } from "../../commandLine/ExitCodes.js"
import type { Invocation } from "../../commandLine/Invocation.js"
import { firstExamples, ParsedCommandLine, program, summary } from "../../commandLine/Program.js"
import * as Io from "../../Io.js"
import type { CommandDefinition } from "../../options/CommandDefinition.js"
import { isGroupName } from "../../options/CommandGroups.js"
import { credentialsHelp } from "../../options/CommonOptions.js"
import { environment, files, type Reference } from "./Reference.js"

const helper = new Help()

const lines = (text: string): ReadonlyArray<string> => text.trimEnd().split("\n")

/** The options, with a heading where a group of them starts. */
const optionItems = (command: CommandUnknownOpts): string => {
  let group = ""
  return helper
    .visibleOptions(command)
    .map((option) => {
      const heading = (option.helpGroupHeading ?? "Options:").replace(":", "")
      const before = heading === group ? "" : paragraph(`.I ${escape(heading)}\n`)
      group = heading
      return before + item(option.flags, option.description)
    })
    .join("")
}

const commandSection = (name: string, command: CommandUnknownOpts): string => {
  const definition: Partial<CommandDefinition<Invocation>> = isCommandName(name) ? commands[name] : {}
  const { description = command.description(), examples = [], more } = definition
  return subsection(
    name,
    [
      literal([`${command.parent === null ? "hotspot-session " : ""}${helper.commandUsage(command)}`]),
      paragraph(filled(description)),
      ...(examples.length === 0 ? [] : [paragraph(filled("Examples:")), paragraph(literal(examples))]),
      ...helper.visibleArguments(command).map((argument) => item(`<${argument.name()}>`, argument.description)),
      optionItems(command),
      // It has a section of its own.
      ...(more === undefined || more === credentialsHelp ? [] : [paragraph(literal(lines(more)))])
    ].join("")
  )
}

const commandSections = (root: CommandUnknownOpts): string =>
  helper
    .visibleCommands(root)
    .flatMap((command) =>
      isGroupName(command.name())
        ? helper.visibleCommands(command).map((own) => commandSection(`${command.name()} ${own.name()}`, own))
        : [commandSection(command.name(), command)]
    )
    .join("")

const referenceItems = (reference: Reference): string =>
  reference.map(([names, meaning]) => item(names.join(", "), meaning)).join("")

/** The manual page, in the `man` macros. The date is that of the page, as YYYY-MM-DD. */
export const manualPage = (version: string, date: string): string => {
  const root = program(new ParsedCommandLine(), version, { columns: 80, heading: (text) => text }, () => true)
  const [credentialsIntroduction = "", ...sources] = lines(credentialsHelp)
  return [
    `.TH HOTSPOT\\-SESSION 1 ${date} "hotspot\\-session ${escape(version)}" "User Commands"\n`,
    // Names, which are long, are neither hyphenated nor justified.
    ".nh\n.ad l\n",
    section("NAME", filled(`hotspot-session - ${summary.replace(/\.$/, "")}`)),
    section("SYNOPSIS", literal([helper.commandUsage(root)])),
    section(
      "DESCRIPTION",
      `${filled(`${summary} Data goes to standard output; counts, hints and errors go to standard error.`)}${optionItems(root)}`
    ),
    section("COMMANDS", commandSections(root)),
    section("CREDENTIALS", `${filled(credentialsIntroduction)}${paragraph(literal(sources))}`),
    section(
      "ENVIRONMENT",
      `${filled("An option overrides its variable. An empty variable counts as not set. CREDENTIALS has those of credentials.")}${referenceItems(environment)}`
    ),
    section("FILES", referenceItems(files)),
    section(
      "EXIT STATUS",
      exitCodes
        .flat()
        .map(([codes, meaning]) => item(codes, meaning.replaceAll("\n", " ")))
        .join("")
    ),
    section("EXAMPLES", literal(firstExamples)),
    section("SEE ALSO", filled("hotspot-session help <command>"))
  ].join("")
}

export const man = Effect.fnUntraced(function* (version: string): Effect.fn.Return<ExitCode, never, Io.Io> {
  const io = yield* Io.Io
  const now = yield* Clock.currentTimeMillis
  yield* io.data(manualPage(version, new Date(now).toISOString().slice(0, 10)))
  return ExitCode.ok
})
