import type { Report } from "./Report.js"

interface Limit {
  readonly name: string
  readonly measured: number | undefined
  readonly committed: number | undefined
  /** `min`: a regression is a smaller value. */
  readonly bound: "min" | "max"
  /** How much worse than the committed value is allowed, as a fraction of it. Wide, because machines differ. */
  readonly tolerance: number
}

const limits = (measured: Report, committed: Report): ReadonlyArray<Limit> => {
  const all: Array<Limit> = []
  for (const [scenario, subjects] of Object.entries(committed.requests ?? {})) {
    for (const name of ["hotspotSession", "hotspotSessionTraced", "hotspotSessionNode"]) {
      all.push({
        name: `${name}, ${scenario}`,
        measured: measured.requests?.[scenario]?.[name]?.ratio,
        committed: subjects[name]?.ratio,
        bound: "min",
        tolerance: 0.35
      })
    }
  }
  // Not requests per second: they also depend on the processor time that the load generator gets.
  const cpuRatio = ({ gateway }: Report) => {
    const ratio = (gateway?.["gateway"]?.cpuMicros ?? Number.NaN) / (gateway?.["node"]?.cpuMicros ?? Number.NaN)
    return Number.isFinite(ratio) ? ratio : undefined
  }
  all.push({
    name: "CPU time per cache hit",
    measured: cpuRatio(measured),
    committed: cpuRatio(committed),
    bound: "max",
    tolerance: 0.35
  })
  const heapRatio = ({ allocations }: Report) => {
    const { hotspotSession, undici } = allocations ?? {}
    return hotspotSession === undefined || undici === undefined ? undefined : hotspotSession / undici
  }
  all.push({
    name: "heap per call",
    measured: heapRatio(measured),
    committed: heapRatio(committed),
    bound: "max",
    tolerance: 0.2
  })
  for (const part of ["guard", "sign"]) {
    const ratio = ({ parts }: Report) =>
      parts?.[part] === undefined || parts["parse"] === undefined ? undefined : parts[part] / parts["parse"]
    all.push({ name: part, measured: ratio(measured), committed: ratio(committed), bound: "max", tolerance: 1 })
  }
  for (const [name, ratio] of Object.entries(committed.startup ?? {})) {
    if (!name.startsWith("official")) {
      all.push({ name, measured: measured.startup?.[name], committed: ratio, bound: "max", tolerance: 0.4 })
    }
  }
  for (const [name, bytes] of Object.entries(committed.bundles ?? {})) {
    all.push({ name, measured: measured.bundles?.[name], committed: bytes, bound: "max", tolerance: 0.1 })
  }
  return all
}

/** The results that are worse than committed by more than the tolerance. Compares ratios, never times. */
export const regressions = (measured: Report, committed: Report): ReadonlyArray<string> =>
  limits(measured, committed).flatMap(({ bound, committed, measured, name, tolerance }) => {
    if (measured === undefined || committed === undefined) return []
    const limit = bound === "min" ? committed * (1 - tolerance) : committed * (1 + tolerance)
    return (bound === "min" ? measured >= limit : measured <= limit)
      ? []
      : [`${name}: ${measured.toFixed(2)}, was ${committed.toFixed(2)}, ${bound} ${limit.toFixed(2)}`]
  })
