// Measures and prints tables in Markdown, or JSON with --json. --check compares the results with the committed ones.
// How much other processes used the machine is measured during each section.
import { readFileSync, statSync, writeFileSync } from "node:fs"
import { availableParallelism, cpus } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { compare } from "./Check.js"
import { measureFleets } from "./Fleets.js"
import { measureGateway } from "./GatewayLoad.js"
import { measureMisses } from "./GatewayMisses.js"
import { hasRedis, measureRedis } from "./GatewayRedis.js"
import { measureList } from "./ListCpu.js"
import { disturbances, othersBetween, sample } from "./Others.js"
import { runJson, startUpstream } from "./Processes.js"
import { hasProcessTimes } from "./ProcessTimes.js"
import { toRanges } from "./Ranges.js"
import { type Report, toMarkdown } from "./Report.js"
import { measureAllocations, measureRequests, subjects } from "./Requests.js"
import { installSize } from "./Sizes.js"
import { measureStartup } from "./Startup.js"
import { hasWrk } from "./Wrk.js"

const [root = "", ...args] = process.argv.slice(2)
/** In the order in which they are measured. */
const sections = [
  ...["sizes", "parts", "startup", "list", "allocations", "stream"],
  ...["fleets", "gateway", "misses", "redis", "requests"]
] as const

const usage = `npm run bench [-- options]
  --quick         fewer and shorter rounds
  --only a,b      only these sections: ${sections.join(", ")},
                  or requests of only these clients: ${Object.keys(subjects).join(", ")}
  --json          print JSON instead of tables
  --runs n        measure all n times, and print the least and the greatest of each ratio
  --check         fail if a ratio is worse than in packages/bench/results.json
  --save          write packages/bench/results.json, unless other processes kept the machine busy
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
        runs: { type: "string", default: "1" },
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

const { check, help, json, only, quick, runs, save } = flags()
if (help) {
  process.stdout.write(usage)
  process.exit(0)
}
if (!/^[1-9]\d?$/.test(runs)) fail("--runs: a whole number from 1 to 99")
const selected = only.split(",").filter((name) => name !== "")
for (const name of selected) {
  if (!(name in subjects) && !sections.some((section) => section === name)) fail(`unknown section or client: ${name}`)
}
const clients = selected.filter((name) => name in subjects)
type Section = (typeof sections)[number]
const isSelected = (section: Section): boolean =>
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
  const others: Record<string, number | null> = {}
  report.others = others
  const section = async (
    name: Exclude<Section, "sizes">,
    title: string,
    run: () => Promise<void> | void
  ): Promise<void> => {
    if (!isSelected(name)) return
    log(`${title}…`)
    const before = sample()
    await run()
    // A section that was skipped is too short to tell.
    if (report[name] === undefined) return
    const processors = othersBetween(before, sample())
    others[name] = processors
    if (processors !== null) log(`  other processes used ${processors.toFixed(2)} processors`)
  }
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
  await section("parts", "parts of a call", () => {
    report.parts = runJson("micro", [quick ? "30" : "100"]) as Record<string, number>
  })
  await section("startup", "whole processes", async () => {
    report.startup = await measureStartup(root, quick ? 7 : 21)
  })
  await section("list", "CPU time of a listing", async () => {
    if (hasProcessTimes()) report.list = await measureList(root, { rounds: quick ? 3 : 5, log })
    else log("  skipped: this system has no /proc")
  })
  await section("allocations", "heap per call", async () => {
    report.allocations = await measureAllocations(isClientSelected)
  })
  await section("stream", "memory of a long stream", async () => {
    report.stream = await measureStreams()
  })
  await section("fleets", "1,000 projects", async () => {
    report.fleets = await measureFleets(root, quick ? 3 : 5)
  })
  const needsWrk = (run: () => Promise<void>) => async () => {
    if (hasWrk()) await run()
    else log("  skipped: install wrk (Debian package `wrk`); no load generator on Node is fast enough")
  }
  await section(
    "gateway",
    "cache hits of the gateway",
    needsWrk(async () => {
      report.gateway = await measureGateway(root, { pairs: quick ? 1 : 4, repeats: 3, warmUp: quick ? 2 : 3, log })
    })
  )
  await section(
    "misses",
    "requests that the gateway passes on",
    needsWrk(async () => {
      report.misses = await measureMisses(root, { pairs: quick ? 1 : 3, repeats: 3, warmUp: quick ? 10_000 : 20_000 })
    })
  )
  await section(
    "redis",
    "gateways that share a Redis",
    needsWrk(async () => {
      if (hasRedis())
        report.redis = await measureRedis(root, { pairs: quick ? 1 : 2, repeats: 3, warmUp: quick ? 3000 : 5000 })
      else log("  skipped: install Redis (Debian package `redis-server`)")
    })
  )
  await section("requests", "requests", async () => {
    report.requests = await measureRequests({
      pairs: quick ? 1 : 4,
      repeats: 3,
      isSelected: isClientSelected,
      log
    })
  })
  return report
}

const resultsFile = join(root, "packages/bench/results.json")
const toJson = (value: unknown): string => JSON.stringify(value, undefined, 2)
const warn = (lines: ReadonlyArray<string>, severity: string): void => {
  for (const line of lines) log(`${severity}: ${line}`)
}

// Ends with an event, which ends the programs that were started.
process.once("SIGINT", () => process.exit(130))
process.once("SIGTERM", () => process.exit(143))

const earlier: Array<Report> = []
while (earlier.length < Number(runs) - 1) earlier.push(await measure())
const report = await measure()
const reports = [...earlier, report]
if (json) process.stdout.write(`${toJson(reports.length > 1 ? reports : report)}\n`)
else {
  process.stdout.write(`${[toMarkdown(report), ...(reports.length > 1 ? [toRanges(reports)] : [])].join("\n\n")}\n`)
}
const disturbed = disturbances(report.others ?? {})
if (save) {
  warn(disturbed, "not saved")
  if (disturbed.length === 0) writeFileSync(resultsFile, `${toJson(report)}\n`)
  else process.exitCode = 1
}
if (check) {
  const { missing, regressions } = compare(report, JSON.parse(readFileSync(resultsFile, "utf8")) as Report)
  warn(disturbed, "warning")
  warn(missing, "not compared, because packages/bench/results.json does not have it")
  warn(regressions, "regression")
  if (regressions.length === 0) log("ok: no ratio is worse than committed by more than the tolerance")
  else process.exitCode = 1
}
