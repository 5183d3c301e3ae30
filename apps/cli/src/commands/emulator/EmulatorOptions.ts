import { InvalidArgumentError, Option } from "@commander-js/extra-typings"
import { Demo, type MetadataMode, type NamedProject } from "@hotspot-session/emulator"
import type { CommandDefinition } from "../../options/CommandDefinition.js"
import type { CommonFlags } from "../../options/CommonOptions.js"
import { alternatives, choice, duration, integer, once, text } from "../../options/OptionValues.js"

/** The options of `emulator`. Times are in milliseconds. */
export interface EmulatorFlags extends CommonFlags {
  readonly host?: string | undefined
  readonly port?: number | undefined
  readonly seed?: number | undefined
  readonly count?: number | undefined
  readonly latency?: number | undefined
  /** Each as `Fault.parse` reads it. */
  readonly fault?: ReadonlyArray<string> | undefined
  readonly project?: ReadonlyArray<NamedProject> | undefined
  readonly metadata?: MetadataMode | undefined
  readonly clockAhead?: number | undefined
  readonly clockBehind?: number | undefined
}

export interface EmulatorInvocation {
  readonly _tag: "Emulator"
  readonly flags: EmulatorFlags
}

const metadataModes: ReadonlyArray<MetadataMode> = ["token", "tokenRequired", "tokenless", "noAgency", "off"]

const namedProject = (value: string): NamedProject => {
  const [, name, id] = /^([^=]+)=([0-9A-Za-z_-]+)$/.exec(value) ?? []
  if (name === undefined || id === undefined) {
    throw new InvalidArgumentError("It must be a name and an ID, such as cn-north-4=0123456789abcdef.")
  }
  return { name, id }
}

const more = `A fault is one of:
  503 or another status, latency=200ms,
  reset, stall, stallBody, truncate, badJson, nulls, wrongType,
  ignoreOffset, ignoreParameters, shift
optionally followed, in this order, by:
  x2            how many times
  :0.1          probability
  ,body=        for a status: documented, gateway, iam, html, empty,
                truncated or echo
  ,target=      list, create, update, users, updateUsers, iam, metadata or
                pod (default: all operations of the API)
  ,done         for a status, reset and stall: carries out the request, so that
                only its response is lost
  ,retry-after= for a status: the header's value, such as 7

It serves the API of the cloud, IAM's tokens, temporary keys and projects, the
ECS metadata service, and the agent of a pod at /pod-identity/v1/credentials, on
one address. Its credentials are public:
  project     ${Demo.projectId}
  token       ${Demo.token}
  access key  ${Demo.accessKey}
  secret key  ${Demo.secretKey}
  IAM user    domain ${Demo.domainName}, name ${Demo.userName}, password ${Demo.password}
  ID token    ${Demo.idToken} of the identity provider ${Demo.idpId}
  agency      ${Demo.agencyName} of the account ${Demo.agencyDomainName}
  pod         token ${Demo.podToken}
Under /_emulator/ it serves the requests received (GET requests), its state
(GET state), the pending faults (GET, POST, DELETE faults) and POST reset.
`

export const emulatorCommand: CommandDefinition<EmulatorInvocation> = {
  summary: "Run an emulator of the cloud's API on this machine, for tests",
  description: "Run an emulator of the cloud's API on this machine, for tests.",
  examples: [
    "hotspot-session emulator --port 8080",
    "hotspot-session emulator --port 8080 --count 250 --fault 503:0.1 --latency 200ms"
  ],
  more,
  values: { metadata: metadataModes },
  define: (command, onParsed) =>
    command
      .option("--host <address>", "address to listen on (default: 127.0.0.1)", once(text))
      .option("--port <n>", "port to listen on, 0 for any free one (default: 0)", once(integer(0, 65535)))
      .option("--seed <n>", "seed of the generated configurations (default: 1)", once(integer(0, 4294967295)))
      .option("--count <n>", "configurations in the demo project (default: 3)", once(integer(0, 1_000_000_000)))
      .option("--latency <time>", "delay of every response, such as 200ms", once(duration))
      .option(
        "--fault <fault>",
        "inject a fault, such as 503:0.1, 503x2, reset or stall; repeatable",
        (value: string, previous: ReadonlyArray<string> = []) => [...previous, text(value)]
      )
      .option(
        "--project <name=id>",
        "project that IAM returns for that name; repeatable (default: one for each region)",
        (value: string, previous: ReadonlyArray<NamedProject> = []) => [...previous, namedProject(value)]
      )
      .option(
        "--metadata <mode>",
        `ECS metadata service: ${alternatives(metadataModes)} (default: token)`,
        once(choice(metadataModes))
      )
      .addOption(
        new Option("--clock-ahead <time>", "how far its clock is ahead of this machine's, such as 20m")
          .argParser(once(duration))
          .conflicts("clockBehind")
      )
      .option("--clock-behind <time>", "how far its clock is behind this machine's, such as 20m", once(duration))
      .action((flags) => onParsed({ _tag: "Emulator", flags }))
}
