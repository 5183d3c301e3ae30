import { servers } from "./GatewayLoad.js"
import type { Requests } from "./Requests.js"
import { subjects } from "./Requests.js"
import type { Measured } from "./Rounds.js"

/** All that a run measured. Parts that were not asked for are absent. */
export interface Report {
  readonly environment: Record<string, string>
  readonly requests?: Requests
  /** Cached answers of the gateway next to other servers. */
  readonly gateway?: Record<string, Measured>
  /** Bytes of heap for a call, page of 100. */
  readonly allocations?: Record<string, number>
  /** Microseconds. */
  readonly parts?: Record<string, number>
  /** Whole processes, as multiples of `node -e 0`. */
  readonly startup?: Record<string, number>
  /** Peak of the heap while a listing is read, in bytes. */
  readonly stream?: Record<string, { readonly peakHeapBytes: number; readonly peakRssBytes: number }>
  readonly bundles?: Record<string, number>
  readonly install?: Record<string, { readonly bytes: number; readonly packages: number }>
}

const row = (...cells: ReadonlyArray<string>): string => `| ${cells.join(" | ")} |`

const table = (head: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): string =>
  [
    row(...head),
    row(...head.map((_, index) => (index === 0 ? "---" : "---:"))),
    ...rows.map((cells) => row(...cells))
  ].join("\n")

const kilobytes = (bytes: number | undefined): string => (bytes === undefined ? "–" : (bytes / 1000).toFixed(0))
const megabytes = (bytes: number): string => (bytes / 1_000_000).toFixed(1)

const cellsOf = ({ cpuMicros, perSecond, ratio, spread }: Measured): ReadonlyArray<string> => [
  ratio.toFixed(2),
  spread.toFixed(2),
  perSecond.toFixed(0),
  // Not every system tells the processor time of other processes; JSON has null for what is not a number.
  Number.isFinite(cpuMicros) ? cpuMicros.toFixed(0) : "–"
]

type Section = readonly [title: string, head: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>]

const requestsSection = (
  scenario: string,
  measured: Record<string, Measured>,
  allocations: Report["allocations"]
): Section => {
  const bytes = scenario.startsWith("page of 100, 64") ? allocations : undefined
  return [
    `${scenario[0]?.toUpperCase()}${scenario.slice(1)}`,
    ["client", "ratio", "±", "calls/s", "CPU µs/call", ...(bytes === undefined ? [] : ["heap kB/call"])],
    Object.entries(measured).map(([name, measured]) => [
      subjects[name] ?? name,
      ...cellsOf(measured),
      ...(bytes === undefined ? [] : [kilobytes(bytes[name])])
    ])
  ]
}

const partsSection = ({ guard = Number.NaN, parse = Number.NaN, schema = Number.NaN, sign = Number.NaN }): Section => [
  "Parts of a call",
  ["part, page of 100", "ratio to `JSON.parse`", "µs"],
  [
    ["`JSON.parse`", "1.00", parse.toFixed(0)],
    ["the guard: is the page good as it is?", (guard / parse).toFixed(2), guard.toFixed(1)],
    ["Schema's decoding, which the guard spares", (schema / parse).toFixed(2), schema.toFixed(0)],
    ["a signature", (sign / parse).toFixed(2), sign.toFixed(1)]
  ]
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
  const { allocations, bundles, environment, gateway, install, parts, requests, startup, stream } = report
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
  if (requests === undefined && allocations !== undefined) {
    sections.push([
      "Heap for a call",
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
  if (stream !== undefined) {
    sections.push([
      "Memory of `.items`",
      ["configurations", "largest heap, MB", "largest resident set, MB"],
      Object.entries(stream).map(([total, { peakHeapBytes, peakRssBytes }]) => [
        Number(total).toLocaleString("en"),
        megabytes(peakHeapBytes),
        megabytes(peakRssBytes)
      ])
    ])
  }
  if (bundles !== undefined || install !== undefined) sections.push(sizesSection(report))
  return [
    Object.entries(environment)
      .map(([name, version]) => `${name} ${version}`)
      .join(", "),
    ...sections.flatMap(([title, head, rows]) => [`### ${title}`, table(head, rows)])
  ].join("\n\n")
}
