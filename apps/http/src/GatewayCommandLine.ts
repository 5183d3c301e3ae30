import { regionIds } from "@hotspot-session/core"
import * as KeyGrant from "@hotspot-session/gateway/KeyGrant"
import { credentialSources } from "@hotspot-session/settings/CredentialSources"
import { ExitCode } from "@hotspot-session/settings/ExitCode"
import { didYouMean } from "@hotspot-session/settings/Nearest"
import { Command, CommanderError, Option } from "commander"
import * as Either from "effect/Either"
import type { Flags } from "./GatewaySettings.js"
import { type HelpTexts, manualPage } from "./ManualPage.js"
import { type Name, names, quoted, secrets, settings, type Values } from "./SettingDefinitions.js"

/** Set by the build to the version of this package. */
declare const __VERSION__: string | undefined

export const version = typeof __VERSION__ === "string" ? __VERSION__ : "unreleased"

export const command = "hotspot-session-http"

const texts: HelpTexts = {
  examples: [
    "$ hotspot-session-http --region ap-southeast-1",
    '$ curl -H "X-Auth-Token: $TOKEN" http://127.0.0.1:8080/v1/$PROJECT/hotspot-session-config',
    "",
    "# this machine's credentials, for callers that have a key",
    "$ hotspot-session-http --new-api-key",
    `$ ${secrets.apiKeys}=$HASH hotspot-session-http --region ap-southeast-1 --credentials own`,
    "",
    "# without keys, a new one is printed at each start",
    "$ hotspot-session-http --region ap-southeast-1 --credentials own"
  ],
  variables: `An option overrides its environment variable, which is HOTSPOT_SESSION_HTTP_ and the option's name, such as
${settings.rateLimit.variable}, except for ${settings.region.variable}, ${settings.endpoint.variable} and
${settings.otlpEndpoint.variable}.
${secrets.apiKeys} holds SHA-256 hashes of callers' API keys, separated by commas.
${settings.redisUrl.variable} and ${settings.proxy.variable} may hold a password, which the options must not.
${secrets.otlpHeaders} holds headers for the collector, such as a key; OTEL_SERVICE_NAME names the service in traces.`,
  routes: `Serves GET /v1/{project_id}/hotspot-session-config, the users below it at /{config_id}/non-migration-users, /livez, /readyz, /metrics,
/openapi.json and a page at /. With --writes on, also POST and PATCH as the cloud. Writes one JSON line for each request to standard output, and everything else to standard error.`,
  exitCodes: [
    [0, "ended by SIGTERM"],
    [1, "cannot listen"],
    [2, "invalid command line"],
    [3, "invalid or missing setting"],
    [4, "no credentials"],
    [6, "credentials temporarily unavailable"],
    [70, "a bug"],
    [130, "ended by SIGINT"]
  ]
}

const exitCodeTexts = texts.exitCodes.map(([code, meaning]) => `${code} ${meaning}`)

const details = `
${texts.variables}

With --credentials own, credentials come from the first of these that has any:
${credentialSources}
Regions: ${regionIds.join(" ")}

${texts.routes}

Exit codes:
  ${exitCodeTexts.slice(0, 5).join("    ")}
  ${exitCodeTexts.slice(5).join("    ")}
`

/** Rejects a repeated option, because one of its values would be silently ignored. */
const parseOnce =
  (name: Name, written: Record<string, string>) =>
  (text: string): unknown => {
    const { flag, parse, placeholder } = settings[name]
    // Commander's own error would repeat the text.
    const invalid = (reason: string) => {
      const argument = `argument${quoted(name, text, " '", "'")}`
      const message = `error: option '--${flag} <${placeholder}>' ${argument} is invalid. ${reason}`
      return new CommanderError(ExitCode.usage, "invalidSetting", message)
    }
    if (written[name] !== undefined) throw invalid("The option can be used only once.")
    written[name] = text
    return Either.getOrThrowWith(parse(text), invalid)
  }

const program = (written: Record<string, string>) => {
  const program = new Command(command)
    .description("HTTP gateway for Huawei Cloud Workspace's hotspot session migration configurations.")
    .version(version, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
  for (const name of names) {
    const { fallback, flag, help, placeholder } = settings[name]
    const text = fallback === undefined ? help : `${help} (default: ${fallback})`
    program.addOption(
      new Option(`--${flag} <${placeholder}>`, text)
        .conflicts(name === "region" ? ["endpoint"] : [])
        .argParser(parseOnce(name, written))
    )
  }
  return program
    .option("--print-config", "print each setting and where it comes from, secrets masked, and exit")
    .option("--new-api-key", "print a new API key and its SHA-256 hash, and exit")
    .option(
      "--name <name>",
      "with --new-api-key: who holds the key, for logs; also prints the line for the file of API keys"
    )
    .option("--write", "with --new-api-key: the key may read and write; with --projects, only in these projects")
    .option(
      "--expires <date>",
      "with --new-api-key: when the key expires, in UTC, such as 2027-01-31 or 2027-01-31T12:00:00Z"
    )
    .option("--from-stdin", "with --new-api-key: print the hash of the key on standard input instead of a new one")
    .option("--man", "print the manual page, and exit")
    .addHelpText("before", `Examples:\n${texts.examples.map((line) => (line === "" ? "" : `  ${line}`)).join("\n")}\n`)
    .addHelpText("after", details)
    .configureHelp({ helpWidth: 110 })
    .exitOverride()
}

/** What is printed instead of starting: help or the version on stdout, a usage error on stderr. */
interface Printed {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

export const errorText = (message: string, hint?: string): string =>
  `${command}: ${message}\n${hint === undefined || hint === "" ? "" : `  ${hint}\n`}`

/** A new API key is to be printed, with what its holder may do. */
export interface NewApiKey {
  readonly grant: KeyGrant.KeyGrant
  /** Whether the key is on standard input. */
  readonly fromStdin: boolean
}

/** Only these options of a key restrict or extend what it may do, so that a key without them stays as short as its hash. */
const grantOf = (options: Record<string, unknown>): KeyGrant.KeyGrant => {
  const projects = options["projects"] as Values["projects"]
  return {
    ...(options["name"] === undefined ? {} : { name: String(options["name"]) }),
    ...(options["write"] === true ? { permissions: ["read", "write"] } : {}),
    ...(projects === undefined ? {} : { projects: projects.map(({ id }) => id) }),
    ...(options["expires"] === undefined ? {} : { expires: String(options["expires"]) })
  }
}

/** The options of a new key, by their names. */
const newKeyFlags = { name: "--name", write: "--write", expires: "--expires", fromStdin: "--from-stdin" }

/** The problem of the options of a new key. */
const newKeyProblem = (options: Record<string, unknown>): string | undefined => {
  const isNewKey = options["newApiKey"] === true
  const needless = Object.entries(newKeyFlags).find(([name]) => !isNewKey && options[name] !== undefined)
  if (needless !== undefined) return `option '${needless[1]}' requires '--new-api-key'`
  const { expires, name } = grantOf(options)
  if (name !== undefined && !KeyGrant.isName(name)) {
    return `option '--name <name>' argument '${name}' is invalid. It must be 1 to 64 letters, digits, or any of _ . : @ / -`
  }
  return expires === undefined || (KeyGrant.parseExpiry(expires) ?? 0) > Date.now()
    ? undefined
    : `option '--expires <date>' argument '${expires}' is invalid. It must be a date in the future, such as 2027-01-31, or a time in UTC such as 2027-01-31T12:00:00Z`
}

/** A usage error of commander: its message, and a hint if there is one. The value of an unknown option may be a secret. */
const usageProblemOf = (
  error: CommanderError,
  names: ReadonlyArray<string>
): readonly [message: string, hint: string] => {
  const [message = "", ...hint] = error.message.replace(/^error: /, "").split("\n")
  const [, name] = /^unknown option '(--[^=]+)=/.exec(message) ?? []
  if (name === undefined) return [message, hint.join(" ")]
  return names.includes(name)
    ? [`option '${name}' takes no value`, ""]
    : [`unknown option '${name}'`, didYouMean(name, names).trim()]
}

/** The flags of a command line, or what to print before exiting. */
export const parse = (args: ReadonlyArray<string>): Either.Either<Flags | NewApiKey, Printed> => {
  let stdout = ""
  const written: Record<string, string> = {}
  const parser = program(written).configureOutput({
    writeOut: (text) => {
      stdout += text
    },
    writeErr: () => {}
  })
  try {
    const options = parser.parse(args, { from: "user" }).opts()
    if (options["man"] === true) {
      const date = new Date().toISOString().slice(0, 10)
      return Either.left({ exitCode: ExitCode.ok, stdout: manualPage(parser, texts, date), stderr: "" })
    }
    const problem = newKeyProblem(options)
    if (problem !== undefined) {
      return Either.left({ exitCode: ExitCode.usage, stdout, stderr: errorText(problem, `See ${command} --help.`) })
    }
    if (options["newApiKey"] === true) {
      return Either.right({ grant: grantOf(options), fromStdin: options["fromStdin"] === true })
    }
    const values = Object.fromEntries(Object.keys(written).map((name) => [name, options[name]]))
    return Either.right({ values, written, printConfig: options["printConfig"] === true })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode === 0) return Either.left({ exitCode: 0, stdout, stderr: "" })
    const names = parser.options.flatMap(({ long }) => long ?? [])
    const [message, hint] = usageProblemOf(error, [...names, "--help"])
    return Either.left({
      exitCode: ExitCode.usage,
      stdout,
      stderr: errorText(message, hint || `See ${command} --help.`)
    })
  }
}
