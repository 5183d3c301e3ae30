import { Monotonic } from "@hotspot-session/core"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { SharedStoreService } from "./shared/SharedStore.js"
import type { SharedStoreGuard } from "./shared/SharedStoreGuard.js"

/** A token bucket: holds up to `requests` tokens, and refills them evenly over `seconds`. */
export interface Settings {
  readonly requests: number
  readonly seconds: number
}

/** Whether a request is allowed, and what the caller has left. */
export interface RateLimitResult {
  readonly allowed: boolean
  /** Whole requests left. */
  readonly remaining: number
  /** Seconds until the bucket is full. */
  readonly reset: number
  /** Seconds until the next request is allowed; 0 if this one is. */
  readonly retryAfter: number
}

export interface RateLimit {
  readonly settings: Settings
  /**
   * Takes a request from the local view of the bucket, synchronously. `now` is milliseconds on a monotonic clock. Callers that
   * are not known, because the cloud has not accepted their token, cannot displace the buckets of known ones.
   */
  readonly take: (caller: string, isKnown: boolean, now: number) => RateLimitResult
  /** Takes a request from the shared bucket. Absent if there is none, as `take` is exact then. */
  readonly consume: ((caller: string, isKnown: boolean) => Effect.Effect<RateLimitResult>) | undefined
  /** Reports pending local requests to the shared store. */
  readonly flush: Effect.Effect<void>
}

export interface SharedBuckets {
  readonly buckets: SharedStoreService["buckets"]
  readonly guard: SharedStoreGuard
  /** Makes irreversible names of callers. */
  readonly digest: (caller: string) => string
  readonly fork: (effect: Effect.Effect<void>) => void
}

interface Bucket {
  /** The local view: other gateways may have taken more since it was updated. */
  tokens: number
  at: number
  /** Taken here and not reported yet. */
  pending: number
  /** Taken here and being reported. */
  inFlight: number
  /** When it was last moved to the end of the LRU order. */
  touchedAt: number
}

/** The least recently seen callers of each kind beyond this number are forgotten, and start again with a full bucket. */
const maxCallers = 10_000

/** The LRU order is updated at most once per caller in this many milliseconds, as an update costs as much as the rest. */
const touchInterval = 1_000

/** Local requests are reported after this many milliseconds. */
const flushInterval = 100

const flushConcurrency = 64

/** In seconds; recipients need not be able to parse a larger number. */
const maxSeconds = 2 ** 31 - 1

/** Seconds for a header, which must be an integer: of a fraction the next one, so that a client that obeys it is not rejected. */
const wholeSeconds = (seconds: number): number => Math.min(Math.ceil(seconds), maxSeconds)

/**
 * A token bucket for each caller.
 *
 * If gateways share buckets, each has a local view of them, which `take` uses. A view exceeds the limit by at most the
 * requests that other gateways have allowed since its last update; the excess is charged to later requests. While the
 * store is available, no caller with remaining requests is rejected: only time refills tokens, and the view takes it
 * into account.
 */
export const make = (settings: Settings, shared?: SharedBuckets): RateLimit => {
  // In LRU order. A caller stays among the known ones.
  const known = new Map<string, Bucket>()
  const unknown = new Map<string, Bucket>()
  const unreported = new Map<string, Bucket>()
  let isFlushing = false
  const perMilli = settings.requests / (settings.seconds * 1_000)
  const secondsFor = (tokens: number) => wholeSeconds(tokens / perMilli / 1_000)
  const refillRate = Duration.millis(1 / perMilli)

  const refill = (bucket: Bucket, now: number) => {
    bucket.tokens = Math.min(settings.requests, bucket.tokens + Math.max(0, now - bucket.at) * perMilli)
    bucket.at = now
  }

  const touch = (buckets: Map<string, Bucket>, caller: string, bucket: Bucket, now: number) => {
    bucket.touchedAt = now
    buckets.delete(caller)
    buckets.set(caller, bucket)
    const [oldest = ""] = buckets.keys()
    if (buckets.size > maxCallers) buckets.delete(oldest)
  }

  const bucketOf = (caller: string, isKnown: boolean, now: number): Bucket => {
    let bucket = known.get(caller)
    let buckets = known
    if (bucket === undefined) {
      bucket = unknown.get(caller)
      if (isKnown) unknown.delete(caller)
      else buckets = unknown
    }
    const isPlaced = bucket !== undefined && buckets.has(caller)
    bucket ??= { tokens: settings.requests, at: now, touchedAt: now, pending: 0, inFlight: 0 }
    if (!isPlaced || now - bucket.touchedAt >= touchInterval) touch(buckets, caller, bucket, now)
    refill(bucket, now)
    return bucket
  }

  const resultOf = ({ tokens }: Bucket, allowed: boolean): RateLimitResult => ({
    allowed,
    remaining: Math.max(0, Math.floor(tokens)),
    reset: secondsFor(settings.requests - tokens),
    retryAfter: allowed ? 0 : Math.max(1, secondsFor(1 - tokens))
  })

  /** Takes tokens from the shared bucket and updates the view; whether they were available, or the store was not. */
  const report = (
    caller: string,
    bucket: Bucket,
    count: number,
    allowOverflow: boolean,
    { digest, ...shared }: SharedBuckets
  ) =>
    Effect.suspend(() => {
      bucket.inFlight += count
      return shared.guard.run(
        "take",
        shared.buckets.tokenBucket({
          // Gateways with different limits do not share buckets.
          key: digest(`${settings.requests}/${settings.seconds} ${caller}`),
          tokens: count,
          limit: settings.requests,
          refillRate,
          allowOverflow
        })
      )
    }).pipe(
      Effect.ensuring(
        Effect.sync(() => {
          bucket.inFlight -= count
        })
      ),
      Effect.zipWith(Monotonic.currentMillis, (left, now) => {
        if (Option.isSome(left)) {
          // The store takes nothing if the bucket would overflow.
          const isTaken = allowOverflow || left.value >= 0
          bucket.tokens = left.value + (isTaken ? 0 : count) - bucket.pending - bucket.inFlight
          bucket.at = now
          return isTaken
        }
        refill(bucket, now)
        return true
      })
    )

  const flush = (shared: SharedBuckets) =>
    Effect.suspend(() => {
      const due = [...unreported]
      unreported.clear()
      return Effect.forEach(
        due,
        ([caller, bucket]) => {
          const count = bucket.pending
          bucket.pending = 0
          return report(caller, bucket, count, true, shared)
        },
        { concurrency: flushConcurrency, discard: true }
      )
    })

  const scheduleFlush = (shared: SharedBuckets) => {
    if (isFlushing) return
    isFlushing = true
    shared.fork(
      flush(shared).pipe(
        Effect.zipRight(Effect.sleep(flushInterval)),
        Effect.ensuring(
          Effect.sync(() => {
            isFlushing = false
            if (unreported.size > 0) scheduleFlush(shared)
          })
        )
      )
    )
  }

  const take = (caller: string, isKnown: boolean, now: number): RateLimitResult => {
    const bucket = bucketOf(caller, isKnown, now)
    const allowed = bucket.tokens >= 1
    if (allowed) {
      bucket.tokens--
      if (shared !== undefined) {
        if (bucket.pending++ === 0) unreported.set(caller, bucket)
        scheduleFlush(shared)
      }
    }
    return resultOf(bucket, allowed)
  }

  const consume = (caller: string, isKnown: boolean, shared: SharedBuckets) =>
    Effect.flatMap(Monotonic.currentMillis, (now) => {
      const bucket = bucketOf(caller, isKnown, now)
      if (bucket.tokens < 1) return Effect.succeed(resultOf(bucket, false))
      bucket.tokens--
      return Effect.map(report(caller, bucket, 1, false, shared), (allowed) => resultOf(bucket, allowed))
    })

  return {
    settings,
    take,
    consume: shared === undefined ? undefined : (caller, isKnown) => consume(caller, isKnown, shared),
    flush: shared === undefined ? Effect.void : flush(shared)
  }
}

export const headersOf = ({ requests, seconds }: Settings, result: RateLimitResult): Record<string, string> => ({
  "ratelimit-limit": String(requests),
  "ratelimit-remaining": String(result.remaining),
  "ratelimit-reset": String(result.reset),
  "ratelimit-policy": `${requests};w=${wholeSeconds(seconds)}`
})
