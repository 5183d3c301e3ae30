import { type Bound, type Ratio, ratiosOf } from "./Ratios.js"
import type { Report } from "./Report.js"

const nameOf = ({ column, row, table }: Ratio): string => `${table}, ${row}, ${column}`

export interface Comparison {
  /** The values that are worse than committed by more than the tolerance. */
  readonly regressions: ReadonlyArray<string>
  /** The values that the committed results do not have. */
  readonly missing: ReadonlyArray<string>
}

const describe = (name: string, value: number, before: number, { side, tolerance }: Bound): string | undefined => {
  const limit = side === "min" ? before * (1 - tolerance) : before * (1 + tolerance)
  return (side === "min" ? value >= limit : value <= limit)
    ? undefined
    : `${name}: ${value.toFixed(2)}, was ${before.toFixed(2)}, ${side} ${limit.toFixed(2)}`
}

/** Compares ratios, never times. What was not measured is not compared. */
export const compare = (measured: Report, committed: Report): Comparison => {
  const before = new Map(ratiosOf(committed).map((ratio) => [nameOf(ratio), ratio.value]))
  const regressions: Array<string> = []
  const missing: Array<string> = []
  for (const ratio of ratiosOf(measured)) {
    if (ratio.bound === undefined) continue
    const name = nameOf(ratio)
    const committed = before.get(name)
    if (committed === undefined) missing.push(name)
    else regressions.push(...[describe(name, ratio.value, committed, ratio.bound) ?? []].flat())
  }
  return { regressions, missing }
}
