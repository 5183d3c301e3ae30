import { type Measured, measurePairs } from "./Pairs.js"
import { startUpstream, startWorker } from "./Processes.js"
import { median } from "./Statistics.js"

export const subjects: Record<string, string> = {
  undici: "`undici.request` and `JSON.parse`",
  hotspotSession: "this client, its default layer",
  hotspotSessionTraced: "the same with a tracer that samples every span",
  hotspotSessionNode: "this client over `node:http` (`layerHttpClient`)",
  officialSdk: "official SDK core for Node.js",
  axios: "axios, keep-alive",
  effectUndici: "Effect's `NodeHttpClient.layerUndici`",
  effectFetch: "Effect's `FetchHttpClient.layer`",
  effectNode: "Effect's `NodeHttpClient.layer`"
}

const scenarios = [
  { name: "page of 100, 64 in flight", size: 100, lanes: 64 },
  { name: "page of 100, 1 in flight", size: 100, lanes: 1 },
  { name: "page of 1, 64 in flight", size: 1, lanes: 64 }
]

export type Requests = Record<string, Record<string, Measured>>

/** Measures the selected clients in each scenario, this project's with several pairs of processes. */
export const measureRequests = async (options: {
  readonly pairs: number
  readonly repeats: number
  readonly isSelected: (subject: string) => boolean
  readonly log: (text: string) => void
}): Promise<Requests> => {
  const upstream = await startUpstream()
  const names = Object.keys(subjects).filter((name) => name === "undici" || options.isSelected(name))
  const requests: Requests = {}
  for (const { lanes, name: scenario, size } of scenarios) {
    options.log(`  ${scenario}`)
    requests[scenario] = await measurePairs(names, {
      pairs: (name) => (name.startsWith("hotspot") ? options.pairs : 1),
      repeats: options.repeats,
      start: async (name) => {
        const { run, stop } = await startWorker(name, upstream.origin)
        // Lets the compiler optimize, which takes thousands of calls.
        await run({ size, lanes: 64, calls: 20_000, millis: 1500 })
        return { measure: () => run({ size, lanes, millis: 600 }), stop }
      }
    })
  }
  upstream.stop()
  return requests
}

/** Bytes of JavaScript heap per call: how much the heap grows while the garbage collector does not run. */
export const measureAllocations = async (isSelected: (subject: string) => boolean): Promise<Record<string, number>> => {
  const upstream = await startUpstream()
  const allocations: Record<string, number> = {}
  for (const name of Object.keys(subjects)) {
    if (name !== "undici" && !isSelected(name)) continue
    const worker = await startWorker(name, upstream.origin, [
      "--expose-gc",
      "--min-semi-space-size=512",
      "--max-semi-space-size=512"
    ])
    await worker.run({ size: 100, lanes: 16, calls: 3000 })
    const growths: Array<number> = []
    for (const calls of [1000, 500, 250, 100, 50]) {
      const { bytes } = await worker.run({ size: 100, lanes: 16, calls })
      if (bytes !== undefined) growths.push(bytes)
    }
    allocations[name] = median(growths)
    worker.stop()
  }
  upstream.stop()
  return allocations
}
