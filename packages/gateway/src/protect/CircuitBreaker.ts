/** What is known of the cloud's health. Times are epoch milliseconds. */
export type State =
  | { readonly _tag: "Closed"; readonly failures: number }
  | { readonly _tag: "Open"; readonly until: number }
  /** One request is under way to see whether the cloud is there again. */
  | { readonly _tag: "Probing"; readonly probe: Admission }

/** That a request may be made. It is one of its own for each. */
export interface Admission {
  readonly allowed: true
}

/** That none may be made now, and the seconds after which one may. */
export interface Refusal {
  readonly allowed: false
  readonly retryAfter: number
}

/** The settings of a circuit breaker. */
export interface Settings {
  /** After how many failures in a row it opens. */
  readonly failures: number
  /** How long it stays open, in milliseconds. */
  readonly open: number
}

/** A circuit breaker: while the cloud is down nothing is sent to it but one request at a time, now and then. */
export interface CircuitBreaker {
  /** Whether a request may be made. Who may must tell how it ended. */
  readonly enter: (now: number) => Admission | Refusal
  /** How a request ended. `random`, from 0 to 1, makes the pause up to a quarter shorter or longer. */
  readonly leave: (
    admission: Admission,
    end: "answered" | "failed" | "interrupted",
    now: number,
    random: number
  ) => void
  readonly state: () => State["_tag"]
}

/** A circuit breaker, closed. */
export const make = (settings: Settings): CircuitBreaker => {
  let state: State = { _tag: "Closed", failures: 0 }

  const open = (now: number, random: number): State => ({
    _tag: "Open",
    until: now + settings.open * (0.75 + random / 2)
  })

  return {
    enter: (now) => {
      const admission: Admission = { allowed: true }
      switch (state._tag) {
        case "Closed":
          return admission
        case "Probing":
          return { allowed: false, retryAfter: 1 }
        case "Open": {
          if (now < state.until) return { allowed: false, retryAfter: Math.ceil((state.until - now) / 1_000) }
          state = { _tag: "Probing", probe: admission }
          return admission
        }
      }
    },
    leave: (admission, end, now, random) => {
      // A request from before tells nothing of what the probe is to find out, unless it was answered.
      const isProbe = state._tag === "Probing" && state.probe === admission
      if (end === "answered") state = { _tag: "Closed", failures: 0 }
      else if (end === "interrupted") {
        // It has told nothing: the next one may find out.
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
