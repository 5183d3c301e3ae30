// Runs rounds of one subject in a separate process, on messages from the parent.
import { PerformanceObserver } from "node:perf_hooks"
import type { Make } from "./Subject.js"

const subjects: Record<string, () => Promise<Make>> = {
  undici: async () => (await import("./subjects/undici.js")).make,
  officialSdk: async () => (await import("./subjects/officialSdk.js")).make,
  axios: async () => (await import("./subjects/axios.js")).make,
  effectNode: async () => (await import("./subjects/effect.js")).node,
  effectUndici: async () => (await import("./subjects/effect.js")).undici,
  effectFetch: async () => (await import("./subjects/effect.js")).fetch,
  hotspotSession: async () => (await import("./subjects/hotspotSession.js")).standard,
  hotspotSessionTraced: async () => (await import("./subjects/hotspotSession.js")).traced,
  hotspotSessionToken: async () => (await import("./subjects/hotspotSession.js")).withToken,
  hotspotSessionNode: async () => (await import("./subjects/hotspotSession.js")).node
}

/** Lanes that request pages of a size until the time is over or `calls` have been started. */
export interface Round {
  readonly size: number
  readonly lanes: number
  readonly millis?: number
  readonly calls?: number
}

export interface Result {
  readonly calls: number
  readonly perSecond: number
  readonly cpuMicros: number
  /** Growth of the heap per call; undefined if the garbage collector ran. */
  readonly bytes: number | undefined
}

const [name = "", origin = ""] = process.argv.slice(2)
const make = subjects[name]
if (make === undefined) throw new Error(`no subject ${name}`)
const subject = await (await make())(origin)

let collections = 0
new PerformanceObserver((list) => {
  collections += list.getEntries().length
}).observe({ entryTypes: ["gc"] })
const tick = () => new Promise((resolve) => setTimeout(resolve, 5))

const run = async ({
  calls: maxCalls = Number.POSITIVE_INFINITY,
  lanes,
  millis = 1e9,
  size
}: Round): Promise<Result> => {
  globalThis.gc?.()
  await tick()
  collections = 0
  const heap = process.memoryUsage().heapUsed
  const cpu = process.cpuUsage()
  const start = performance.now()
  let started = 0
  const shouldContinue = () => started < maxCalls && performance.now() - start < millis && ++started > 0
  await Promise.all(Array.from({ length: lanes }, () => subject.lane(size, shouldContinue)))
  const seconds = (performance.now() - start) / 1000
  const { system, user } = process.cpuUsage(cpu)
  const growth = process.memoryUsage().heapUsed - heap
  await tick()
  return {
    calls: started,
    perSecond: started / seconds,
    cpuMicros: (system + user) / started,
    bytes: collections === 0 ? growth / started : undefined
  }
}

process.on("message", (round: Round) => {
  run(round).then(
    (result) => process.send?.(result),
    (error) => {
      process.stderr.write(`${name}: ${error?.stack ?? error}\n`)
      process.exit(1)
    }
  )
})
process.on("disconnect", () => process.exit())
process.send?.("ready")
