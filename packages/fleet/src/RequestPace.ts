import { type HotspotSession, Operations, paged, RetryPolicy } from "@hotspot-session/client"
import type { CallError } from "@hotspot-session/client/Core"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

/**
 * The settings of `makeRequestPace`.
 *
 * @category models
 * @since 0.1.0
 */
export interface RequestPaceOptions {
  /** The largest number of requests in any minute. Default: unlimited. */
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
   * A client whose calls wait until they may be sent. This wait does not count towards the time limit of a call; that of a
   * retry does.
   */
  readonly paced: (client: HotspotSession.Service) => HotspotSession.Service
}

/** In milliseconds. */
const minute = 60_000

/** The longest wait that a single 429 causes, in milliseconds, as for a call of the client. */
const maxPause = minute

/** How long a 429 without `Retry-After` stops all others, in milliseconds. */
const defaultPause = 1_000

/**
 * When a request is at most the `perMinute`-th of any minute, because nobody says when the service's begin. Nothing is
 * reserved before it is sent, because a pause may come first.
 */
const makeSlots = (perMinute: number) => {
  /** When the last requests started: the oldest is overwritten next. */
  const starts: Array<number> = Array(perMinute).fill(Number.NEGATIVE_INFINITY)
  let next = 0
  return {
    nextAt: () => (starts[next] ?? 0) + minute,
    take: (now: number) => {
      starts[next] = now
      next = (next + 1) % perMinute
    }
  }
}

/** Of an unlimited rate. */
const noSlots: ReturnType<typeof makeSlots> = { nextAt: () => 0, take: () => {} }

/**
 * Makes a pace: at most so many requests are sent in a minute, and one 429 stops all of them for as long as its
 * `Retry-After` says, at most a minute.
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
export const makeRequestPace = ({
  perMinute,
  retry = RetryPolicy.make()
}: RequestPaceOptions = {}): Effect.Effect<RequestPace> =>
  Effect.sync(() => {
    const slots = perMinute === undefined ? noSlots : makeSlots(perMinute)
    let pausedUntil = 0
    const pause = (error: CallError) =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        if (error._tag !== "TooManyRequests") return
        const asked = error.retry_after === undefined ? defaultPause : Duration.toMillis(error.retry_after)
        pausedUntil = Math.max(pausedUntil, now + Math.min(asked, maxPause))
      })
    const ready: Effect.Effect<void> = Effect.flatMap(Clock.currentTimeMillis, (now) => {
      const readyAt = Math.max(pausedUntil, slots.nextAt())
      // In the meantime, a 429 may prolong the pause, and a retry may take the slot.
      if (now < readyAt) return Effect.zipRight(Effect.sleep(readyAt - now), ready)
      slots.take(now)
      return Effect.void
    })
    /** First attempts wait in the order in which they came. Retries, whose time is limited, wait beside them. */
    const turn = Effect.unsafeMakeSemaphore(1).withPermits(1)(ready)
    /** Takes the slot of a retry when it is sent, not before its delay. */
    const whenReady = (decision: RetryPolicy.Decision): Effect.Effect<RetryPolicy.Decision> =>
      decision._tag === "Stop" || perMinute === undefined
        ? Effect.succeed(decision)
        : Effect.as(Effect.delay(ready, decision.delay), { _tag: "Retry", delay: Duration.zero })
    const inTurn =
      <Input, A, E>(call: (input: Input, options?: HotspotSession.CallOptions) => Effect.Effect<A, E>) =>
      (input: Input, options?: HotspotSession.CallOptions): Effect.Effect<A, E> =>
        Effect.zipRight(turn, call(input, options))
    return {
      retry: {
        decide: (failure) => Effect.flatMap(Effect.zipRight(pause(failure.error), retry.decide(failure)), whenReady)
      },
      paced: (client) => ({
        listHotspotSessionConfig: paged(Operations.listHotspotSessionConfig, inTurn(client.listHotspotSessionConfig)),
        listNonMigrationUsers: paged(Operations.listNonMigrationUsers, inTurn(client.listNonMigrationUsers)),
        createHotspotSessionConfig: inTurn(client.createHotspotSessionConfig),
        updateHotspotSessionConfig: inTurn(client.updateHotspotSessionConfig),
        updateNonMigrationUsers: inTurn(client.updateNonMigrationUsers),
        call: (operation, input, options) => Effect.zipRight(turn, client.call(operation, input, options))
      })
    }
  })
