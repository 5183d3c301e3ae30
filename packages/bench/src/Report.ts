import type { FleetCommand } from "./Fleets.js"
import { servers } from "./GatewayLoad.js"
import { callers } from "./GatewayMisses.js"
import { groups } from "./GatewayRedis.js"
import type { ListCpu } from "./ListCpu.js"
import type { Others } from "./Others.js"
import type { Measured } from "./Pairs.js"
import type { Requests } from "./Requests.js"
import { subjects } from "./Requests.js"

/** The results of a run. Sections that were not selected are absent. */
export interface Report {
  readonly environment: Record<string, string>
  /** How busy other processes kept the machine during each section, in processors. */
  readonly others?: Others
  readonly requests?: Requests
  /** Cache hits of the gateway, and other servers. */
  readonly gateway?: Record<string, Measured>
  /** Requests that the gateway passes on, and the client's own calls. */
  readonly misses?: Record<string, Measured>
  /** Hits and misses of gateways that share a Redis. */
  readonly redis?: Record<string, Record<string, Measured>>
  /** Bytes of heap per call, page of 100. */
  readonly allocations?: Record<string, number>
  /** Microseconds. */
  readonly parts?: Record<string, number>
  /** Duration of whole processes, as multiples of `node -e 0`. */
  readonly startup?: Record<string, number>
  /** CPU time of a listing, by version of Node. */
  readonly list?: Record<string, ListCpu>
  /** Commands for many projects. */
  readonly fleets?: Record<string, FleetCommand>
  /** Peak of the heap while a listing is read, in bytes. */
  readonly stream?: Record<string, { readonly peakHeapBytes: number; readonly peakRssBytes: number }>
  readonly bundles?: Record<string, number>
  readonly install?: Record<string, { readonly bytes: number; readonly packages: number }>
}

const row = (...cells: ReadonlyArray<string>): string => `| ${cells.join(" | ")} |`

export const table = (header: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): string =>
  [
    row(...header),
    row(...header.map((_, index) => (index === 0 ? "---" : "---:"))),
    ...rows.map((cells) => row(...cells))
  ].join("\n")

const kilobytes = (bytes: number | undefined): string => (bytes === undefined ? "–" : (bytes / 1000).toFixed(0))
const megabytes = (bytes: number): string => (bytes / 1_000_000).toFixed(1)

const cellsOf = ({ cpuMicros, perSecond, ratio, spread }: Measured): ReadonlyArray<string> => [
  ratio.toFixed(2),
  spread.toFixed(2),
  perSecond.toFixed(0),
  // Not available on every system; JSON has null instead of NaN.
  Number.isFinite(cpuMicros) ? cpuMicros.toFixed(0) : "–"
]

const decimals = (value: number, digits: number): string => (Number.isFinite(value) ? value.toFixed(digits) : "–")

type Section = readonly [title: string, header: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>]

const requestsSection = (
  scenario: string,
  measured: Record<string, Measured>,
  allocations: Report["allocations"]
): Section => {
  const heap = scenario.startsWith("page of 100, 64") ? allocations : undefined
  return [
    `${scenario[0]?.toUpperCase()}${scenario.slice(1)}`,
    ["client", "ratio", "±", "calls/s", "CPU µs/call", ...(heap === undefined ? [] : ["heap kB/call"])],
    Object.entries(measured).map(([name, measured]) => [
      subjects[name] ?? name,
      ...cellsOf(measured),
      ...(heap === undefined ? [] : [kilobytes(heap[name])])
    ])
  ]
}

const partsSection = ({ guard = Number.NaN, parse = Number.NaN, schema = Number.NaN, sign = Number.NaN }): Section => [
  "Parts of a call",
  ["part, page of 100", "ratio to `JSON.parse`", "µs"],
  [
    ["`JSON.parse`", "1.00", parse.toFixed(0)],
    ["the guard: checks whether the page needs no decoding", (guard / parse).toFixed(2), guard.toFixed(1)],
    ["decoding with Schema, which the guard avoids", (schema / parse).toFixed(2), schema.toFixed(0)],
    ["a signature", (sign / parse).toFixed(2), sign.toFixed(1)]
  ]
]

const missesSection = (misses: Record<string, Measured>): Section => [
  "Gateway without cache, page of 100, 64 connections",
  ["caller", "CPU ratio", "calls/s", "CPU µs/call"],
  Object.entries(misses).map(([name, { cpuMicros, cpuRatio, perSecond }]) => [
    callers[name] ?? name,
    decimals(cpuRatio, 2),
    perSecond.toFixed(0),
    decimals(cpuMicros, 0)
  ])
]

const redisSection = (redis: NonNullable<Report["redis"]>): Section => [
  "Gateways that share a Redis, page of 100, 64 connections",
  ["gateways", "ratio", "±", "requests/s", "CPU µs/request"],
  Object.entries(redis).flatMap(([kind, all]) =>
    Object.entries(all).map(([name, measured]) => [`${groups[name] ?? name}, ${kind}`, ...cellsOf(measured)])
  )
]

const listSection = (list: Record<string, ListCpu>): Section => [
  "CPU time that `list` adds",
  ["Node", "`node -e 0`, CPU ms", "`list` adds, CPU ms"],
  Object.entries(list).map(([version, { added, node }]) => [version, decimals(node, 1), decimals(added, 1)])
]

const fleetsSection = (fleets: Record<string, FleetCommand>): Section => [
  "1,000 projects, 64 at a time, whole processes",
  ["command", "requests", "s", "multiple of a bare loop", "CPU s", "multiple of a bare loop"],
  Object.entries(fleets).map(([name, { cpuMillis, cpuRatio, millis, ratio, requests }]) => [
    `\`${name}\``,
    requests.toLocaleString("en"),
    ...[millis / 1000, ratio, cpuMillis / 1000, cpuRatio].map((value) => decimals(value, 2))
  ])
]

const othersSection = (others: Others): Section => [
  "How busy other processes kept the machine",
  ["section", "processors"],
  Object.entries(others).map(([section, processors]) => [
    section,
    processors === null ? "not known: no /proc" : processors.toFixed(2)
  ])
]

const sizesSection = ({ bundles = {}, install = {} }: Report): Section => [
  "Sizes",
  ["what", "kB", "packages"],
  [
    ...Object.entries(bundles).map(([name, bytes]) => [`\`${name}\``, kilobytes(bytes), "–"]),
    ...Object.entries(install).map(([name, { bytes, packages }]) => [
      `installed: ${name}`,
      kilobytes(bytes),
      String(packages)
    ])
  ]
]

export const toMarkdown = (report: Report): string => {
  const { allocations, bundles, environment, fleets, gateway, install, list, misses } = report
  const { others, parts, redis, requests, startup, stream } = report
  const sections: Array<Section> = Object.entries(requests ?? {}).map(([scenario, measured]) =>
    requestsSection(scenario, measured, allocations)
  )
  if (gateway !== undefined) {
    sections.push([
      "Gateway, page of 100 from the cache, 64 connections",
      ["server", "ratio", "±", "requests/s", "CPU µs/request"],
      Object.entries(gateway).map(([name, measured]) => [servers[name] ?? name, ...cellsOf(measured)])
    ])
  }
  if (misses !== undefined) sections.push(missesSection(misses))
  if (redis !== undefined) sections.push(redisSection(redis))
  if (requests === undefined && allocations !== undefined) {
    sections.push([
      "Heap per call",
      ["client, page of 100", "kB"],
      Object.entries(allocations).map(([name, bytes]) => [subjects[name] ?? name, kilobytes(bytes)])
    ])
  }
  if (parts !== undefined) sections.push(partsSection(parts))
  if (startup !== undefined) {
    sections.push([
      "Whole processes",
      ["process", "multiple of `node -e 0`"],
      Object.entries(startup).map(([name, ratio]) => [name, ratio.toFixed(2)])
    ])
  }
  if (list !== undefined) sections.push(listSection(list))
  if (fleets !== undefined) sections.push(fleetsSection(fleets))
  if (stream !== undefined) {
    sections.push([
      "Memory of `.items`",
      ["configurations", "peak heap, MB", "peak resident set, MB"],
      Object.entries(stream).map(([total, { peakHeapBytes, peakRssBytes }]) => [
        Number(total).toLocaleString("en"),
        megabytes(peakHeapBytes),
        megabytes(peakRssBytes)
      ])
    ])
  }
  if (bundles !== undefined || install !== undefined) sections.push(sizesSection(report))
  if (others !== undefined && Object.keys(others).length > 0) sections.push(othersSection(others))
  return [
    Object.entries(environment)
      .map(([name, version]) => `${name} ${version}`)
      .join(", "),
    ...sections.flatMap(([title, header, rows]) => [`### ${title}`, table(header, rows)])
  ].join("\n\n")
}
