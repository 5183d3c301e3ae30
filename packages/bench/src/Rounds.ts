import { median, spread } from "./Statistics.js"

export interface Round {
  readonly perSecond: number
  readonly cpuMicros: number
}

export interface Measured {
  /** Calls a second, divided by those of the subject of reference in the same round; the median of the rounds. */
  readonly ratio: number
  /** Half of the rounds are within this of the ratio. */
  readonly spread: number
  readonly perSecond: number
  readonly cpuMicros: number
}

/**
 * Every subject in each round, in another order each time. What disturbs the machine disturbs all of them. The first
 * subject is the one of reference.
 */
export const measureInRounds = async (
  names: ReadonlyArray<string>,
  rounds: number,
  run: (name: string) => Promise<Round>
): Promise<Record<string, Measured>> => {
  const reference = names[0] ?? ""
  const measured: Array<Map<string, Round>> = []
  for (let round = 0; round < rounds; round++) {
    const results = new Map<string, Round>()
    const order = names.map((_, index) => names[(index + round) % names.length] ?? "")
    if (round % 2 === 1) order.reverse()
    for (const name of order) results.set(name, await run(name))
    measured.push(results)
  }
  const all = (value: (results: Map<string, Round>) => number | undefined) =>
    measured.map((results) => value(results) ?? Number.NaN)
  return Object.fromEntries(
    names.map((name) => {
      const ratios = all(
        (results) => (results.get(name)?.perSecond ?? Number.NaN) / (results.get(reference)?.perSecond ?? Number.NaN)
      )
      return [
        name,
        {
          ratio: median(ratios),
          spread: spread(ratios),
          perSecond: median(all((results) => results.get(name)?.perSecond)),
          cpuMicros: median(all((results) => results.get(name)?.cpuMicros))
        }
      ]
    })
  )
}
