// Measures and prints tables in Markdown, or JSON with --json. --check compares the results with the committed ones.
import { readFileSync, statSync, writeFileSync } from "node:fs"
import { availableParallelism, cpus } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { regressions } from "./Check.js"
import { hasWrk, measureGateway } from "./GatewayLoad.js"
import { runJson, startUpstream } from "./Processes.js"
import { type Report, toMarkdown } from "./Report.js"
import { measureAllocations, measureRequests, subjects } from "./Requests.js"
import { installSize } from "./Sizes.js"
import { measureStartup } from "./Startup.js"

const [root = "", ...args] = process.argv.slice(2)
const sections = ["requests", "gateway", "allocations", "parts", "startup", "stream", "sizes"] as const

const usage = `npm run bench [-- options]
  --quick         fewer and shorter rounds
  --only a,b      only these sections: ${sections.join(", ")},
                  or requests of only these clients: ${Object.keys(subjects).join(", ")}
  --json          print JSON instead of tables
  --check         fail if a ratio is worse than in packages/bench/results.json
  --save          write packages/bench/results.json
`

const fail = (message: string): never => {
  process.stderr.write(`${message}\n\n${usage}`)
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
const selected = only.split(",").filter((name) => name !== "")
for (const name of selected) {
  if (!(name in subjects) && !sections.some((section) => section === name)) fail(`unknown section or client: ${name}`)
}
const clients = selected.filter((name) => name in subjects)
const isSelected = (section: (typeof sections)[number]): boolean =>
  selected.length === 0 || selected.includes(section) || (section === "requests" && clients.length > 0)
const isClientSelected = (name: string): boolean => clients.length === 0 || clients.includes(name)
const log = (text: string) => process.stderr.write(`${text}\n`)

const versionOf = (name: string): string =>
  JSON.parse(readFileSync(join(root, "packages/bench/node_modules", name, "package.json"), "utf8")).version

const measureStreams = async (): Promise<NonNullable<Report["stream"]>> => {
  const upstream = await startUpstream()
  const measure = (total: number) =>
    [total, runJson("stream", [upstream.origin, String(total)], ["--expose-gc"])] as const
  // runJson blocks this process, but the server runs in another one.
  const measured = [10_000, quick ? 100_000 : 1_000_000].map(measure)
  upstream.stop()
  return Object.fromEntries(measured) as NonNullable<Report["stream"]>
}

const measure = async (): Promise<Report> => {
  const environment = {
    Node: process.versions.node,
    undici: versionOf("undici"),
    effect: versionOf("effect"),
    "@effect/platform": versionOf("@effect/platform"),
    "@effect/platform-node": versionOf("@effect/platform-node"),
    "@huaweicloud/huaweicloud-sdk-core": versionOf("@huaweicloud/huaweicloud-sdk-core"),
    axios: versionOf("axios"),
    fastify: versionOf("fastify"),
    processors: `${availableParallelism()} (${cpus()[0]?.model ?? "unknown"})`
  }
  const report: { -readonly [K in keyof Report]: Report[K] } = { environment }
  if (isSelected("sizes")) {
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
  if (isSelected("parts")) {
    log("parts of a call…")
    report.parts = runJson("micro", [quick ? "30" : "100"]) as Record<string, number>
  }
  if (isSelected("startup")) {
    log("whole processes…")
    report.startup = await measureStartup(root, quick ? 7 : 21)
  }
  if (isSelected("allocations")) {
    log("heap per call…")
    report.allocations = await measureAllocations(isClientSelected)
  }
  if (isSelected("stream")) {
    log("memory of a long stream…")
    report.stream = await measureStreams()
  }
  if (isSelected("gateway")) {
    log("cache hits of the gateway…")
    if (hasWrk()) report.gateway = await measureGateway(root, { rounds: quick ? 5 : 11, warmUp: quick ? 2 : 4 })
    else log("  skipped: install wrk (Debian package `wrk`); no load generator on Node is fast enough")
  }
  if (isSelected("requests")) {
    log("requests…")
    report.requests = await measureRequests({
      rounds: quick ? 5 : 7,
      millis: quick ? 600 : 800,
      isSelected: isClientSelected,
      log
    })
  }
  return report
}

const resultsFile = join(root, "packages/bench/results.json")
const report = await measure()
process.stdout.write(`${json ? JSON.stringify(report, undefined, 2) : toMarkdown(report)}\n`)
if (save) writeFileSync(resultsFile, `${JSON.stringify(report, undefined, 2)}\n`)
if (check) {
  const found = regressions(report, JSON.parse(readFileSync(resultsFile, "utf8")) as Report)
  for (const line of found) process.stderr.write(`regression: ${line}\n`)
  if (found.length === 0) process.stderr.write("ok: no ratio is worse than committed by more than the tolerance\n")
  else process.exitCode = 1
}
