import type { HotspotSession } from "@hotspot-session/client"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"

/**
 * Requests that do not have to wait for each other.
 *
 * @category models
 * @since 0.1.0
 */
export interface BurstRequests {
  /** Sends them. */
  readonly client: HotspotSession.Service
  /** Whether a pause has begun since, so that a request has waited or would have to. */
  readonly isPaused: () => boolean
  /** How many are left. */
  readonly remaining: () => number
}

/**
 * Runs an effect whose requests, up to so many, do not have to wait for each other: what one has read is still so when the
 * next one writes.
 *
 * @category models
 * @since 0.1.0
 */
export type Burst = <A, E, R>(
  requests: number,
  use: (burst: BurstRequests) => Effect.Effect<A, E, R>
) => Effect.Effect<A, E, R>

/**
 * How a project is reached.
 *
 * @category models
 * @since 0.1.0
 */
export interface Connection {
  readonly client: HotspotSession.Service
  readonly projectId: string
  /**
   * What differs from the client's settings, such as the region, the endpoint and the credentials: one client can serve all
   * targets.
   */
  readonly options?: HotspotSession.CallOptions | undefined
  /** Bursts of requests, if `client` has a pace: `makeRequestPace` makes them. Default: no request has to wait. */
  readonly burst?: Burst | undefined
}

/**
 * The result of a target, or its error.
 *
 * @category models
 * @since 0.1.0
 */
export type TargetResult<Target, C extends Connection, A, E> =
  | { readonly target: Target; readonly connection: C; readonly value: A }
  /** The connection is absent if the target could not be resolved. */
  | { readonly target: Target; readonly connection: C | undefined; readonly error: E }

/** What becomes of a target. Never fails. */
const resultsOf =
  <Target, C extends Connection, A, E, E2, R, R2>(
    connect: (target: Target) => Effect.Effect<C, E, R>,
    use: (connection: C, target: Target) => Effect.Effect<A, E2, R2>
  ) =>
  (target: Target): Effect.Effect<TargetResult<Target, C, A, E | E2>, never, R | R2> => {
    type Result = TargetResult<Target, C, A, E | E2>
    return Effect.matchEffect(connect(target), {
      onFailure: (error) => Effect.succeed<Result>({ target, connection: undefined, error }),
      onSuccess: (connection) =>
        Effect.match(use(connection, target), {
          onFailure: (error): Result => ({ target, connection, error }),
          onSuccess: (value): Result => ({ target, connection, value })
        })
    })
  }

/**
 * Runs an effect for each of several targets, `parallel` at a time, with the results in the order of the targets. A target
 * that fails does not affect the others; its error is its result.
 *
 * `connect` resolves a target: it finds the project and the client.
 *
 * @category operations
 * @since 0.1.0
 */
export const eachTarget = <Target, C extends Connection, A, E, E2, R, R2>(
  targets: Iterable<Target>,
  connect: (target: Target) => Effect.Effect<C, E, R>,
  use: (connection: C, target: Target) => Effect.Effect<A, E2, R2>,
  parallel: number
): Stream.Stream<TargetResult<Target, C, A, E | E2>, never, R | R2> =>
  Stream.mapEffect(Stream.fromIterable(targets), resultsOf(connect, use), { concurrency: parallel })

/**
 * Like `eachTarget`, but gives each result to `handle`, one at a time and in the order of the targets. For many targets,
 * because it takes a fraction of the time of a stream. A target that takes long holds up the results of those after it, not
 * their reading.
 *
 * @category operations
 * @since 0.1.0
 */
export const forEachTarget = <Target, C extends Connection, A, E, E2, E3, R, R2, R3>(
  targets: Iterable<Target>,
  connect: (target: Target) => Effect.Effect<C, E, R>,
  use: (connection: C, target: Target) => Effect.Effect<A, E2, R2>,
  parallel: number,
  handle: (result: TargetResult<Target, C, A, E | E2>) => Effect.Effect<void, E3, R3>
): Effect.Effect<void, E3, R | R2 | R3> =>
  Effect.suspend(() => {
    const resultOf = resultsOf(connect, use)
    const waiting = new Map<number, TargetResult<Target, C, A, E | E2>>()
    let next = 0
    const handleNext: Effect.Effect<void, E3, R3> = Effect.suspend(() => {
      const result = waiting.get(next)
      if (result === undefined) return Effect.void
      waiting.delete(next)
      next++
      return Effect.zipRight(handle(result), handleNext)
    })
    const inTurn = Effect.unsafeMakeSemaphore(1).withPermits(1)(handleNext)
    const all = Array.from(targets)
    const remaining = all.entries()
    // A fiber for each of the targets would cost more than what it does for one.
    const lane: Effect.Effect<void, E3, R | R2 | R3> = Effect.suspend(() => {
      const { done, value } = remaining.next()
      if (done) return Effect.void
      const [index, target] = value
      return Effect.flatMap(resultOf(target), (result) => {
        waiting.set(index, result)
        return index === next ? Effect.zipRight(inTurn, lane) : lane
      })
    })
    // A number that is none, or less than 1, is one at a time.
    const lanes = Math.min(all.length, Math.max(1, parallel || 1))
    return Effect.replicateEffect(lane, lanes, { concurrency: "unbounded", discard: true })
  })
