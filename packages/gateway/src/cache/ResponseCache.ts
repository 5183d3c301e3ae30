import { Monotonic } from "@hotspot-session/core"
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as CacheEntries from "./CacheEntries.js"
import { decide, type Lifetimes, retryDelay } from "./Freshness.js"
import type { SharedEntry, SharedResponses } from "./SharedResponses.js"
import type { StoredResponse } from "./StoredResponse.js"

/** How a response was obtained. `revalidated`: an older one was cached, but had to be fetched again first. */
export type CacheOutcome = "hit" | "miss" | "stale" | "revalidated"

export interface CacheResult {
  readonly stored: StoredResponse
  readonly outcome: CacheOutcome
}

export interface Settings<E> extends CacheEntries.Bounds {
  readonly lifetimes: Lifetimes
  /** How long a request waits for a revalidation before it is served the stale response, in milliseconds. */
  readonly maxWait: number
  /** Whether a stale response may be served instead of this failure. Any other failure removes the response. */
  readonly isOutage: (error: E) => boolean
  readonly etagOf: (body: Uint8Array) => string
  /** The second level, shared with other gateways, which is checked before fetching. Absent if there is none. */
  readonly shared?: SharedResponses | undefined
}

/** A cache that collapses concurrent requests for the same key into one fetch. Its times are those of `Monotonic`. */
export interface ResponseCache<E> {
  /**
   * The response for a key. At most one `fetch` per key is in flight; it is interrupted when the last waiting caller is,
   * unless it runs in the background. Its failure is returned to the waiting callers and not cached.
   */
  readonly get: <R>(key: string, fetch: Effect.Effect<Uint8Array, E, R>) => Effect.Effect<CacheResult, E, R>
  /** The response for a key, if it can be served without waiting and without starting a fetch. */
  readonly peek: (key: string, now: number) => CacheResult | undefined
  readonly size: () => CacheEntries.Size
  readonly stop: Effect.Effect<void>
}

interface PendingFetch<E> {
  readonly response: Deferred.Deferred<StoredResponse, E>
  waiting: number
  readonly inBackground: boolean
  fiber: Fiber.RuntimeFiber<unknown, unknown> | undefined
}

/** In memory, and behind it the responses that gateways share. */
export const make = <E>(settings: Settings<E>): ResponseCache<E> => {
  const entries = CacheEntries.make(settings)
  const fetches = new Map<string, PendingFetch<E>>()
  const lookups = new Map<string, Deferred.Deferred<void>>()
  const { shared } = settings

  /** Applies a shared entry, unless the local one is as recent. */
  const merge = (key: string, found: SharedEntry, now: number) => {
    const entry = entries.get(key)
    if (found._tag === "Invalidated") {
      if (entry !== undefined && entry.readAt <= found.at) entries.remove(key)
    } else if (entry === undefined || Math.abs(now - found.stored.readAt) < Math.abs(now - entry.readAt)) {
      entries.put(key, found.stored)
    }
  }

  /** Checks the shared store, once for all concurrent requests for a key. */
  const lookUpShared = (key: string, { get }: SharedResponses): Effect.Effect<void> =>
    Effect.uninterruptibleMask((restore) => {
      const pending = lookups.get(key)
      if (pending !== undefined) return restore(Deferred.await(pending))
      const lookup = Deferred.unsafeMake<void>(FiberId.none)
      lookups.set(key, lookup)
      return Effect.zipWith(restore(get(key)), Monotonic.currentMillis, (found, now) => {
        if (Option.isSome(found)) merge(key, found.value, now)
      }).pipe(
        // If the first caller is interrupted, the waiting ones continue with the fetch.
        Effect.ensuring(
          Effect.suspend(() => {
            lookups.delete(key)
            return Deferred.succeed(lookup, undefined)
          })
        )
      )
    })

  const publish = (send: (shared: SharedResponses) => Effect.Effect<void>) =>
    shared === undefined ? Effect.void : Effect.forkDaemon(Effect.interruptible(send(shared)))

  const recordResult = (
    key: string,
    exit: Exit.Exit<Uint8Array | StoredResponse, E>,
    now: number,
    random: number
  ): Effect.Effect<Exit.Exit<StoredResponse, E>> => {
    if (Exit.isSuccess(exit)) {
      if (!(exit.value instanceof Uint8Array)) return Effect.succeed(Exit.succeed(exit.value))
      const stored = entries.put(key, { body: exit.value, etag: settings.etagOf(exit.value), readAt: now })
      return Effect.as(
        publish(({ set }) => set(key, stored)),
        Exit.succeed(stored)
      )
    }
    const failed: Exit.Exit<never, E> = Exit.failCause(exit.cause)
    const error = Option.getOrUndefined(Cause.failureOption(exit.cause))
    const entry = entries.get(key)
    if (error === undefined || entry === undefined) return Effect.succeed(failed)
    if (settings.isOutage(error)) {
      entry.failures++
      entry.retryAt = now + retryDelay(entry.failures, random)
      return Effect.succeed(failed)
    }
    entries.remove(key)
    return Effect.as(
      publish(({ invalidate }) => invalidate(key, now)),
      failed
    )
  }

  const startFetch = <R>(
    key: string,
    fetch: Effect.Effect<Uint8Array | StoredResponse, E, R>,
    inBackground: boolean
  ): Effect.Effect<PendingFetch<E>, never, R> =>
    Effect.suspend(() => {
      const pending: PendingFetch<E> = {
        response: Deferred.unsafeMake(FiberId.none),
        waiting: 0,
        inBackground,
        fiber: undefined
      }
      fetches.set(key, pending)
      return Effect.interruptible(fetch).pipe(
        Effect.onExit((exit) =>
          Effect.zip(Monotonic.currentMillis, Random.next).pipe(
            Effect.flatMap(([now, random]) => {
              // Its last caller has left, so nothing waits for the result.
              if (fetches.get(key) !== pending) return Effect.void
              fetches.delete(key)
              return Effect.flatMap(recordResult(key, exit, now, random), (result) =>
                Deferred.done(pending.response, result)
              )
            })
          )
        ),
        // It outlives the caller that started it, as others may wait for it.
        Effect.forkDaemon,
        Effect.map((fiber) => {
          pending.fiber = fiber
          return pending
        })
      )
    })

  const leave = (key: string, pending: PendingFetch<E>) =>
    Effect.suspend(() => {
      pending.waiting--
      if (pending.waiting > 0 || pending.inBackground || fetches.get(key) !== pending) return Effect.void
      // The next caller must not join a fetch that is being interrupted.
      fetches.delete(key)
      return pending.fiber === undefined ? Effect.void : Fiber.interruptFork(pending.fiber)
    })

  /** Waits for a fetch. While a request waits, the fetch is not interrupted. */
  const join = <R>(
    key: string,
    pending: Effect.Effect<PendingFetch<E>, never, R>
  ): Effect.Effect<StoredResponse, E, R> =>
    Effect.acquireUseRelease(
      Effect.tap(pending, (pending) => {
        pending.waiting++
      }),
      (pending) => Deferred.await(pending.response),
      (pending) => leave(key, pending)
    )

  const getOrStartFetch = <R>(
    key: string,
    fetch: Effect.Effect<Uint8Array | StoredResponse, E, R>,
    inBackground: boolean
  ) =>
    Effect.suspend(() => {
      const pending = fetches.get(key)
      return pending === undefined ? startFetch(key, fetch, inBackground) : Effect.succeed(pending)
    })

  const revalidate = <R>(key: string, entry: CacheEntries.Entry, fetch: Effect.Effect<Uint8Array, E, R>) =>
    join(key, getOrStartFetch(key, fetch, true)).pipe(
      Effect.map((stored): CacheResult => ({ stored, outcome: "revalidated" })),
      Effect.catchIf(settings.isOutage, () => Effect.succeed<CacheResult>({ stored: entry, outcome: "stale" })),
      Effect.timeoutTo({
        duration: Duration.millis(settings.maxWait),
        onSuccess: (result: CacheResult) => result,
        onTimeout: (): CacheResult => ({ stored: entry, outcome: "stale" })
      })
    )

  /** Fetches, unless another gateway has done so recently. */
  const fetchUnlessShared = <R>(
    key: string,
    fetch: Effect.Effect<Uint8Array, E, R>
  ): Effect.Effect<Uint8Array | StoredResponse, E, R> =>
    shared === undefined
      ? fetch
      : Effect.zipRight(lookUpShared(key, shared), Monotonic.currentMillis).pipe(
          Effect.flatMap((now): Effect.Effect<Uint8Array | StoredResponse, E, R> => {
            const entry = entries.get(key)
            return entry !== undefined && decide(settings.lifetimes, entry, now, false) === "hit"
              ? Effect.succeed(entry)
              : fetch
          })
        )

  const look = (key: string, now: number) => {
    const entry = entries.get(key)
    if (entry !== undefined) entries.touch(key, entry, now)
    return { entry, decision: decide(settings.lifetimes, entry, now, fetches.has(key)) }
  }

  const peek = (key: string, now: number): CacheResult | undefined => {
    const { decision, entry } = look(key, now)
    // Other gateways may know that a stale response must not be served any more.
    return entry !== undefined && (decision === "hit" || (decision === "stale" && shared === undefined))
      ? { stored: entry, outcome: decision }
      : undefined
  }

  const getAt = <R>(
    key: string,
    fetch: Effect.Effect<Uint8Array, E, R>,
    now: number,
    isSharedChecked: boolean
  ): Effect.Effect<CacheResult, E, R> => {
    const { decision, entry } = look(key, now)
    const mustWait = decision === "fetch" || decision === "revalidate"
    if (mustWait && !fetches.has(key) && !isSharedChecked && shared !== undefined) {
      return Effect.zipRight(lookUpShared(key, shared), Monotonic.currentMillis).pipe(
        Effect.flatMap((now) => getAt(key, fetch, now, true))
      )
    }
    if (entry === undefined || decision === "fetch") {
      return Effect.map(join(key, getOrStartFetch(key, fetch, false)), (stored) => ({ stored, outcome: "miss" }))
    }
    if (decision === "revalidate") return revalidate(key, entry, fetch)
    const result: CacheResult = { stored: entry, outcome: decision === "hit" ? "hit" : "stale" }
    if (decision !== "refresh") return Effect.succeed(result)
    const refresh = isSharedChecked ? fetch : fetchUnlessShared(key, fetch)
    return Effect.as(Effect.uninterruptible(getOrStartFetch(key, refresh, true)), result)
  }

  return {
    get: (key, fetch) => Effect.flatMap(Monotonic.currentMillis, (now) => getAt(key, fetch, now, false)),
    peek,
    size: entries.size,
    stop: Effect.suspend(() => {
      const fibers = [...fetches.values()].flatMap(({ fiber }) => (fiber === undefined ? [] : [fiber]))
      return Fiber.interruptAll(fibers)
    })
  }
}
