// Measures, prints JSON with --json and a Markdown table otherwise, and with --check compares with the committed figures.
import { readFileSync, statSync, writeFileSync } from "node:fs"
import { availableParallelism, cpus } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { regressions } from "./Check.js"
import { hasWrk, measureGateway } from "./GatewayLoad.js"
import { printed, startUpstream } from "./Processes.js"
import { type Report, toMarkdown } from "./Report.js"
import { measureAllocations, measureRequests, subjects } from "./Requests.js"
import { installSize } from "./Sizes.js"
import { measureStartup } from "./Startup.js"

const [root = "", ...args] = process.argv.slice(2)
const sections = ["requests", "gateway", "allocations", "parts", "startup", "stream", "sizes"] as const

const usage = `npm run bench [-- options]
  --quick         fewer and shorter rounds
  --only a,b      only these: ${sections.join(", ")},
                  or of the requests only these clients: ${Object.keys(subjects).join(", ")}
  --json          JSON in place of tables
  --check         fail where a ratio is worse than in packages/bench/results.json
  --save          write packages/bench/results.json
`

const fail = (problem: string): never => {
  process.stderr.write(`${problem}\n\n${usage}`)
  process.exit(2)
}

const flags = () => {
  try {
    return parseArgs({
      args,
      options: {
        quick: { type: "boolean", default: false },
        only: { type: "string", default: "" },
        json: { type: "boolean", default: false },
        check: { type: "boolean", default: false },
        save: { type: "boolean", default: false },
        help: { type: "boolean", default: false }
      }
    }).values
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error))
  }
}

const { check, help, json, only, quick, save } = flags()
if (help) {
  process.stdout.write(usage)
  process.exit(0)
}
const chosen = only.split(",").filter((name) => name !== "")
for (const name of chosen) {
  if (!(name in subjects) && !sections.some((section) => section === name)) fail(`there is no ${name}`)
}
const clients = chosen.filter((name) => name in subjects)
const isWanted = (section: (typeof sections)[number]): boolean =>
  chosen.length === 0 || chosen.includes(section) || (section === "requests" && clients.length > 0)
const isClientWanted = (name: string): boolean => clients.length === 0 || clients.includes(name)
const tell = (text: string) => process.stderr.write(`${text}\n`)

const compared = [
  ...["undici", "effect", "@effect/platform", "@effect/platform-node"],
  ...["@huaweicloud/huaweicloud-sdk-core", "axios", "fastify"]
]

const versionOf = (name: string): string =>
  JSON.parse(readFileSync(join(root, "packages/bench/node_modules", name, "package.json"), "utf8")).version

const streams = async (): Promise<NonNullable<Report["stream"]>> => {
  const upstream = await startUpstream()
  const measure = (total: number) =>
    [total, printed("stream", [upstream.origin, String(total)], ["--expose-gc"])] as const
  // Their processes block this one, but not the server's.
  const measured = [10_000, quick ? 100_000 : 1_000_000].map(measure)
  upstream.stop()
  return Object.fromEntries(measured) as NonNullable<Report["stream"]>
}

const measure = async (): Promise<Report> => {
  const environment = {
    Node: process.versions.node,
    ...Object.fromEntries(compared.map((name) => [name, versionOf(name)])),
    processors: `${availableParallelism()} (${cpus()[0]?.model ?? "unknown"})`
  }
  const report: { -readonly [K in keyof Report]: Report[K] } = { environment }
  if (isWanted("sizes")) {
    const bench = join(root, "packages/bench")
    const bundles = ["apps/cli/dist/hotspot-session.js", "apps/http/dist/hotspot-session-http.js"]
    report.bundles = Object.fromEntries(bundles.map((file) => [file, statSync(join(root, file)).size]))
    report.install = {
      "`@hotspot-session/client`, `effect` and the platform's packages": installSize(
        ["@hotspot-session/client", "@effect/platform", "@effect/platform-node", "effect"],
        bench
      ),
      "`@huaweicloud/huaweicloud-sdk-core`": installSize(["@huaweicloud/huaweicloud-sdk-core"], bench)
    }
  }
  if (isWanted("parts")) {
    tell("parts of a call…")
    report.parts = printed("micro", [quick ? "30" : "100"]) as Record<string, number>
  }
  if (isWanted("startup")) {
    tell("whole processes…")
    report.startup = await measureStartup(root, quick ? 7 : 21)
  }
  if (isWanted("allocations")) {
    tell("bytes for a call…")
    report.allocations = await measureAllocations(isClientWanted)
  }
  if (isWanted("stream")) {
    tell("memory of a long stream…")
    report.stream = await streams()
  }
  if (isWanted("gateway")) {
    tell("hits of the gateway…")
    if (hasWrk()) report.gateway = await measureGateway(root, { rounds: quick ? 5 : 11, warmUp: quick ? 2 : 4 })
    else tell("  left out: it takes wrk (Debian's package of that name), for no load generator on Node is fast enough")
  }
  if (isWanted("requests")) {
    tell("requests…")
    report.requests = await measureRequests({
      rounds: quick ? 5 : 7,
      millis: quick ? 600 : 800,
      wanted: isClientWanted,
      tell
    })
  }
  return report
}

const results = join(root, "packages/bench/results.json")
const report = await measure()
process.stdout.write(`${json ? JSON.stringify(report, undefined, 2) : toMarkdown(report)}\n`)
if (save) writeFileSync(results, `${JSON.stringify(report, undefined, 2)}\n`)
if (check) {
  const worse = regressions(report, JSON.parse(readFileSync(results, "utf8")) as Report)
  for (const line of worse) process.stderr.write(`worse: ${line}\n`)
  if (worse.length === 0) process.stderr.write("ok: no ratio is worse than committed, within the tolerance\n")
  else process.exitCode = 1
}
