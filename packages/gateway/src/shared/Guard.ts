import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import type { Metrics } from "../Metrics.js"
import * as CircuitBreaker from "../protect/CircuitBreaker.js"
import type { SharedStoreService } from "./SharedStore.js"

/** What is asked of the store. Each is given up by itself: a store that is full can still be read. */
export type Operation = "read" | "write" | "take"

/** Keeps a store that is away from doing harm. */
export interface Guard {
  /**
   * What the store gives. Nothing where it fails, takes too long, or has failed so often that it is left alone for a
   * while.
   */
  readonly run: <A>(operation: Operation, effect: Effect.Effect<A, unknown>) => Effect.Effect<Option.Option<A>>
}

/** In milliseconds. A request may wait for a take and a read one after the other, and for no write. */
const patience: Record<Operation, number> = { read: 40, write: 1_000, take: 40 }

const breakerSettings: CircuitBreaker.Settings = { failures: 3, open: 2_000 }

/** What an effect gives within a time. A busy process sees its timers before its sockets: what has come by then counts. */
const within = <A, E>(effect: Effect.Effect<A, E>, millis: number): Effect.Effect<A, E | string> =>
  Effect.raceFirst(
    effect,
    Effect.sleep(millis - 1).pipe(
      Effect.zipRight(Effect.sleep(1)),
      Effect.zipRight(Effect.fail(`no answer in ${millis} ms`))
    )
  )

/** Why something failed, in words. An error as a whole may hold what was sent. */
const reasonOf = (error: unknown): string => {
  if (typeof error === "string") return error
  if (!(error instanceof Error)) return "unknown"
  return "cause" in error && error.cause !== undefined ? reasonOf(error.cause) : error.message
}

/** Guards a store, and tells once that it is away and once that it is back. */
export const make = (metrics: Metrics): Guard => {
  const breakers: Record<Operation, CircuitBreaker.CircuitBreaker> = {
    read: CircuitBreaker.make(breakerSettings),
    write: CircuitBreaker.make(breakerSettings),
    take: CircuitBreaker.make(breakerSettings)
  }
  const lastFailures: Record<Operation, number> = { read: 0, write: 0, take: 0 }
  const counts = new Map<string, number>()
  let isAway = false

  const count = (operation: Operation, outcome: "ok" | "failed" | "skipped") => {
    const labels = `operation="${operation}",outcome="${outcome}"`
    counts.set(labels, (counts.get(labels) ?? 0) + 1)
  }

  const tell = (reason: string) =>
    Effect.suspend(() => {
      const before = isAway
      isAway = Object.values(breakers).some((breaker) => breaker.state() !== "Closed")
      if (before === isAway) return Effect.void
      return isAway
        ? Effect.annotateLogs(
            Effect.logWarning("the shared store is away: answers and limits are this process's own until it is back"),
            { reason }
          )
        : Effect.logInfo("the shared store is back")
    })

  const ended = (
    operation: Operation,
    admission: CircuitBreaker.Admission,
    end: "answered" | "failed" | "interrupted",
    began: number,
    reason = ""
  ) =>
    Effect.zipWith(Clock.currentTimeMillis, Random.next, (now, random) => {
      // What fails together, as when this process is busy, has failed once.
      const isRepeated = end === "failed" && began < lastFailures[operation]
      if (end === "failed") lastFailures[operation] = now
      breakers[operation].leave(admission, isRepeated ? "interrupted" : end, now, random)
      if (end !== "interrupted") count(operation, end === "answered" ? "ok" : "failed")
    }).pipe(Effect.zipRight(tell(reason)))

  metrics.gauge({
    name: "shared_up",
    help: "0 while the shared store fails.",
    type: "gauge",
    read: () => [["", isAway ? 0 : 1]]
  })
  metrics.gauge({
    name: "shared_requests_total",
    help: "What the shared store was asked.",
    type: "counter",
    read: () => [...counts]
  })

  return {
    run: (operation, effect) =>
      Effect.uninterruptibleMask((restore) =>
        Effect.flatMap(Clock.currentTimeMillis, (now) => {
          const admission = breakers[operation].enter(now)
          if (!admission.allowed) {
            count(operation, "skipped")
            return Effect.succeedNone
          }
          return Effect.matchCauseEffect(restore(within(effect, patience[operation])), {
            onSuccess: (value) => Effect.as(ended(operation, admission, "answered", now), Option.some(value)),
            onFailure: (cause) =>
              Cause.isInterruptedOnly(cause)
                ? Effect.zipRight(ended(operation, admission, "interrupted", now), Effect.interrupt)
                : Effect.as(
                    ended(operation, admission, "failed", now, reasonOf(Either.merge(Cause.failureOrCause(cause)))),
                    Option.none()
                  )
          })
        })
      )
  }
}

/** Looks whether a store is there, as often as it takes to leave it alone where it is not. */
export const greet = ({ run }: Guard, { answers }: SharedStoreService): Effect.Effect<void> =>
  Effect.asVoid(
    run("read", answers.get("0")).pipe(Effect.repeat({ times: breakerSettings.failures - 1, until: Option.isSome }))
  )
