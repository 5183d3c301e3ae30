import { type Fault, type Target, targetOf } from "./Fault.js"
import * as Prng from "./Prng.js"

/** The faults still to come, and how many rates have been drawn. */
export interface Script {
  /** `times` of each is what is left of it. */
  readonly faults: ReadonlyArray<Fault>
  readonly draws: number
}

/** What the script does to a request. */
export interface Choice {
  /** Everything that fired, in the script's order. */
  readonly fired: ReadonlyArray<Fault>
  /** Milliseconds to wait. */
  readonly delay: number
  /** What happens after that, if anything. */
  readonly fault: Exclude<Fault, { readonly kind: "latency" }> | undefined
}

const nothing: Choice = { fired: [], delay: 0, fault: undefined }

const stream = 100

/** The script at its start. */
export const make = (faults: ReadonlyArray<Fault>): Script => ({ faults, draws: 0 })

/** Adds to the script's end. */
export const append = (script: Script, faults: ReadonlyArray<Fault>): Script => ({
  ...script,
  faults: script.faults.concat(faults)
})

/** Removes one use; `undefined` where it was the last one. */
const used = (fault: Fault): Fault | undefined =>
  fault.times === undefined ? fault : fault.times > 1 ? { ...fault, times: fault.times - 1 } : undefined

/**
 * What happens to the next request for a target, and the script after it. Depends on its arguments alone: the same seed,
 * script and order of requests give the same faults. A rate is drawn only where a fault has one below 1.
 */
export const next = (script: Script, target: Target, seed: number): readonly [Choice, Script] => {
  if (script.faults.length === 0) return [nothing, script]
  const fired: Array<Fault> = []
  const rest: Array<Fault> = []
  let draws = script.draws
  let delay = 0
  let chosen: Choice["fault"]
  for (const fault of script.faults) {
    const candidate = chosen === undefined && targetOf(fault) === target
    const fires =
      candidate && (fault.rate === undefined || fault.rate >= 1 || Prng.fraction(seed, stream, draws++) < fault.rate)
    if (!fires) {
      rest.push(fault)
      continue
    }
    fired.push(fault)
    if (fault.kind === "latency") delay += fault.milliseconds
    else chosen = fault
    const left = used(fault)
    if (left !== undefined) rest.push(left)
  }
  return [
    { fired, delay, fault: chosen },
    { faults: rest, draws }
  ]
}
