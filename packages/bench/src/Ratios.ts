import { servers } from "./GatewayLoad.js"
import { callers } from "./GatewayMisses.js"
import { groups } from "./GatewayRedis.js"
import type { Measured } from "./Pairs.js"
import type { Report } from "./Report.js"
import { subjects } from "./Requests.js"

/** Which values `--check` rejects. */
export interface Bound {
  /** `min`: a regression is a smaller value. */
  readonly side: "min" | "max"
  /** How much worse than the committed value is allowed, as a fraction of it. Wide, because machines differ. */
  readonly tolerance: number
}

/** A value that can be compared between runs, and its place in a table. */
export interface Ratio {
  readonly table: string
  readonly row: string
  readonly column: string
  readonly value: number
  /** Undefined if it is not checked. */
  readonly bound: Bound | undefined
}

const atLeast = (tolerance: number): Bound => ({ side: "min", tolerance })
const atMost = (tolerance: number): Bound => ({ side: "max", tolerance })

/** All values of a report that can be compared between runs; those that were not measured are absent. */
export const ratiosOf = (report: Report): ReadonlyArray<Ratio> => {
  const { allocations, bundles, fleets, gateway, list, misses, others, parts, redis, requests, startup } = report
  const all: Array<Ratio> = []
  // JSON has null instead of NaN.
  const add = (table: string, row: string, column: string, value: number | null | undefined, bound?: Bound) => {
    if (typeof value === "number" && Number.isFinite(value)) all.push({ table, row, column, value, bound })
  }
  /** Only the CPU time is checked: requests per second also depend on what the load generator gets. */
  const addServers = (table: string, all: Record<string, Measured>, labelOf: (name: string) => string, own: RegExp) => {
    for (const [name, { cpuRatio, ratio }] of Object.entries(all)) {
      add(table, labelOf(name), "ratio", ratio)
      add(table, labelOf(name), "CPU ratio", cpuRatio, own.test(name) ? atMost(0.35) : undefined)
    }
  }
  for (const [scenario, all] of Object.entries(requests ?? {})) {
    for (const [name, { ratio }] of Object.entries(all)) {
      add("client", subjects[name] ?? name, scenario, ratio, name.startsWith("hotspot") ? atLeast(0.35) : undefined)
    }
  }
  for (const [name, bytes] of Object.entries(allocations ?? {})) {
    const bound = name === "hotspotSession" ? atMost(0.2) : undefined
    add("heap per call", subjects[name] ?? name, "ratio", bytes / (allocations?.["undici"] ?? Number.NaN), bound)
  }
  if (gateway !== undefined) addServers("gateway", gateway, (name) => servers[name] ?? name, /^gateway$/)
  for (const [name, { cpuRatio }] of Object.entries(misses ?? {})) {
    const bound = name === "gateway" ? atMost(0.35) : undefined
    add("gateway without cache", callers[name] ?? name, "CPU ratio", cpuRatio, bound)
  }
  for (const [kind, all] of Object.entries(redis ?? {})) {
    addServers("gateways with Redis", all, (name) => `${groups[name] ?? name}, ${kind}`, /^(one|two)$/)
  }
  for (const [name, micros] of Object.entries(parts ?? {})) {
    const bound = /^(guard|sign)$/.test(name) ? atMost(1) : undefined
    add("part of a call", name, "ratio", micros / (parts?.["parse"] ?? Number.NaN), bound)
  }
  for (const [name, ratio] of Object.entries(startup ?? {})) {
    add("process", name, "ratio", ratio, name.startsWith("official") ? undefined : atMost(0.4))
  }
  for (const [version, { added, node }] of Object.entries(list ?? {})) {
    add("CPU time that `list` adds", `Node ${version}`, "ratio", added / node, atMost(0.4))
    add("CPU time that `list` adds", `Node ${version}`, "ms", added)
  }
  for (const [name, { cpuRatio, ratio }] of Object.entries(fleets ?? {})) {
    add("1,000 projects", `\`${name}\``, "ratio", ratio)
    add("1,000 projects", `\`${name}\``, "CPU ratio", cpuRatio, atMost(0.4))
  }
  for (const [name, bytes] of Object.entries(bundles ?? {})) add("size", name, "kB", bytes / 1000, atMost(0.1))
  for (const [section, processors] of Object.entries(others ?? {})) {
    add("other processes", section, "processors", processors)
  }
  return all
}
