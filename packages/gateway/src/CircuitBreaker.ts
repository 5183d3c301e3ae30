/** The state of a circuit breaker. Times are milliseconds on a monotonic clock. */
export type State =
  | { readonly _tag: "Closed"; readonly failures: number }
  | { readonly _tag: "Open"; readonly until: number }
  /** One call is in flight to find out whether the upstream has recovered. */
  | { readonly _tag: "HalfOpen"; readonly probe: Permit }

/** Permission to make one call. Each permit is a distinct object, which identifies the call. */
export interface Permit {
  readonly allowed: true
}

/** No call may be made for another `retryAfter` seconds. */
export interface Rejection {
  readonly allowed: false
  readonly retryAfter: number
}

/**
 * How a call ended. `responded`: the upstream is alive, whatever the status. `interrupted`: the state of the upstream is
 * unknown.
 */
export type CallResult = "responded" | "failed" | "interrupted"

export interface Settings {
  /** Consecutive failures after which the circuit opens. */
  readonly failures: number
  /** How long it stays open, in milliseconds. */
  readonly open: number
}

/** A circuit breaker: while it is open, only one call at a time is let through, as a probe. */
export interface CircuitBreaker {
  /** Every permit must be released. */
  readonly acquire: (now: number) => Permit | Rejection
  /** Reports the result of a call. `random`, from 0 to 1, shortens or lengthens the open time by up to a quarter. */
  readonly release: (permit: Permit, result: CallResult, now: number, random: number) => void
  readonly state: () => State["_tag"]
}

export const make = (settings: Settings): CircuitBreaker => {
  let state: State = { _tag: "Closed", failures: 0 }

  const open = (now: number, random: number): State => ({
    _tag: "Open",
    until: now + settings.open * (0.75 + random / 2)
  })

  return {
    acquire: (now) => {
      const permit: Permit = { allowed: true }
      switch (state._tag) {
        case "Closed":
          return permit
        case "HalfOpen":
          return { allowed: false, retryAfter: 1 }
        case "Open": {
          if (now < state.until) return { allowed: false, retryAfter: Math.ceil((state.until - now) / 1_000) }
          state = { _tag: "HalfOpen", probe: permit }
          return permit
        }
      }
    },
    release: (permit, result, now, random) => {
      // Calls that started before the circuit opened do not decide the probe, unless they got a response.
      const isProbe = state._tag === "HalfOpen" && state.probe === permit
      if (result === "responded") state = { _tag: "Closed", failures: 0 }
      else if (result === "interrupted") {
        // The probe was inconclusive: allow the next call to be one.
        if (isProbe) state = { _tag: "Open", until: now }
      } else if (isProbe) state = open(now, random)
      else if (state._tag === "Closed") {
        const failures = state.failures + 1
        state = failures >= settings.failures ? open(now, random) : { _tag: "Closed", failures }
      }
    },
    state: () => state._tag
  }
}
