import { Command, InvalidArgumentError, Option } from "@commander-js/extra-typings"
import { regionIds } from "@hotspot-session/core"
import { CommanderError } from "commander"
import * as Either from "effect/Either"
import { exitCodes } from "./ExitCodes.js"
import { checkEndpoint, checkRegion, type Flags, variables } from "./Settings.js"

/** Replaced in the bundle by the version of this package. */
declare const __VERSION__: string | undefined

/** The version of this package; of its sources, which have none, it says so. */
export const version = typeof __VERSION__ === "string" ? __VERSION__ : "unreleased"

const accepted = <A>(checked: Either.Either<A, string>): A =>
  Either.getOrThrowWith(checked, (problem) => new InvalidArgumentError(problem))

const parsePort = (text: string): number => {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
  if (port <= 65535) return port
  throw new InvalidArgumentError("It must be an integer from 0 to 65535.")
}

const units: Record<string, number> = { ms: 1, s: 1000, m: 60_000 }

const longestTimeout = 3_600_000

const parseTimeout = (text: string): number => {
  const [, amount = "", unit = ""] = /^(\d{1,7})(ms|s|m)$/.exec(text) ?? []
  const timeout = Number(amount) * (units[unit] ?? Number.NaN)
  if (timeout >= 1 && timeout <= longestTimeout) return timeout
  throw new InvalidArgumentError("It must be a time from 1ms to 60m, such as 500ms, 30s or 2m.")
}

const parseHost = (text: string): string => {
  const host = text.replace(/^\[(.*)\]$/, "$1")
  if (/^[0-9A-Za-z.:_%-]+$/.test(host)) return host
  throw new InvalidArgumentError("It must be a host name or an IP address, without scheme and port.")
}

const examples = `Examples:
  $ hotspot-session-http --region ap-southeast-1
  $ curl -H "X-Auth-Token: $TOKEN" http://127.0.0.1:8080/v1/$PROJECT/hotspot-session-config

  # for programs on this machine, which then need no token
  $ ${variables.token}=$TOKEN hotspot-session-http --region ap-southeast-1 --credentials own
`

const details = `
Environment (an option wins):
  ${variables.region}      region, as --region
  ${variables.endpoint}    endpoint, as --endpoint; wins over the region
  ${variables.token}  the token of --credentials own; by itself it does not choose that

Regions: ${regionIds.join(" ")}

Serves GET /v1/{project_id}/hotspot-session-config, /livez and /openapi.json. Writes one JSON line for each request to
stdout, and everything else to stderr.

Exit codes: 0 ended by SIGTERM, 130 ended by SIGINT, 1 cannot listen, 2 usage, 3 configuration, 70 a bug of ours
`

const command = () =>
  new Command("hotspot-session-http")
    .description("HTTP gateway for Huawei Cloud Workspace's hotspot session migration configurations.")
    .version(version, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .addOption(new Option("--host <host>", "name or address to listen on").default("127.0.0.1").argParser(parseHost))
    .addOption(new Option("--port <port>", "port to listen on; 0 takes a free one").default(8080).argParser(parsePort))
    .addOption(
      new Option("--region <region>", `region of the cloud (variable: ${variables.region})`)
        .conflicts("endpoint")
        .argParser((text) => accepted(checkRegion(text)))
    )
    .addOption(
      new Option("--endpoint <url>", `URL of the cloud's service (variable: ${variables.endpoint})`).argParser((text) =>
        accepted(
          Either.mapBoth(checkEndpoint(text), {
            onLeft: (problem) => `It is not usable: ${problem}.`,
            onRight: () => text
          })
        )
      )
    )
    .addOption(
      new Option(
        "--credentials <mode>",
        `pass-through: each caller's X-Auth-Token; own: the token of ${variables.token} for everybody on this machine`
      )
        .choices(["pass-through", "own"] as const)
        .default("pass-through" as const)
    )
    .addOption(
      new Option("--timeout <time>", "how long a call to the cloud may take, retries included")
        .default(30_000, "30s")
        .argParser(parseTimeout)
    )
    .addHelpText("before", examples)
    .addHelpText("after", details)
    .configureHelp({ helpWidth: 100 })
    .exitOverride()

/** What is printed instead of starting: help or the version on stdout, wrong usage on stderr. */
export interface Printed {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

/** The flags of a command line, or what to print where there is nothing more to do. */
export const parse = (args: ReadonlyArray<string>): Either.Either<Flags, Printed> => {
  let stdout = ""
  let stderr = ""
  const program = command().configureOutput({
    writeOut: (text) => {
      stdout += text
    },
    writeErr: (text) => {
      stderr += text
    }
  })
  try {
    return Either.right(program.parse(args, { from: "user" }).opts())
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    return Either.left({ exitCode: error.exitCode === 0 ? 0 : exitCodes.usage, stdout, stderr })
  }
}
