/** A number of places that callers share fairly. */
export interface FairShare {
  /** Whether the caller may take another place. */
  readonly hasRoom: (caller: string) => boolean
  /** Takes a place. Each must be released. */
  readonly take: (caller: string) => void
  readonly release: (caller: string) => void
  /** The number of places taken. */
  readonly taken: () => number
}

/**
 * Of `n` callers that hold places, each may hold one `n + 1`th of them, rounded up: half of them while it is alone. So there
 * is room for one more caller at any time, however many places the others want.
 */
export const make = (places: number): FairShare => {
  const held = new Map<string, number>()
  let taken = 0
  return {
    hasRoom: (caller) => {
      const own = held.get(caller) ?? 0
      const callers = held.size + (own === 0 ? 1 : 0)
      return taken < places && own < Math.ceil(places / (callers + 1))
    },
    take: (caller) => {
      taken++
      held.set(caller, (held.get(caller) ?? 0) + 1)
    },
    release: (caller) => {
      taken--
      const own = (held.get(caller) ?? 0) - 1
      if (own > 0) held.set(caller, own)
      else held.delete(caller)
    },
    taken: () => taken
  }
}
