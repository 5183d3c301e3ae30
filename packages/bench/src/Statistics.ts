/** The median of each name's values. */
export const medians = (all: Readonly<Record<string, ReadonlyArray<number>>>): Record<string, number> =>
  Object.fromEntries(Object.entries(all).map(([name, values]) => [name, median(values)]))

export const median = (values: ReadonlyArray<number>): number => {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}

/** Half of the values are within this of the median. */
export const spread = (values: ReadonlyArray<number>): number => {
  const middle = median(values)
  return median(values.map((value) => Math.abs(value - middle)))
}
