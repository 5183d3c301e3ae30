/** A map that remembers a bounded number of entries, each for a bounded time. */
export interface RecentMap<A> {
  readonly get: (key: string, now: number) => A | undefined
  /** Sets a value and starts its time again. Beyond the maximum number, the entries that were set first are dropped. */
  readonly set: (key: string, value: A, now: number) => void
  readonly size: () => number
}

/** `lifetime` and `now` are milliseconds on the same clock. */
export const make = <A>(maxEntries: number, lifetime: number): RecentMap<A> => {
  const entries = new Map<string, { readonly value: A; readonly until: number }>()
  return {
    get: (key, now) => {
      const entry = entries.get(key)
      return entry !== undefined && now < entry.until ? entry.value : undefined
    },
    set: (key, value, now) => {
      entries.delete(key)
      entries.set(key, { value, until: now + lifetime })
      for (const [oldest, { until }] of entries) {
        if (until > now && entries.size <= maxEntries) break
        entries.delete(oldest)
      }
    },
    size: () => entries.size
  }
}
