/** How many requests a caller may make in how many seconds. As many may come at once; they are given back evenly. */
export interface Settings {
  readonly requests: number
  readonly seconds: number
}

/** What became of a request, and what the caller has left. */
export interface Taken {
  readonly allowed: boolean
  /** Whole requests that are left. */
  readonly remaining: number
  /** Seconds until all are there again. */
  readonly reset: number
  /** Seconds until the next one is there; 0 where there is one. */
  readonly retryAfter: number
}

/** A limit on the requests of each caller. */
export interface RateLimit {
  readonly settings: Settings
  readonly take: (caller: string, now: number) => Taken
}

interface Bucket {
  tokens: number
  at: number
  /** When it was moved to the end of the order of use. */
  touchedAt: number
}

/** More callers than this are not kept apart from new ones: who was not seen for longest begins anew. */
const maxCallers = 10_000

/** Uses within so many milliseconds are one to the order of use: each change of the order costs as much as the rest. */
const touchEvery = 1_000

/** A limit by a bucket for each caller. */
export const make = (settings: Settings): RateLimit => {
  const buckets = new Map<string, Bucket>()
  const perMilli = settings.requests / (settings.seconds * 1_000)
  const seconds = (tokens: number) => Math.ceil(tokens / perMilli / 1_000)

  const bucketOf = (caller: string, now: number): Bucket => {
    const known = buckets.get(caller)
    if (known !== undefined && Math.abs(now - known.touchedAt) < touchEvery) return known
    const bucket = known ?? { tokens: settings.requests, at: now, touchedAt: now }
    bucket.touchedAt = now
    buckets.delete(caller)
    buckets.set(caller, bucket)
    if (buckets.size > maxCallers)
      for (const oldest of buckets.keys()) {
        buckets.delete(oldest)
        break
      }
    return bucket
  }

  return {
    settings,
    take: (caller, now) => {
      const bucket = bucketOf(caller, now)
      bucket.tokens = Math.min(settings.requests, bucket.tokens + Math.max(0, now - bucket.at) * perMilli)
      bucket.at = now
      const allowed = bucket.tokens >= 1
      if (allowed) bucket.tokens--
      return {
        allowed,
        remaining: Math.floor(bucket.tokens),
        reset: seconds(settings.requests - bucket.tokens),
        retryAfter: allowed ? 0 : Math.max(1, seconds(1 - bucket.tokens))
      }
    }
  }
}

/** The headers that tell a caller of the limit. */
export const headersOf = ({ requests, seconds }: Settings, taken: Taken): Record<string, string> => ({
  "ratelimit-limit": String(requests),
  "ratelimit-remaining": String(taken.remaining),
  "ratelimit-reset": String(taken.reset),
  "ratelimit-policy": `${requests};w=${seconds}`
})
