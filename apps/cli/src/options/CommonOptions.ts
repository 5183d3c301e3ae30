import { type Command, Option, type OptionValues } from "@commander-js/extra-typings"
import { credentialSources } from "@hotspot-session/settings/CredentialSources"
import { variables } from "@hotspot-session/settings/EnvironmentVariables"
import type { TargetRequest } from "@hotspot-session/settings/Target"
import { reportFormats } from "../output/FormatNames.js"
import { type ConnectionFlags, connectionVariables } from "./ConnectionFlags.js"
import { alternatives, choice, duration, once, text } from "./OptionValues.js"

export interface CommonFlags {
  /** `false` for `--no-color`. */
  readonly color?: boolean | undefined
  readonly debug?: boolean | undefined
}

export type TargetFlags = Pick<TargetRequest, "projectId" | "region" | "endpoint" | "profile">

/** The options of a command that calls the service. Times are in milliseconds. */
export interface CallFlags extends CommonFlags, TargetFlags, ConnectionFlags {
  readonly timeout?: number | undefined
}

/** The headings of options in the help. */
export const groups = {
  target: "Target:",
  page: "Paging:",
  output: "Output:",
  run: "Behaviour:"
} as const

/** The end of the help of commands that call the service. */
export const credentialsHelp = `Credentials come from the first of these that has any:
${credentialSources}`

export const regionWords = "region, such as ap-southeast-1"
export const projectWords = "ID of the project"
export const regionDefault = `(environment: ${variables.region})`
export const projectDefault = `(environment: ${variables.projectId}; default: looked up by region)`

const profile = () =>
  new Option("--profile <name>", "section of the credentials file, or profile of KooCLI, to use").argParser(once(text))

const endpoint = () =>
  new Option("--endpoint <url>", `URL to use instead of the region's (environment: ${variables.endpoint})`).argParser(
    once(text)
  )

const proxy = () =>
  new Option(
    "--proxy <url>",
    `proxy to use, or off for none (environment: ${connectionVariables.proxy}, HTTPS_PROXY, HTTP_PROXY, ALL_PROXY)`
  ).argParser(once(text))

const caFile = () =>
  new Option(
    "--ca-file <file>",
    `file of certificate authorities to trust, too (environment: ${connectionVariables.caFile}, SSL_CERT_FILE)`
  ).argParser(once(text))

/** The values that a shell completes, by the names of the flags. */
export const connectionValues = { caFile: "file" } as const

/** Adds the options that select endpoint and credentials, and how hosts are reached. */
export const connectionOptions = <Args extends Array<unknown>, Flags extends OptionValues>(
  command: Command<Args, Flags>
) => command.addOption(endpoint()).addOption(profile()).addOption(proxy()).addOption(caFile())

/** Adds the options that select one project, endpoint and credentials. */
export const targetOptions = (command: Command) =>
  connectionOptions(
    command
      .optionsGroup(groups.target)
      .option("--project-id <id>", `${projectWords} ${projectDefault}`, once(text))
      .option("--region <id>", `${regionWords} ${regionDefault}`, once(text))
  )

export const demo = () =>
  new Option("--demo", "use a built-in emulator; needs no account and no network").conflicts([
    "region",
    "endpoint",
    "profile",
    "proxy",
    "caFile"
  ])

export const reportOutput = () =>
  new Option("-o, --output <format>", `${alternatives(reportFormats)} (default: table)`).argParser(
    once(choice(reportFormats))
  )

export const noColor = () =>
  new Option("--no-color", "no colours (environment: NO_COLOR; FORCE_COLOR for colours without a terminal)")

export const timeout = (fallback = "2m") =>
  new Option(
    "--timeout <time>",
    `timeout of each call, retries included, such as 30s (default: ${fallback})`
  ).argParser(once(duration))

export const debug = () => new Option("--debug", "log each request and response to standard error, without secrets")
