import { median, spread } from "./Statistics.js"

/** One measurement. */
export interface Sample {
  readonly perSecond: number
  /** CPU time of a call. NaN where the system does not tell. */
  readonly cpuMicros: number
}

/** A subject whose processes run and are warm. */
export interface Started {
  readonly measure: () => Promise<Sample>
  readonly stop: () => void
}

export interface Measured {
  /** Calls per second divided by the reference's just before and after; the median. */
  readonly ratio: number
  /** Half of the measurements are within this of the ratio. */
  readonly spread: number
  /** CPU time of a call divided by the reference's just before and after; the median. */
  readonly cpuRatio: number
  readonly perSecond: number
  readonly cpuMicros: number
}

interface Compared extends Sample {
  readonly ratio: number
  readonly cpuRatio: number
}

const mean = (a: number, b: number): number => (a + b) / 2

const comparedWith = (sample: Sample, before: Sample, after: Sample): Compared => ({
  ...sample,
  ratio: sample.perSecond / mean(before.perSecond, after.perSecond),
  cpuRatio: sample.cpuMicros / mean(before.cpuMicros, after.cpuMicros)
})

const measuredOf = (all: ReadonlyArray<Compared>): Measured => ({
  ratio: median(all.map(({ ratio }) => ratio)),
  spread: spread(all.map(({ ratio }) => ratio)),
  cpuRatio: median(all.map(({ cpuRatio }) => cpuRatio)),
  perSecond: median(all.map(({ perSecond }) => perSecond)),
  cpuMicros: median(all.map(({ cpuMicros }) => cpuMicros))
})

/**
 * Compares each subject with the reference, the first of `names`. A pair is started anew `pairs` times, because some
 * processes are faster than others of the same program. Its two are measured in turns, `repeats` times, so that they have
 * run for equally long, and how fast the machine is at the moment affects both.
 */
export const measurePairs = async (
  [reference = "", ...others]: ReadonlyArray<string>,
  options: {
    readonly pairs: (name: string) => number
    readonly repeats: number
    readonly start: (name: string) => Promise<Started>
  }
): Promise<Record<string, Measured>> => {
  const references: Array<Sample> = []
  const measured: Array<[name: string, Measured]> = []
  for (const name of others) {
    const all: Array<Compared> = []
    for (let pair = 0; pair < options.pairs(name); pair++) {
      const [first, second] = [await options.start(reference), await options.start(name)]
      let before = await first.measure()
      references.push(before)
      for (let repeat = 0; repeat < options.repeats; repeat++) {
        const sample = await second.measure()
        const after = await first.measure()
        references.push(after)
        all.push(comparedWith(sample, before, after))
        before = after
      }
      first.stop()
      second.stop()
    }
    measured.push([name, measuredOf(all)])
  }
  const own = references.map((sample) => comparedWith(sample, sample, sample))
  return Object.fromEntries([[reference, measuredOf(own)], ...measured])
}
