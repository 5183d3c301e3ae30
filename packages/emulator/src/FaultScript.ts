import { appliesTo, type Fault, type Target } from "./Fault.js"
import * as Prng from "./Prng.js"

/** The remaining faults, and the number of random draws so far. */
export interface FaultScript {
  /** `times` of each is the remaining number. */
  readonly faults: ReadonlyArray<Fault>
  readonly draws: number
}

export interface Choice {
  /** All faults that fired, in the order of the script. */
  readonly fired: ReadonlyArray<Fault>
  /** In milliseconds. */
  readonly delay: number
  /** The fault after the delay, if there is one. */
  readonly fault: Exclude<Fault, { readonly kind: "latency" }> | undefined
}

const noFault: Choice = { fired: [], delay: 0, fault: undefined }

const stream = 100

export const make = (faults: ReadonlyArray<Fault>): FaultScript => ({ faults, draws: 0 })

export const append = (script: FaultScript, faults: ReadonlyArray<Fault>): FaultScript => ({
  ...script,
  faults: script.faults.concat(faults)
})

/** Removes one use; `undefined` if it was the last one. */
const decremented = (fault: Fault): Fault | undefined =>
  fault.times === undefined ? fault : fault.times > 1 ? { ...fault, times: fault.times - 1 } : undefined

/**
 * The effect on the next request for a target, and the script after it. Depends only on its arguments: the same seed, script
 * and order of requests produce the same faults. A random number is drawn only for a rate below 1.
 */
export const next = (script: FaultScript, target: Target, seed: number): readonly [Choice, FaultScript] => {
  if (script.faults.length === 0) return [noFault, script]
  const fired: Array<Fault> = []
  const rest: Array<Fault> = []
  let draws = script.draws
  let delay = 0
  let chosen: Choice["fault"]
  for (const fault of script.faults) {
    const isCandidate = chosen === undefined && appliesTo(fault, target)
    const fires =
      isCandidate && (fault.rate === undefined || fault.rate >= 1 || Prng.fraction(seed, stream, draws++) < fault.rate)
    if (!fires) {
      rest.push(fault)
      continue
    }
    fired.push(fault)
    if (fault.kind === "latency") delay += fault.milliseconds
    else chosen = fault
    const remaining = decremented(fault)
    if (remaining !== undefined) rest.push(remaining)
  }
  return [
    { fired, delay, fault: chosen },
    { faults: rest, draws }
  ]
}
