import type { Report } from "./Report.js"

interface Limit {
  readonly name: string
  readonly measured: number | undefined
  readonly committed: number | undefined
  /** `least`: a regression is a smaller value. */
  readonly kind: "least" | "most"
  /** By how much a value may be worse, as a share of the committed one. Wide: machines differ. */
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
        kind: "least",
        tolerance: 0.35
      })
    }
  }
  // Not requests a second: these also tell how much of the machine the load generator was given meanwhile.
  const hit = ({ gateway }: Report) => {
    const ratio = (gateway?.["gateway"]?.cpuMicros ?? Number.NaN) / (gateway?.["node"]?.cpuMicros ?? Number.NaN)
    return Number.isFinite(ratio) ? ratio : undefined
  }
  all.push({
    name: "processor time of a hit",
    measured: hit(measured),
    committed: hit(committed),
    kind: "most",
    tolerance: 0.35
  })
  const heap = ({ allocations }: Report) => {
    const { hotspotSession, undici } = allocations ?? {}
    return hotspotSession === undefined || undici === undefined ? undefined : hotspotSession / undici
  }
  all.push({
    name: "heap of a call",
    measured: heap(measured),
    committed: heap(committed),
    kind: "most",
    tolerance: 0.2
  })
  for (const part of ["guard", "sign"]) {
    const ratio = ({ parts }: Report) =>
      parts?.[part] === undefined || parts["parse"] === undefined ? undefined : parts[part] / parts["parse"]
    all.push({ name: part, measured: ratio(measured), committed: ratio(committed), kind: "most", tolerance: 1 })
  }
  for (const [name, ratio] of Object.entries(committed.startup ?? {})) {
    if (!name.startsWith("official")) {
      all.push({ name, measured: measured.startup?.[name], committed: ratio, kind: "most", tolerance: 0.4 })
    }
  }
  for (const [name, bytes] of Object.entries(committed.bundles ?? {})) {
    all.push({ name, measured: measured.bundles?.[name], committed: bytes, kind: "most", tolerance: 0.1 })
  }
  return all
}

/** What is worse than the committed figures by more than machines and moments differ. Compares ratios, never times. */
export const regressions = (measured: Report, committed: Report): ReadonlyArray<string> =>
  limits(measured, committed).flatMap(({ committed, kind, measured, name, tolerance }) => {
    if (measured === undefined || committed === undefined) return []
    const worst = kind === "least" ? committed * (1 - tolerance) : committed * (1 + tolerance)
    return (kind === "least" ? measured >= worst : measured <= worst)
      ? []
      : [`${name}: ${measured.toFixed(2)}, was ${committed.toFixed(2)}, at ${kind} ${worst.toFixed(2)} is allowed`]
  })
