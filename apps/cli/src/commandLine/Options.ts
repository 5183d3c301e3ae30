import { Option } from "@commander-js/extra-typings"
import { defaultLimit, maxLimit, maxOffset } from "@hotspot-session/core"
import { variables } from "@hotspot-session/settings/EnvironmentVariables"
import {
  changeFormats,
  type FieldName,
  type Format,
  fieldNames,
  formats,
  metadataModes,
  outputVariable,
  reportFormats
} from "./Invocation.js"
import { alternatives, choice, duration, fields, integer, namedProject, once, several, text } from "./Values.js"

const groups = {
  target: "What to ask:",
  page: "How much:",
  output: "Output:",
  run: "Behaviour:"
} as const

/** The options that say as whom, and where. */
export const profile = () =>
  new Option("--profile <name>", "section of the credentials file, or profile of KooCLI, to use")
    .argParser(once(text))
    .helpGroup(groups.target)

const regionWords = "region, such as ap-southeast-1"
const projectWords = "project to ask for"
const regionDefault = `(environment: ${variables.region})`
const projectDefault = `(environment: ${variables.projectId}; default: looked up by the region)`

export const region = () =>
  new Option("--region <id>", `${regionWords} ${regionDefault}`).argParser(once(text)).helpGroup(groups.target)

export const regions = () =>
  new Option("--region <id>", `${regionWords}; repeatable ${regionDefault}`)
    .argParser(several(text))
    .helpGroup(groups.target)

export const projectId = () =>
  new Option("--project-id <id>", `${projectWords} ${projectDefault}`).argParser(once(text)).helpGroup(groups.target)

export const projectIds = () =>
  new Option("--project-id <id>", `${projectWords}; repeatable ${projectDefault}`)
    .argParser(several(text))
    .helpGroup(groups.target)

export const targets = () =>
  new Option(
    "--targets <file>",
    "file of regions and projects to ask for, - for standard input; each line is REGION, REGION PROJECT-ID, or PROJECT-ID where an endpoint is given"
  )
    .argParser(once(text))
    .conflicts(["region", "projectId", "demo"])
    .helpGroup(groups.target)

export const parallel = () =>
  new Option("--parallel <n>", "projects asked for at the same time, 1 to 64 (default: 4)")
    .argParser(once(integer(1, 64)))
    .helpGroup(groups.target)

export const endpoint = () =>
  new Option("--endpoint <url>", `URL to use in place of the region's (environment: ${variables.endpoint})`)
    .argParser(once(text))
    .helpGroup(groups.target)

export const demo = () =>
  new Option("--demo", "ask an emulator inside this program; needs no account and no network")
    .conflicts(["region", "endpoint", "profile"])
    .helpGroup(groups.target)

export const limit = () =>
  new Option("--limit <n>", `configurations at most, 1 to ${maxLimit} (default: the service's, ${defaultLimit})`)
    .argParser(once(integer(1, maxLimit)))
    .helpGroup(groups.page)

export const offset = () =>
  new Option("--offset <n>", "configurations to skip (default: 0)")
    .argParser(once(integer(0, maxOffset)))
    .helpGroup(groups.page)

export const all = () =>
  new Option("--all", "every configuration from the offset on, page after page")
    .conflicts("limit")
    .helpGroup(groups.page)

export const pageSize = () =>
  new Option(
    "--page-size <n>",
    `with --all: configurations asked for at a time, 1 to ${maxLimit} (default: ${maxLimit})`
  )
    .argParser(once(integer(1, maxLimit)))
    .helpGroup(groups.page)

export const output = () =>
  new Option(
    "-o, --output <format>",
    `${alternatives(formats)} (environment: ${outputVariable}; default: table on a terminal, else tsv)`
  )
    .argParser(once<Format>(choice(formats)))
    .helpGroup(groups.output)

export const changeOutput = () =>
  new Option("-o, --output <format>", `${alternatives(changeFormats)} (default: text)`)
    .argParser(once(choice(changeFormats)))
    .helpGroup(groups.output)

export const reportOutput = () =>
  new Option("-o, --output <format>", `${alternatives(reportFormats)} (default: table)`)
    .argParser(once(choice(reportFormats)))
    .helpGroup(groups.output)

export const fieldsShown = () =>
  new Option("--fields <names>", `fields to show, separated by commas: ${fieldNames.join(", ")}`)
    .argParser(once<ReadonlyArray<FieldName>>(fields))
    .helpGroup(groups.output)

export const query = () =>
  new Option("--query <expression>", "JMESPath expression to apply to what -o json shows, such as items[].id")
    .argParser(once(text))
    .conflicts("fields")
    .helpGroup(groups.output)

export const noColor = () =>
  new Option("--no-color", "no colours (environment: NO_COLOR; FORCE_COLOR for colours without a terminal)").helpGroup(
    groups.output
  )

export const watch = () =>
  new Option("--watch <time>", "look again after each time, such as 30s, and print what changed (as text or ndjson)")
    .argParser(once(duration))
    .conflicts(["offset", "fields", "query"])
    .helpGroup(groups.run)

export const timeout = () =>
  new Option("--timeout <time>", "time for each call, retries included, such as 30s (default: 2m)")
    .argParser(once(duration))
    .helpGroup(groups.run)

export const debug = () =>
  new Option("--debug", "show each request and its answer on standard error, without secrets").helpGroup(groups.run)

export const host = () =>
  new Option("--host <address>", "address to listen on (default: 127.0.0.1)").argParser(once(text))

export const port = () =>
  new Option("--port <n>", "port to listen on, 0 for any free one (default: 0)").argParser(once(integer(0, 65535)))

export const seed = () =>
  new Option("--seed <n>", "number that the configurations are made from (default: 1)").argParser(
    once(integer(0, 4294967295))
  )

export const count = () =>
  new Option("--count <n>", "configurations in the demo project (default: 3)").argParser(
    once(integer(0, 1_000_000_000))
  )

export const latency = () =>
  new Option("--latency <time>", "delay of every answer, such as 200ms").argParser(once(duration))

export const fault = () =>
  new Option("--fault <fault>", "answer with a fault, such as 503:0.1, 503x2, reset or stall; repeatable").argParser(
    (value: string, previous: ReadonlyArray<string> = []) => [...previous, text(value)]
  )

export const project = () =>
  new Option(
    "--project <name=id>",
    "project that IAM knows by that name; repeatable (default: one for each region)"
  ).argParser((value: string, previous: ReadonlyArray<ReturnType<typeof namedProject>> = []) => [
    ...previous,
    namedProject(value)
  ])

export const metadata = () =>
  new Option("--metadata <mode>", `ECS metadata service: ${alternatives(metadataModes)} (default: token)`).argParser(
    once(choice(metadataModes))
  )

export const clockAhead = () =>
  new Option("--clock-ahead <time>", "its clock is ahead of this machine's, such as 20m")
    .argParser(once(duration))
    .conflicts("clockBehind")

export const clockBehind = () =>
  new Option("--clock-behind <time>", "its clock is behind this machine's, such as 20m").argParser(once(duration))
