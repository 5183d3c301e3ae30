import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Guard } from "../shared/Guard.js"
import type { SharedStoreService } from "../shared/SharedStore.js"

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
  /** Takes one by what is known here, at once. */
  readonly take: (caller: string, now: number) => Taken
  /** Takes one by what all gateways know, where there are others. */
  readonly consume: (caller: string) => Effect.Effect<Taken>
  /** Tells the other gateways what was taken and not told yet. */
  readonly settle: Effect.Effect<void>
}

/** What gateways count in together. */
export interface Shared {
  readonly buckets: SharedStoreService["buckets"]
  readonly guard: Guard
  /** Names of callers that cannot be turned back. */
  readonly digest: (caller: string) => string
  /** Runs what nobody waits for. */
  readonly fork: (effect: Effect.Effect<void>) => void
}

interface Bucket {
  /** What is left, as far as it is known here: others may have taken more since, and nobody has given any back. */
  tokens: number
  at: number
  /** What was taken here and the others do not know of. */
  untold: number
  /** What was taken here and the others are being told of. */
  telling: number
  /** When it was moved to the end of the order of use. */
  touchedAt: number
}

/** More callers than this are not kept apart from new ones: who was not seen for longest begins anew. */
const maxCallers = 10_000

/** Uses within so many milliseconds are one to the order of use: each change of the order costs as much as the rest. */
const touchEvery = 1_000

/** How long what was taken may be unknown to the others, in milliseconds. */
const settleEvery = 100

/** Buckets that are settled at the same time. */
const settlesAtOnce = 64

/**
 * A limit by a bucket for each caller.
 *
 * Where gateways share their buckets each has a view of them, which `take` decides by: it lets through at most what the
 * others have taken since the view was settled, and that is paid back. While the store is there nobody is refused who has
 * requests left, as only time gives any back, and the view knows that as well.
 */
export const make = (settings: Settings, shared?: Shared): RateLimit => {
  const buckets = new Map<string, Bucket>()
  const unsettled = new Map<string, Bucket>()
  let isSettling = false
  const perMilli = settings.requests / (settings.seconds * 1_000)
  const seconds = (tokens: number) => Math.ceil(tokens / perMilli / 1_000)
  const refillRate = Duration.millis(1 / perMilli)

  const refill = (bucket: Bucket, now: number) => {
    bucket.tokens = Math.min(settings.requests, bucket.tokens + Math.max(0, now - bucket.at) * perMilli)
    bucket.at = now
  }

  const touch = (caller: string, bucket: Bucket, now: number) => {
    bucket.touchedAt = now
    buckets.delete(caller)
    buckets.set(caller, bucket)
    if (buckets.size <= maxCallers) return
    for (const oldest of buckets.keys()) {
      buckets.delete(oldest)
      break
    }
  }

  const bucketOf = (caller: string, now: number): Bucket => {
    const known = buckets.get(caller)
    const bucket = known ?? { tokens: settings.requests, at: now, touchedAt: now, untold: 0, telling: 0 }
    if (known === undefined || Math.abs(now - known.touchedAt) >= touchEvery) touch(caller, bucket, now)
    refill(bucket, now)
    return bucket
  }

  const takenOf = ({ tokens }: Bucket, allowed: boolean): Taken => ({
    allowed,
    remaining: Math.max(0, Math.floor(tokens)),
    reset: seconds(settings.requests - tokens),
    retryAfter: allowed ? 0 : Math.max(1, seconds(1 - tokens))
  })

  /** Takes some from the bucket of all, and corrects the view. Nothing where it cannot be told. */
  const tell = (caller: string, bucket: Bucket, count: number, allowOverflow: boolean, { digest, ...shared }: Shared) =>
    Effect.suspend(() => {
      bucket.telling += count
      return shared.guard.run(
        "take",
        shared.buckets.tokenBucket({
          // Gateways with other limits count apart.
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
          bucket.telling -= count
        })
      ),
      Effect.zipWith(Clock.currentTimeMillis, (left, now) => {
        if (Option.isSome(left)) {
          // What was too much to take was not taken.
          const isTaken = allowOverflow || left.value >= 0
          bucket.tokens = left.value + (isTaken ? 0 : count) - bucket.untold - bucket.telling
          bucket.at = now
          return isTaken
        }
        refill(bucket, now)
        return true
      })
    )

  const settle = (shared: Shared) =>
    Effect.suspend(() => {
      const due = [...unsettled]
      unsettled.clear()
      return Effect.forEach(
        due,
        ([caller, bucket]) => {
          const count = bucket.untold
          bucket.untold = 0
          return tell(caller, bucket, count, true, shared)
        },
        { concurrency: settlesAtOnce, discard: true }
      )
    })

  const settleSoon = (shared: Shared) => {
    if (isSettling) return
    isSettling = true
    shared.fork(
      settle(shared).pipe(
        Effect.zipRight(Effect.sleep(settleEvery)),
        Effect.ensuring(
          Effect.sync(() => {
            isSettling = false
            if (unsettled.size > 0) settleSoon(shared)
          })
        )
      )
    )
  }

  const take = (caller: string, now: number): Taken => {
    const bucket = bucketOf(caller, now)
    const allowed = bucket.tokens >= 1
    if (allowed) {
      bucket.tokens--
      if (shared !== undefined) {
        if (bucket.untold++ === 0) unsettled.set(caller, bucket)
        settleSoon(shared)
      }
    }
    return takenOf(bucket, allowed)
  }

  return {
    settings,
    take,
    consume: (caller) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        if (shared === undefined) return Effect.succeed(take(caller, now))
        const bucket = bucketOf(caller, now)
        if (bucket.tokens < 1) return Effect.succeed(takenOf(bucket, false))
        bucket.tokens--
        return Effect.map(tell(caller, bucket, 1, false, shared), (allowed) => takenOf(bucket, allowed))
      }),
    settle: shared === undefined ? Effect.void : settle(shared)
  }
}

/** The headers that tell a caller of the limit. */
export const headersOf = ({ requests, seconds }: Settings, taken: Taken): Record<string, string> => ({
  "ratelimit-limit": String(requests),
  "ratelimit-remaining": String(taken.remaining),
  "ratelimit-reset": String(taken.reset),
  "ratelimit-policy": `${requests};w=${seconds}`
})
