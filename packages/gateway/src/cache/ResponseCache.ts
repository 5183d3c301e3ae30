import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import { decide, retryAfterFailure, type Spans } from "./Freshness.js"
import type { Found, SharedAnswers } from "./SharedAnswers.js"
import type { Stored } from "./Stored.js"

/** How an answer came about. `revalidated`: something older was kept, and the cloud was asked first. */
export type Outcome = "hit" | "miss" | "stale" | "revalidated"

/** An answer, and how it came about. */
export interface Served {
  readonly stored: Stored
  readonly outcome: Outcome
}

/** What is in a cache at present, and what was thrown out for want of room since it was made. */
export interface Size {
  readonly entries: number
  readonly bytes: number
  readonly evictions: number
}

/** The settings of a cache. */
export interface Settings<E> {
  readonly spans: Spans
  /** The most answers that are kept. */
  readonly maxEntries: number
  /** The most bytes that are kept, keys and a guess at the overhead included. */
  readonly maxBytes: number
  /** How long a caller waits for the cloud, in milliseconds, where there is something old to serve. */
  readonly patience: number
  /** Whether a failure is one that something old may be served instead of. Any other one throws it away. */
  readonly isOutage: (error: E) => boolean
  readonly etagOf: (body: Uint8Array) => string
  /** What other gateways keep, which is looked at before the cloud is asked. Absent where there are none. */
  readonly shared?: SharedAnswers | undefined
}

/** Keeps answers, so that the cloud is asked once for all who want the same at the same time, and not each time. */
export interface ResponseCache<E> {
  /**
   * The answer under a key. Where the cloud is to be asked, one `fetch` runs for all callers of the key, and ends when the
   * last of them goes away, unless it runs in the background. Its failure is given to those who wait for it and not kept.
   */
  readonly get: <R>(key: string, fetch: Effect.Effect<Uint8Array, E, R>) => Effect.Effect<Served, E, R>
  /** The answer under a key, where serving it is all that there is to do at this time. */
  readonly peek: (key: string, now: number) => Served | undefined
  readonly size: () => Size
  /** Ends every `fetch` that is under way. */
  readonly stop: Effect.Effect<void>
}

interface Entry extends Stored {
  readonly size: number
  /** Epoch milliseconds of its place in the order of use. */
  touchedAt: number
  failures: number
  retryAt: number
}

interface Flight<E> {
  readonly answer: Deferred.Deferred<Stored, E>
  /** How many wait for it. */
  waiting: number
  readonly inBackground: boolean
  fiber: Fiber.RuntimeFiber<unknown, unknown> | undefined
}

/** Map's and object's share of an entry, roughly. */
const overhead = 512

/** To the order of use, uses within so many milliseconds are one: each change of the order costs as much as the look-up. */
const touchEvery = 1_000

/** A cache in memory, bounded by entries and bytes; what was used least recently goes first. */
export const make = <E>(settings: Settings<E>): ResponseCache<E> => {
  // In the order of their last use.
  const entries = new Map<string, Entry>()
  const flights = new Map<string, Flight<E>>()
  const lookups = new Map<string, Deferred.Deferred<void>>()
  const { shared } = settings
  let bytes = 0
  let evictions = 0

  const drop = (key: string) => {
    const entry = entries.get(key)
    if (entry === undefined) return
    entries.delete(key)
    bytes -= entry.size
  }

  const put = (key: string, { body, etag, readAt }: Stored): Stored => {
    drop(key)
    const size = body.byteLength + 2 * key.length + overhead
    const entry: Entry = { body, etag, readAt, size, touchedAt: readAt, failures: 0, retryAt: 0 }
    if (size > settings.maxBytes) return entry
    entries.set(key, entry)
    bytes += size
    for (const oldest of entries.keys()) {
      if (entries.size <= settings.maxEntries && bytes <= settings.maxBytes) break
      drop(oldest)
      evictions++
    }
    return entry
  }

  /** Takes over what another gateway knows, unless what is kept here is as new. */
  const adopt = (key: string, found: Found, now: number) => {
    const entry = entries.get(key)
    if (found._tag === "Ended") {
      if (entry !== undefined && entry.readAt <= found.at) drop(key)
    } else if (entry === undefined || Math.abs(now - found.stored.readAt) < Math.abs(now - entry.readAt)) {
      put(key, found.stored)
    }
  }

  /** Looks at what other gateways have, once for all who want to know it at the same time. */
  const look = (key: string, { find }: SharedAnswers): Effect.Effect<void> =>
    Effect.uninterruptibleMask((restore) => {
      const before = lookups.get(key)
      if (before !== undefined) return restore(Deferred.await(before))
      const lookup = Deferred.unsafeMake<void>(FiberId.none)
      lookups.set(key, lookup)
      return Effect.zipWith(restore(find(key)), Clock.currentTimeMillis, (found, now) => {
        if (Option.isSome(found)) adopt(key, found.value, now)
      }).pipe(
        // Who waits for it is not told that somebody else has gone away, and asks the cloud.
        Effect.ensuring(
          Effect.suspend(() => {
            lookups.delete(key)
            return Deferred.succeed(lookup, undefined)
          })
        )
      )
    })

  /** Tells the other gateways, whom nobody waits for. */
  const publish = (tell: (shared: SharedAnswers) => Effect.Effect<void>) =>
    shared === undefined ? Effect.void : Effect.forkDaemon(Effect.interruptible(tell(shared)))

  const touch = (key: string, entry: Entry, now: number) => {
    if (Math.abs(now - entry.touchedAt) < touchEvery) return
    entry.touchedAt = now
    entries.delete(key)
    entries.set(key, entry)
  }

  const settle = (
    key: string,
    exit: Exit.Exit<Uint8Array | Stored, E>,
    now: number,
    random: number
  ): Effect.Effect<Exit.Exit<Stored, E>> => {
    if (Exit.isSuccess(exit)) {
      if (!(exit.value instanceof Uint8Array)) return Effect.succeed(Exit.succeed(exit.value))
      const stored = put(key, { body: exit.value, etag: settings.etagOf(exit.value), readAt: now })
      return Effect.as(
        publish(({ keep }) => keep(key, stored)),
        Exit.succeed(stored)
      )
    }
    const settled: Exit.Exit<never, E> = Exit.failCause(exit.cause)
    const error = Option.getOrUndefined(Cause.failureOption(exit.cause))
    const entry = entries.get(key)
    if (error === undefined || entry === undefined) return Effect.succeed(settled)
    if (settings.isOutage(error)) {
      entry.failures++
      entry.retryAt = now + retryAfterFailure(entry.failures, random)
      return Effect.succeed(settled)
    }
    drop(key)
    return Effect.as(
      publish(({ end }) => end(key, now)),
      settled
    )
  }

  const ask = <R>(
    key: string,
    fetch: Effect.Effect<Uint8Array | Stored, E, R>,
    inBackground: boolean
  ): Effect.Effect<Flight<E>, never, R> =>
    Effect.suspend(() => {
      const flight: Flight<E> = {
        answer: Deferred.unsafeMake(FiberId.none),
        waiting: 0,
        inBackground,
        fiber: undefined
      }
      flights.set(key, flight)
      return Effect.interruptible(fetch).pipe(
        Effect.onExit((exit) =>
          Effect.zip(Clock.currentTimeMillis, Random.next).pipe(
            Effect.flatMap(([now, random]) => {
              if (flights.get(key) !== flight) return Effect.succeed(exit as Exit.Exit<never, E>)
              flights.delete(key)
              return settle(key, exit, now, random)
            }),
            Effect.flatMap((settled) => Deferred.done(flight.answer, settled))
          )
        ),
        // It belongs to all who wait for it, and not to who came first.
        Effect.forkDaemon,
        Effect.map((fiber) => {
          flight.fiber = fiber
          return flight
        })
      )
    })

  const leave = (key: string, flight: Flight<E>) =>
    Effect.suspend(() => {
      flight.waiting--
      if (flight.waiting > 0 || flight.inBackground || flights.get(key) !== flight) return Effect.void
      // Who comes next shall not wait for what is being given up.
      flights.delete(key)
      return flight.fiber === undefined ? Effect.void : Fiber.interruptFork(flight.fiber)
    })

  /** Waits for a flight, of which it is one of those that keep it going. */
  const join = <R>(key: string, flight: Effect.Effect<Flight<E>, never, R>): Effect.Effect<Stored, E, R> =>
    Effect.acquireUseRelease(
      Effect.tap(flight, (flight) => {
        flight.waiting++
      }),
      (flight) => Deferred.await(flight.answer),
      (flight) => leave(key, flight)
    )

  const flightOf = <R>(key: string, fetch: Effect.Effect<Uint8Array | Stored, E, R>, inBackground: boolean) =>
    Effect.suspend(() => {
      const flight = flights.get(key)
      return flight === undefined ? ask(key, fetch, inBackground) : Effect.succeed(flight)
    })

  const revalidate = <R>(key: string, entry: Entry, fetch: Effect.Effect<Uint8Array, E, R>) =>
    join(key, flightOf(key, fetch, true)).pipe(
      Effect.map((stored): Served => ({ stored, outcome: "revalidated" })),
      Effect.catchIf(settings.isOutage, () => Effect.succeed<Served>({ stored: entry, outcome: "stale" })),
      Effect.timeoutTo({
        duration: Duration.millis(settings.patience),
        onSuccess: (served: Served) => served,
        onTimeout: (): Served => ({ stored: entry, outcome: "stale" })
      })
    )

  /** The cloud's answer, or one that another gateway got since. */
  const newest = <R>(key: string, fetch: Effect.Effect<Uint8Array, E, R>): Effect.Effect<Uint8Array | Stored, E, R> =>
    shared === undefined
      ? fetch
      : Effect.zipRight(look(key, shared), Clock.currentTimeMillis).pipe(
          Effect.flatMap((now): Effect.Effect<Uint8Array | Stored, E, R> => {
            const entry = entries.get(key)
            return entry !== undefined && decide(settings.spans, entry, now, false) === "hit"
              ? Effect.succeed(entry)
              : fetch
          })
        )

  const getAt = <R>(
    key: string,
    fetch: Effect.Effect<Uint8Array, E, R>,
    now: number,
    hasLooked: boolean
  ): Effect.Effect<Served, E, R> => {
    const entry = entries.get(key)
    if (entry !== undefined) touch(key, entry, now)
    const isAsking = flights.has(key)
    const decision = decide(settings.spans, entry, now, isAsking)
    const mustWait = decision === "fetch" || decision === "revalidate"
    if (mustWait && !isAsking && !hasLooked && shared !== undefined) {
      return Effect.zipRight(look(key, shared), Clock.currentTimeMillis).pipe(
        Effect.flatMap((now) => getAt(key, fetch, now, true))
      )
    }
    if (entry === undefined || decision === "fetch") {
      return Effect.map(join(key, flightOf(key, fetch, false)), (stored) => ({ stored, outcome: "miss" }))
    }
    if (decision === "revalidate") return revalidate(key, entry, fetch)
    const served: Served = { stored: entry, outcome: decision === "hit" ? "hit" : "stale" }
    return decision === "refresh"
      ? Effect.as(Effect.uninterruptible(flightOf(key, hasLooked ? fetch : newest(key, fetch), true)), served)
      : Effect.succeed(served)
  }

  return {
    get: (key, fetch) => Effect.flatMap(Clock.currentTimeMillis, (now) => getAt(key, fetch, now, false)),
    peek: (key, now) => {
      const entry = entries.get(key)
      if (entry === undefined) return undefined
      const decision = decide(settings.spans, entry, now, flights.has(key))
      if (decision !== "hit" && decision !== "stale") return undefined
      touch(key, entry, now)
      return { stored: entry, outcome: decision }
    },
    size: () => ({ entries: entries.size, bytes, evictions }),
    stop: Effect.suspend(() => {
      const fibers = [...flights.values()].flatMap(({ fiber }) => (fiber === undefined ? [] : [fiber]))
      return Fiber.interruptAll(fibers)
    })
  }
}
