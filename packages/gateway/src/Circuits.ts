import * as CircuitBreaker from "./CircuitBreaker.js"

/** Permission to make one call to an upstream. */
export interface Permit {
  readonly allowed: true
  /** The caller and the project. */
  readonly pair: string
  readonly projectId: string
  readonly own: CircuitBreaker.Permit | undefined
  /** That of the whole upstream; absent if the pair is exempt from its circuit. */
  readonly whole: CircuitBreaker.Permit | undefined
}

/** How a call ended. `succeeded` is a response, too. */
export type CallResult = CircuitBreaker.CallResult | "succeeded"

/**
 * The circuits of an upstream: one for each caller and project, and one for the whole upstream, so that no caller and no
 * project can close it to others. Times are milliseconds on a monotonic clock.
 *
 * The whole circuit opens after consecutive failures of several projects. While any pair of caller and project is known to
 * work, only pairs that worked until now count: others may fail because of what the caller sends. While it is open, pairs
 * whose last call succeeded are still called, one call at a time, until they fail as well.
 */
export interface Circuits {
  /** Every permit must be released. */
  readonly acquire: (caller: string, projectId: string, now: number) => Permit | CircuitBreaker.Rejection
  /** `random`, from 0 to 1, as for a circuit breaker. */
  readonly release: (permit: Permit, result: CallResult, now: number, random: number) => void
  /** Whether the whole circuit is open or half-open. */
  readonly isOpen: () => boolean
  /** The number of projects with an open or half-open circuit of their own. */
  readonly openProjects: () => number
}

/** The number of projects that must fail before the whole circuit opens. */
const minFailingProjects = 3

const maxPairs = 10_000

/** Adds an entry at the end, and drops the first ones beyond the maximum number. */
const put = <A>(map: Map<string, A>, key: string, value: A) => {
  map.delete(key)
  map.set(key, value)
  const [oldest = ""] = map.keys()
  if (map.size > maxPairs) map.delete(oldest)
}

export const make = (settings: CircuitBreaker.Settings): Circuits => {
  const whole = CircuitBreaker.make({ ...settings, failures: 1 })
  /** Of the pairs that have failed since their last response. */
  const breakers = new Map<string, { readonly breaker: CircuitBreaker.CircuitBreaker; readonly projectId: string }>()
  /** The pairs whose last call succeeded. */
  const working = new Map<string, true>()
  /** The projects of the pairs whose failures count, since the last response. */
  const failing = new Map<string, string>()
  let failures = 0

  const countFailure = ({ pair, projectId }: Permit): boolean => {
    if (!failing.has(pair) && !working.delete(pair) && working.size > 0) return false
    put(failing, pair, projectId)
    failures++
    return failures >= settings.failures && new Set(failing.values()).size >= minFailingProjects
  }

  const releaseOwn = (
    { own, pair, projectId }: Permit,
    result: CircuitBreaker.CallResult,
    now: number,
    random: number
  ) => {
    if (result === "responded") {
      breakers.delete(pair)
      return
    }
    let entry = breakers.get(pair)
    if (entry === undefined) {
      if (result === "interrupted") return
      entry = { breaker: CircuitBreaker.make(settings), projectId }
      put(breakers, pair, entry)
    }
    entry.breaker.release(own ?? { allowed: true }, result, now, random)
  }

  return {
    acquire: (caller, projectId, now) => {
      const pair = `${caller} ${projectId}`
      const breaker = breakers.get(pair)?.breaker
      const own = breaker?.acquire(now)
      if (own?.allowed === false) return own
      // It is exempt only once, until it succeeds again.
      if (whole.state() !== "Closed" && working.delete(pair)) {
        return { allowed: true, pair, projectId, own, whole: undefined }
      }
      const permit = whole.acquire(now)
      if (permit.allowed) return { allowed: true, pair, projectId, own, whole: permit }
      if (own !== undefined) breaker?.release(own, "interrupted", now, 0)
      return permit
    },
    release: (permit, result, now, random) => {
      const own = result === "succeeded" ? "responded" : result
      releaseOwn(permit, own, now, random)
      if (result === "succeeded") put(working, permit.pair, true)
      if (own === "responded") {
        failing.clear()
        failures = 0
        whole.release(permit, "responded", now, random)
      } else if (permit.whole !== undefined) {
        const isFailure = own === "failed" && (countFailure(permit) || whole.state() !== "Closed")
        whole.release(permit.whole, isFailure ? "failed" : "interrupted", now, random)
      } else if (own === "interrupted") put(working, permit.pair, true)
    },
    isOpen: () => whole.state() !== "Closed",
    openProjects: () => {
      const open = [...breakers.values()].filter(({ breaker }) => breaker.state() !== "Closed")
      return new Set(open.map(({ projectId }) => projectId)).size
    }
  }
}
