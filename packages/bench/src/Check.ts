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

const quotient = (dividend: number | undefined, divisor: number | undefined): number | undefined => {
  const ratio = (dividend ?? Number.NaN) / (divisor ?? Number.NaN)
  return Number.isFinite(ratio) ? ratio : undefined
}

const limits = (measured: Report, committed: Report): ReadonlyArray<Limit> => {
  const all: Array<Limit> = []
  const add = (
    name: string,
    bound: Limit["bound"],
    tolerance: number,
    valueOf: (report: Report) => number | undefined
  ) => all.push({ name, bound, tolerance, measured: valueOf(measured), committed: valueOf(committed) })
  for (const scenario of Object.keys(committed.requests ?? {})) {
    for (const name of ["hotspotSession", "hotspotSessionTraced", "hotspotSessionNode"]) {
      add(`${name}, ${scenario}`, "min", 0.35, ({ requests }) => requests?.[scenario]?.[name]?.ratio)
    }
  }
  // Not requests per second: they also depend on the processor time that the load generator gets.
  add("CPU time per cache hit", "max", 0.35, ({ gateway }) =>
    quotient(gateway?.["gateway"]?.cpuMicros, gateway?.["node"]?.cpuMicros)
  )
  add("heap per call", "max", 0.2, ({ allocations }) =>
    quotient(allocations?.["hotspotSession"], allocations?.["undici"])
  )
  for (const part of ["guard", "sign"]) {
    add(part, "max", 1, ({ parts }) => quotient(parts?.[part], parts?.["parse"]))
  }
  for (const name of Object.keys(committed.startup ?? {})) {
    if (!name.startsWith("official")) add(name, "max", 0.4, ({ startup }) => startup?.[name])
  }
  for (const name of Object.keys(committed.bundles ?? {})) {
    add(name, "max", 0.1, ({ bundles }) => bundles?.[name])
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
