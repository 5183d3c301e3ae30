import { Command, CommanderError, InvalidArgumentError, Option } from "@commander-js/extra-typings"
import { defaultLimit, maxLimit, maxOffset } from "@hotspot-session/core"
import { Demo, type Emulator, Fault, type MetadataMode, type NamedProject } from "@hotspot-session/emulator"

import * as Duration from "effect/Duration"
import * as Either from "effect/Either"
import { UsageError } from "./CliError.js"
import { nearest } from "./Nearest.js"
import { type TargetFlags, variables } from "./Settings.js"

/** The output formats. */
export const formats = ["table", "json"] as const

/** An output format. */
export type Format = (typeof formats)[number]

/** The options of `list`. */
export interface ListFlags extends TargetFlags {
  readonly limit?: number
  readonly offset?: number
  readonly all?: boolean
  readonly pageSize?: number
  readonly output: Format
  readonly timeout?: Duration.Duration
  readonly demo?: boolean
}

/** The options of `config`. */
export interface ConfigFlags extends TargetFlags {
  readonly output: Format
}

/** What the command line asks for. */
export type Invocation =
  | { readonly _tag: "List"; readonly flags: ListFlags }
  | { readonly _tag: "Config"; readonly flags: ConfigFlags }
  | { readonly _tag: "Emulator"; readonly options: Emulator.Options }
  /** Help or the version. */
  | { readonly _tag: "Print"; readonly text: string }

/** A value may be given once: of two, one would be ignored in silence. */
const once =
  <A>(parse: (text: string) => A) =>
  (text: string, previous: A | undefined): A => {
    if (previous !== undefined) throw new InvalidArgumentError("It is given more than once.")
    return parse(text)
  }

const text = once((value) => {
  if (value.trim() === "") throw new InvalidArgumentError("It is empty.")
  return value
})

const integer =
  (minimum: number, maximum: number) =>
  (value: string): number => {
    const number = Number(value)
    if (!/^\d+$/.test(value) || number < minimum || number > maximum) {
      throw new InvalidArgumentError(`It must be an integer from ${minimum} to ${maximum}.`)
    }
    return number
  }

const units = { ms: "millis", s: "seconds", m: "minutes" } as const

const duration = (value: string): Duration.Duration => {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(value) ?? []
  if (amount === undefined || unit === undefined || Number(amount) === 0) {
    throw new InvalidArgumentError("It must be a time such as 500ms, 30s or 2m.")
  }
  return Duration.decode(`${Number(amount)} ${units[unit as keyof typeof units]}`)
}

const choice = <A extends string>(values: ReadonlyArray<A>) =>
  once((value: string): A => {
    const chosen = values.find((candidate) => candidate === value)
    if (chosen === undefined) throw new InvalidArgumentError(`It must be ${values.join(" or ")}.`)
    return chosen
  })

const fault = (value: string, previous: ReadonlyArray<Fault.Fault> | undefined): ReadonlyArray<Fault.Fault> =>
  Either.match(Fault.parse(value), {
    onLeft: (message) => {
      throw new InvalidArgumentError(message)
    },
    onRight: (parsed) => [...(previous ?? []), parsed]
  })

const credentialsHelp = `Credentials come from the first of these that has some:
  1. ${variables.token}, or HUAWEICLOUD_SDK_AK, _SK and _SECURITY_TOKEN
  2. Terraform's HW_AUTH_TOKEN, HW_ACCESS_KEY and HW_SECRET_KEY, HW_USER_NAME and HW_USER_PASSWORD, or HW_PROFILE
  3. [basic] in ~/.huaweicloud/credentials
  4. the current profile of KooCLI, unless its keys are encrypted
  5. the agency of the ECS that this runs on
`

const listHelp = `
Examples:
  hotspot-session list --demo
  hotspot-session list --region ap-southeast-1 --project-id ${Demo.projectId}
  hotspot-session list --all -o json

${credentialsHelp}`

const configHelp = `
Examples:
  hotspot-session config
  hotspot-session config --profile production -o json

An option wins over the environment, the environment over a profile.
${credentialsHelp}`

const emulatorHelp = `
Examples:
  hotspot-session emulator --port 8080
  hotspot-session emulator --port 8080 --count 250 --fault 503:0.1 --latency 200ms

It serves the API of the cloud, IAM's tokens and projects, and the ECS metadata service on one address. Nothing it
holds is secret:
  project     ${Demo.projectId}
  token       ${Demo.token}
  access key  ${Demo.accessKey}, secret ${Demo.secretKey}
  IAM user    domain ${Demo.domainName}, name ${Demo.userName}, password ${Demo.password}
Under /_emulator/ are the requests it has seen (GET requests), its state (GET state), faults to come
(GET, POST, DELETE faults) and POST reset.
`

const exitCodes = `
Exit codes:
  0 success    2 wrong command line    3 wrong or missing setting    4 not authenticated or not permitted
  5 rejected by the service    6 unavailable or timed out    70 a bug    74 output cannot be written
  130, 143 stopped by a signal
`

const profileOption = () =>
  new Option("--profile <name>", "section of the credentials file, or profile of KooCLI, to use").argParser(text)

const projectOption = () =>
  new Option(
    "--project-id <id>",
    `project to list (environment: ${variables.projectId}; default: looked up by the region)`
  ).argParser(text)

const regionOption = () =>
  new Option("--region <id>", `region, such as ap-southeast-1 (environment: ${variables.region})`).argParser(text)

const endpointOption = () =>
  new Option("--endpoint <url>", `URL to use in place of the region's (environment: ${variables.endpoint})`).argParser(
    text
  )

const outputOption = () =>
  new Option("-o, --output <format>", "table or json (default: table)").argParser(choice(formats))

const metadataModes: ReadonlyArray<MetadataMode> = ["token", "tokenRequired", "tokenless", "noAgency", "off"]

const project = (value: string, previous: ReadonlyArray<NamedProject> | undefined): ReadonlyArray<NamedProject> => {
  const [, name, id] = /^([^=]+)=([0-9A-Za-z_-]+)$/.exec(value) ?? []
  if (name === undefined || id === undefined) {
    throw new InvalidArgumentError("It must be a name and an ID, such as cn-north-4=0123456789abcdef.")
  }
  return [...(previous ?? []), { name, id }]
}

/** Reads a command line, without the program's name. */
export const parse = (argv: ReadonlyArray<string>, version: string): Either.Either<Invocation, UsageError> => {
  let invocation: Invocation | undefined
  let printed = ""
  let complaint = ""

  const output = {
    writeOut: (text: string) => {
      printed += text
    },
    writeErr: (text: string) => {
      complaint += text
    }
  }

  const program = new Command("hotspot-session")
    .exitOverride()
    .configureOutput(output)
    .description("Huawei Cloud Workspace: hotspot session migration configurations.")
    .usage("<command> [options]")
    .version(version, "-V, --version", "print the version")
    .helpOption("-h, --help", "print help")
    .helpCommand("help [command]", "print help for a command")
    .addHelpText("after", exitCodes)

  program
    .command("list")
    .description("List a project's configurations: whether sessions leave a hot server, how many, and who never moves.")
    .addOption(profileOption())
    .addOption(projectOption())
    .addOption(regionOption())
    .addOption(endpointOption())
    .addOption(
      new Option(
        "--limit <n>",
        `configurations at most, 1 to ${maxLimit} (default: the service's, ${defaultLimit})`
      ).argParser(once(integer(1, maxLimit)))
    )
    .addOption(new Option("--offset <n>", "configurations to skip (default: 0)").argParser(once(integer(0, maxOffset))))
    .addOption(new Option("--all", "every configuration from the offset on, page after page").conflicts("limit"))
    .addOption(
      new Option("--page-size <n>", `with --all: configurations asked for at a time (default: ${maxLimit})`).argParser(
        once(integer(1, maxLimit))
      )
    )
    .addOption(outputOption())
    .addOption(
      new Option("--timeout <time>", "time for each call, retries included, such as 30s (default: 2m)").argParser(
        once(duration)
      )
    )
    .addOption(
      new Option("--demo", "ask an emulator inside this program; needs no account and no network").conflicts([
        "region",
        "endpoint",
        "profile"
      ])
    )
    .addHelpText("after", listHelp)
    .action((flags) => {
      invocation = { _tag: "List", flags: { ...flags, output: flags.output ?? "table" } }
    })

  program
    .command("config")
    .description("Show each setting and where it comes from. Secrets are not shown.")
    .addOption(profileOption())
    .addOption(projectOption())
    .addOption(regionOption())
    .addOption(endpointOption())
    .addOption(outputOption())
    .addHelpText("after", configHelp)
    .action((flags) => {
      invocation = { _tag: "Config", flags: { ...flags, output: flags.output ?? "table" } }
    })

  program
    .command("emulator")
    .description("Serve the cloud's API on this machine, for tests and trials.")
    .addOption(new Option("--host <address>", "address to listen on (default: 127.0.0.1)").argParser(text))
    .addOption(
      new Option("--port <n>", "port to listen on, 0 for any free one (default: 0)").argParser(once(integer(0, 65535)))
    )
    .addOption(
      new Option("--seed <n>", "number that the configurations are made from (default: 1)").argParser(
        once(integer(0, 4294967295))
      )
    )
    .addOption(
      new Option("--count <n>", "configurations in the demo project (default: 3)").argParser(
        once(integer(0, 1_000_000_000))
      )
    )
    .addOption(new Option("--latency <time>", "delay of every answer, such as 200ms").argParser(once(duration)))
    .addOption(
      new Option(
        "--fault <fault>",
        "answer with a fault, such as 503:0.1, 503x2, reset or stall; repeatable"
      ).argParser(fault)
    )
    .addOption(
      new Option(
        "--project <name=id>",
        "project that IAM knows by that name; repeatable (default: one for each region)"
      ).argParser(project)
    )
    .addOption(
      new Option("--metadata <mode>", `ECS metadata service: ${metadataModes.join(", ")} (default: token)`).argParser(
        choice(metadataModes)
      )
    )
    .addOption(
      new Option("--clock-ahead <time>", "its clock is ahead of this machine's, such as 20m")
        .argParser(once(duration))
        .conflicts("clockBehind")
    )
    .addOption(
      new Option("--clock-behind <time>", "its clock is behind this machine's, such as 20m").argParser(once(duration))
    )
    .addHelpText("after", emulatorHelp)
    .action(({ clockAhead, clockBehind, fault, project, ...flags }) => {
      invocation = {
        _tag: "Emulator",
        options: {
          ...flags,
          faults: fault ?? [],
          projects: project,
          clockSkew: clockAhead ? { ahead: clockAhead } : clockBehind ? { behind: clockBehind } : undefined
        }
      }
    })

  const commands = program.commands.map((command) => command.name())
  const [first = "", topic] = argv
  if (first === "help" && topic !== undefined && ![...commands, "help"].includes(topic)) {
    const meant = nearest(topic, commands)
    return Either.left(
      usageError(`unknown command '${topic}'${meant === undefined ? "" : `\n(Did you mean ${meant}?)`}`, "")
    )
  }
  const command = commands.includes(first) ? `${first} ` : ""

  try {
    program.parse(argv.length === 0 ? ["--help"] : [...argv], { from: "user" })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode === 0) return Either.right({ _tag: "Print", text: printed })
    return Either.left(usageError(complaint === "" ? error.message : complaint, command))
  }
  if (invocation === undefined) return Either.left(usageError("No command is given.", command))
  return checkCombination(invocation)
}

/** `command` is the one whose help has more, with a space after it. */
const usageError = (complaint: string, command: string): UsageError => {
  const [message = "", ...hint] = complaint
    .trim()
    .replace(/^error: /, "")
    .split("\n")
  return new UsageError({ message, hint: hint.join(" ") || `See hotspot-session ${command}--help.` })
}

const checkCombination = (invocation: Invocation): Either.Either<Invocation, UsageError> =>
  invocation._tag === "List" && invocation.flags.pageSize !== undefined && invocation.flags.all !== true
    ? Either.left(
        new UsageError({
          message: "option '--page-size <n>' has a meaning with '--all' only",
          hint: "Give --all as well, or --limit for a single page."
        })
      )
    : Either.right(invocation)
