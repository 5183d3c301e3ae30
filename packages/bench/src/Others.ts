import { machineSeconds, treeSeconds } from "./ProcessTimes.js"

/** How many processors other processes used on average, by section. `null`: the system does not tell. */
export type Others = Readonly<Record<string, number | null>>

/** A section of which other processes used more than this, in processors, is not saved. */
export const limit = 0.1

/** What was used up to a moment, in seconds. */
export interface Sample {
  readonly at: number
  readonly machine: number
  readonly own: number
}

export const sample = (): Sample => ({
  at: performance.now() / 1000,
  machine: machineSeconds(),
  own: treeSeconds(process.pid)
})

/** How many processors processes other than the benchmark's own used between two samples. */
export const othersBetween = (before: Sample, after: Sample): number | null => {
  const others = (after.machine - before.machine - (after.own - before.own)) / (after.at - before.at)
  // The machine's time is counted in whole ticks, so that it may be less than that of the processes.
  return Number.isFinite(others) ? Math.max(0, others) : null
}

/** Why the figures of a run cannot be trusted; none if the machine was quiet during all sections. */
export const disturbances = (others: Others): ReadonlyArray<string> =>
  Object.entries(others).flatMap(([section, processors]) =>
    processors === null
      ? [`${section}: how busy the machine was is not known, because this system has no /proc`]
      : processors > limit
        ? [`${section}: other processes used ${processors.toFixed(2)} processors, more than ${limit}`]
        : []
  )
