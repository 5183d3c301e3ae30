import type { StoredResponse } from "./StoredResponse.js"

export interface Bounds {
  readonly maxEntries: number
  /** Includes keys and an estimate of the overhead. */
  readonly maxBytes: number
}

/** The current size of a cache, and the number of evictions since it was created. */
export interface Size {
  readonly entries: number
  readonly bytes: number
  readonly evictions: number
}

export interface Entry extends StoredResponse {
  readonly size: number
  /** When it was last moved to the end of the LRU order. */
  touchedAt: number
  failures: number
  retryAt: number
}

/** The responses in memory, of which the least recently used are evicted. */
export interface CacheEntries {
  readonly get: (key: string) => Entry | undefined
  /** Keeps a response, unless it is too large. */
  readonly put: (key: string, stored: StoredResponse) => Entry
  readonly remove: (key: string) => void
  /** Marks an entry as used. */
  readonly touch: (key: string, entry: Entry, now: number) => void
  readonly size: () => Size
}

/** Estimated overhead of an entry in bytes: its map slot and objects. */
const overhead = 512

/** The LRU order is updated at most once per entry in this many milliseconds, as an update costs as much as a look-up. */
const touchInterval = 1_000

export const make = ({ maxBytes, maxEntries }: Bounds): CacheEntries => {
  // In LRU order.
  const entries = new Map<string, Entry>()
  let bytes = 0
  let evictions = 0

  const remove = (key: string) => {
    const entry = entries.get(key)
    if (entry === undefined) return
    entries.delete(key)
    bytes -= entry.size
  }

  const put = (key: string, { body, etag, readAt }: StoredResponse): Entry => {
    remove(key)
    const size = body.byteLength + 2 * key.length + overhead
    const entry: Entry = { body, etag, readAt, size, touchedAt: readAt, failures: 0, retryAt: 0 }
    if (size > maxBytes) return entry
    entries.set(key, entry)
    bytes += size
    for (const oldest of entries.keys()) {
      if (entries.size <= maxEntries && bytes <= maxBytes) break
      remove(oldest)
      evictions++
    }
    return entry
  }

  const touch = (key: string, entry: Entry, now: number) => {
    if (now - entry.touchedAt < touchInterval) return
    entry.touchedAt = now
    entries.delete(key)
    entries.set(key, entry)
  }

  return {
    get: (key) => entries.get(key),
    put,
    remove,
    touch,
    size: () => ({ entries: entries.size, bytes, evictions })
  }
}
