import { credentialSources } from "@hotspot-session/settings/CredentialSources"
import { escape, filled, item, literal, paragraph, section } from "@hotspot-session/settings/Roff"
import { type Command, Help } from "commander"
import { names, secrets, settings } from "./SettingDefinitions.js"

/** What the help says around the options. */
export interface HelpTexts {
  readonly examples: ReadonlyArray<string>
  readonly variables: string
  readonly routes: string
  readonly exitCodes: ReadonlyArray<readonly [code: number, meaning: string]>
}

const oneLine = (text: string): string => text.replaceAll("\n", " ")

/** The manual page, in the `man` macros. The date is that of the page, as YYYY-MM-DD. */
export const manualPage = (program: Command, texts: HelpTexts, date: string): string => {
  const helper = new Help()
  const name = program.name()
  const description = program.description()
  const optionItems = helper.visibleOptions(program).map(({ description, flags }) => item(flags, description))
  const variableItems = names.map((name) => item(settings[name].variable, `--${settings[name].flag}`))
  return [
    `.TH ${escape(name.toUpperCase())} 1 ${date} "${escape(`${name} ${program.version()}`)}" "User Commands"\n`,
    ".nh\n.ad l\n",
    section("NAME", filled(`${name} - ${description.replace(/\.$/, "")}`)),
    section("SYNOPSIS", literal([helper.commandUsage(program)])),
    section("DESCRIPTION", `${filled(description)}${paragraph(filled(oneLine(texts.routes)))}`),
    section("OPTIONS", optionItems.join("")),
    section(
      "CREDENTIALS",
      `${filled("With --credentials own, credentials come from the first of these that has any:")}${paragraph(literal(credentialSources.trimEnd().split("\n")))}`
    ),
    section(
      "ENVIRONMENT",
      `${filled(oneLine(texts.variables))}${variableItems.join("")}${item(secrets.apiKeys, "SHA-256 hashes of callers' API keys, separated by commas")}`
    ),
    section("EXIT STATUS", texts.exitCodes.map(([code, meaning]) => item(String(code), meaning)).join("")),
    section("EXAMPLES", literal(texts.examples)),
    section("SEE ALSO", filled("hotspot-session(1)"))
  ].join("")
}
