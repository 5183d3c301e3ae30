import { Demo } from "@hotspot-session/emulator"
import { credentialSources } from "@hotspot-session/settings/CredentialSources"

/** What a command's help says beyond its options. */
interface Help {
  /** One line for the list of commands. */
  readonly summary: string
  readonly description: string
  readonly examples: ReadonlyArray<string>
  /** What comes after the options. */
  readonly more?: string
}

const credentials = `Credentials come from the first of these that has some:
${credentialSources}`

export const exitCodes = `Exit codes:
  0   success; for diff: no difference
  1   a negative answer: diff found a difference, doctor a trouble
  2   wrong command line                3  wrong or missing setting
  4   not authenticated or permitted    5  rejected by the service
  6   unavailable or timed out          7  of several projects, some failed
  70  a bug                             74 output cannot be written
  130, 143 stopped by a signal
`

/** The help of each command. */
export const help = {
  list: {
    summary: "List the configurations of one project or several",
    description:
      "List a project's configurations: whether sessions leave a hot server, how many, and who never moves. Standard output has the data; counts, hints and errors are on standard error.",
    examples: [
      "hotspot-session list --demo",
      "hotspot-session list --region ap-southeast-1 --all -o json",
      "hotspot-session list --region cn-north-4 --region cn-east-3 -o csv",
      "hotspot-session list --query 'items[?hotspot_session_migration_enable].id'",
      "hotspot-session list --all --watch 30s"
    ],
    more: credentials
  },
  diff: {
    summary: "Compare a saved listing with what the service has now",
    description:
      "Compare a saved listing with what the service has now: configurations that came, went or changed, and their users. The file is one of list --all -o json or -o ndjson; - is standard input. Ends with 0 where nothing differs, 1 where something does, and above 1 where it cannot be told.",
    examples: [
      "hotspot-session list --all -o json > monday.json",
      "hotspot-session diff monday.json",
      "hotspot-session diff monday.json -o json"
    ],
    more: credentials
  },
  config: {
    summary: "Show each setting and where it comes from",
    description:
      "Show each setting and where it comes from. Secrets are not shown. An option wins over the environment, the environment over a profile.",
    examples: ["hotspot-session config", "hotspot-session config --profile production -o json"],
    more: credentials
  },
  doctor: {
    summary: "Look for what keeps the service from being reached",
    description:
      "Look for what keeps the service from being reached: settings, credentials, DNS, connection, TLS, the clock, and the permission to list. Each trouble comes with what to do. Ends with 1 where there is one.",
    examples: ["hotspot-session doctor", "hotspot-session doctor --region ap-southeast-1 -o json"],
    more: credentials
  },
  emulator: {
    summary: "Serve the cloud's API on this machine, for tests and trials",
    description: "Serve the cloud's API on this machine, for tests and trials.",
    examples: [
      "hotspot-session emulator --port 8080",
      "hotspot-session emulator --port 8080 --count 250 --fault 503:0.1 --latency 200ms"
    ],
    more: `A fault is one of:
  503 or another status, latency=200ms,
  reset, stall, stallBody, truncate, badJson, nulls, wrongType,
  ignoreOffset, ignoreParameters, shift
then, if wanted, in this order:
  x2            how many times
  :0.1          at which rate
  ,body=        for a status: documented, gateway, iam, html, empty,
                truncated or echo
  ,target=      list, iam or metadata
  ,retry-after= for a status: the header's value, such as 7

It serves the API of the cloud, IAM's tokens and projects, and the ECS metadata
service on one address. Nothing it holds is secret:
  project     ${Demo.projectId}
  token       ${Demo.token}
  access key  ${Demo.accessKey}
  secret key  ${Demo.secretKey}
  IAM user    domain ${Demo.domainName}, name ${Demo.userName}, password ${Demo.password}
Under /_emulator/ are the requests it has seen (GET requests), its state (GET
state), faults to come (GET, POST, DELETE faults) and POST reset.
`
  },
  completion: {
    summary: "Print a script that completes commands and options",
    description: "Print a script that completes commands and options in bash, zsh or fish.",
    examples: [
      "source <(hotspot-session completion bash)                   # in ~/.bashrc",
      "hotspot-session completion zsh > ~/.zfunc/_hotspot-session  # in $fpath",
      "hotspot-session completion fish | source                    # in config.fish"
    ]
  }
} as const satisfies Record<string, Help>
