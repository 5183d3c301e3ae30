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

const quotient = (dividend: number | undefined, divisor: number | undefined): number | undefined => {
  const ratio = (dividend ?? Number.NaN) / (divisor ?? Number.NaN)
  return Number.isFinite(ratio) ? ratio : undefined
}

const limits = (measured: Report, committed: Report): ReadonlyArray<Limit> => {
  const all: Array<Limit> = []
  const add = (name: string, kind: Limit["kind"], tolerance: number, figure: (report: Report) => number | undefined) =>
    all.push({ name, kind, tolerance, measured: figure(measured), committed: figure(committed) })
  for (const scenario of Object.keys(committed.requests ?? {})) {
    for (const name of ["hotspotSession", "hotspotSessionTraced", "hotspotSessionNode"]) {
      add(`${name}, ${scenario}`, "least", 0.35, ({ requests }) => requests?.[scenario]?.[name]?.ratio)
    }
  }
  // Not requests a second: these also tell how much of the machine the load generator was given meanwhile.
  add("processor time of a hit", "most", 0.35, ({ gateway }) =>
    quotient(gateway?.["gateway"]?.cpuMicros, gateway?.["node"]?.cpuMicros)
  )
  add("heap of a call", "most", 0.2, ({ allocations }) =>
    quotient(allocations?.["hotspotSession"], allocations?.["undici"])
  )
  for (const part of ["guard", "sign"]) {
    add(part, "most", 1, ({ parts }) => quotient(parts?.[part], parts?.["parse"]))
  }
  for (const name of Object.keys(committed.startup ?? {})) {
    if (!name.startsWith("official")) add(name, "most", 0.4, ({ startup }) => startup?.[name])
  }
  for (const name of Object.keys(committed.bundles ?? {})) {
    add(name, "most", 0.1, ({ bundles }) => bundles?.[name])
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
