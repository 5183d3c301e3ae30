import { HotspotSession, RetryPolicy } from "@hotspot-session/client"
import type { CallError } from "@hotspot-session/client/Core"
import { Monotonic, Setting } from "@hotspot-session/core"
import type { ConfigError } from "effect/ConfigError"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { Burst } from "./EachTarget.js"
import { pauseAfter } from "./Rejection.js"

/**
 * The settings of `makeRequestPace`.
 *
 * @category models
 * @since 0.1.0
 */
export interface RequestPaceOptions {
  /** The largest number of requests in any minute, from 1 to 1,000,000. Default: unlimited. */
  readonly perMinute?: number | undefined
  /** How failed attempts are retried. Default: `RetryPolicy.make()`. */
  readonly retry?: RetryPolicy.RetryPolicy | undefined
}

/**
 * What all requests of a fleet share, because the service counts them together: a rate, and the time until which a 429 asks
 * to wait.
 *
 * @category models
 * @since 0.1.0
 */
export interface RequestPace {
  /** The retry policy of the client. It notices the 429s. */
  readonly retry: RetryPolicy.RetryPolicy
  /**
   * A client whose calls wait until they may be sent, each page and each 1000 users being one. This wait does not count
   * towards the time limit of a call; that of a retry does. Uses only `call` of the given client.
   */
  readonly paced: (client: HotspotSession.Service) => HotspotSession.Service
  /**
   * Bursts of such a client, for `Connection`: they wait until all of their requests may be sent, at most `perMinute` of them.
   */
  readonly bursts: (client: HotspotSession.Service) => Burst
}

/** In milliseconds. */
const minute = 60_000

/** A time is kept for each request of a minute. */
const maxPerMinute = 1_000_000

/**
 * When a request is at most the `perMinute`-th of any minute, because when the service's minutes begin is not documented.
 * Nothing is reserved for a request before it is sent, because a pause may come first; what is reserved for a burst moves to
 * the time of its request.
 */
const makeSlots = (perMinute: number) => {
  /** When the last requests started: the oldest is overwritten next. */
  const starts: Array<number> = Array(perMinute).fill(Number.NEGATIVE_INFINITY)
  let next = 0
  return {
    /** From when on that many may be sent at once. */
    nextAt: (count: number) => {
      let latest = Number.NEGATIVE_INFINITY
      for (let index = 0; index < count; index++) latest = Math.max(latest, starts[(next + index) % perMinute] ?? 0)
      return latest + minute
    },
    /** Returns how to move the slots, one after the other, to a later time: `false` if they are those of others by then. */
    take: (now: number, count: number) => {
      let taken = next
      for (let index = 0; index < count; index++) {
        starts[next] = now
        next = (next + 1) % perMinute
      }
      return (later: number): boolean => {
        if (later >= now + minute) return false
        starts[taken] = later
        taken = (taken + 1) % perMinute
        return true
      }
    }
  }
}

/** Slots that are taken. */
interface Taken {
  /** 0, or how long it would take if it is too late. */
  readonly left: number
  readonly move: (later: number) => boolean
}

/** Of an unlimited rate. */
const noSlots: ReturnType<typeof makeSlots> = { nextAt: () => 0, take: () => () => true }

/**
 * Makes a pace: at most so many requests are sent in a minute, and one 429 stops all of them for as long as its
 * `Retry-After` says, at most a minute.
 *
 * Fails with a `ConfigError` if `perMinute` is out of range.
 *
 * @example
 * ```ts
 * import { HotspotSession } from "@hotspot-session/client"
 * import { makeRequestPace } from "@hotspot-session/fleet"
 * import { Effect } from "effect"
 *
 * const client = Effect.gen(function* () {
 *   const pace = yield* makeRequestPace({ perMinute: 100 })
 *   return pace.paced(yield* HotspotSession.make({ region: "ap-southeast-1", retry: pace.retry }))
 * })
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const makeRequestPace = Effect.fnUntraced(function* (
  options: RequestPaceOptions = {}
): Effect.fn.Return<RequestPace, ConfigError> {
  const { perMinute, retry = RetryPolicy.make() } = options
  const slots =
    perMinute === undefined
      ? noSlots
      : makeSlots(yield* Setting.integer("perMinute", perMinute, 1, { min: 1, max: maxPerMinute }))
  let pausedUntil = 0
  const pause = (error: CallError) =>
    Effect.map(Monotonic.currentMillis, (now) => {
      if (error._tag !== "TooManyRequests") return
      pausedUntil = Math.max(pausedUntil, now + Duration.toMillis(pauseAfter(error)))
    })
  /**
   * Takes the slots of requests once all may be sent. If that is not before the deadline, returns at once how long it would
   * take. In the meantime, a 429 may prolong the pause, and a retry may take a slot.
   */
  const takeSlots = (count: number, notBefore = 0, deadline = Number.POSITIVE_INFINITY): Effect.Effect<Taken> =>
    Effect.flatMap(Monotonic.currentMillis, (now) => {
      const readyAt = Math.max(pausedUntil, slots.nextAt(count), notBefore)
      if (readyAt >= deadline) return Effect.succeed({ left: Math.max(0, readyAt - now), move: () => false })
      if (now < readyAt) return Effect.zipRight(Effect.sleep(readyAt - now), takeSlots(count, notBefore, deadline))
      return Effect.succeed({ left: 0, move: slots.take(now, count) })
    })
  const inOrder = Effect.unsafeMakeSemaphore(1).withPermits(1)
  /** First attempts wait in the order in which they came. Retries, whose time is limited, wait beside them. */
  const turn = (count: number) => inOrder(takeSlots(count))
  /** Takes the slot of a retry when it is sent, not before its delay, in whole milliseconds as timers have them. */
  const whenReady = (
    decision: RetryPolicy.Decision,
    remaining = Duration.infinity
  ): Effect.Effect<RetryPolicy.Decision> =>
    decision._tag === "Stop"
      ? Effect.succeed(decision)
      : Effect.flatMap(Monotonic.currentMillis, (now) =>
          Effect.map(
            takeSlots(1, now + Math.ceil(Duration.toMillis(decision.delay)), now + Duration.toMillis(remaining)),
            ({ left }): RetryPolicy.Decision => ({ _tag: "Retry", delay: Duration.millis(left) })
          )
        )
  return {
    retry: {
      decide: (failure) =>
        Effect.flatMap(Effect.zipRight(pause(failure.error), retry.decide(failure)), (decision) =>
          whenReady(decision, failure.remaining)
        )
    },
    paced: (client) =>
      HotspotSession.fromCall((operation, input, options) =>
        Effect.zipRight(turn(1), client.call(operation, input, options))
      ),
    bursts: (client) => (requests, use) =>
      Effect.suspend(() => {
        const reserved = Math.min(requests, perMinute ?? requests)
        return Effect.flatMap(turn(reserved), ({ move }) => {
          const pauseBefore = pausedUntil
          let remaining = reserved
          const takeReserved = Effect.map(Monotonic.currentMillis, (now) => remaining-- > 0 && move(now))
          return use({
            client: HotspotSession.fromCall((operation, input, options) =>
              takeSlots(0).pipe(
                Effect.zipRight(takeReserved),
                Effect.flatMap((isTaken) => (isTaken ? Effect.void : turn(1))),
                Effect.zipRight(client.call(operation, input, options))
              )
            ),
            isPaused: () => pausedUntil > pauseBefore,
            remaining: () => Math.max(0, remaining)
          })
        })
      })
  }
})
