import { Monotonic } from "@hotspot-session/core"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Random from "effect/Random"
import * as CircuitBreaker from "../CircuitBreaker.js"
import type { Metrics } from "../Metrics.js"
import type { SharedStoreService } from "./SharedStore.js"

/** The operations of a store. Each has its own circuit breaker: a store that is full can still be read. */
export type Operation = "read" | "write" | "take"

/** Isolates the gateway from a shared store that is slow or unavailable. */
export interface SharedStoreGuard {
  /** The result of a store operation; none if it fails, times out, or is skipped because the circuit is open. */
  readonly run: <A>(operation: Operation, effect: Effect.Effect<A, unknown>) => Effect.Effect<Option.Option<A>>
}

/** In milliseconds. Requests wait for `read` and `take`; for a `write` only where a generation must be shared before they go on. */
const maxWait: Record<Operation, number> = { read: 40, write: 1_000, take: 40 }

const breakerSettings: CircuitBreaker.Settings = { failures: 3, open: 2_000 }

/**
 * The timer is split, because a busy event loop runs timers before it reads sockets: in the last millisecond, a response
 * that has arrived in time is read.
 */
const withTimeout = <A, E>(effect: Effect.Effect<A, E>, millis: number): Effect.Effect<A, E | string> =>
  Effect.raceFirst(
    // Both, also where nothing can be interrupted, as when a write ends.
    Effect.interruptible(effect),
    Effect.sleep(millis - 1).pipe(
      Effect.zipRight(Effect.sleep(1)),
      Effect.zipRight(Effect.fail(`no response within ${millis} ms`)),
      Effect.interruptible
    )
  )

/** The message only: other properties of the error may hold what was sent. In Jest, those of Node.js are no `Error`. */
const reasonOf = (error: unknown): string => {
  if (typeof error === "string") return error
  if (Predicate.hasProperty(error, "cause") && error.cause !== undefined) return reasonOf(error.cause)
  return Predicate.hasProperty(error, "message") ? String(error.message) : "unknown"
}

/** A guard that logs once when the store becomes unavailable, and once when it is available again. */
export const make = (metrics: Metrics): SharedStoreGuard => {
  const breakers: Record<Operation, CircuitBreaker.CircuitBreaker> = {
    read: CircuitBreaker.make(breakerSettings),
    write: CircuitBreaker.make(breakerSettings),
    take: CircuitBreaker.make(breakerSettings)
  }
  const lastFailures: Record<Operation, number> = { read: 0, write: 0, take: 0 }
  const counts = new Map<string, number>()
  let isUnavailable = false

  const count = (operation: Operation, outcome: "ok" | "failed" | "skipped") => {
    const labels = `operation="${operation}",outcome="${outcome}"`
    counts.set(labels, (counts.get(labels) ?? 0) + 1)
  }

  const logChange = (reason: string) =>
    Effect.suspend(() => {
      const wasUnavailable = isUnavailable
      isUnavailable = Object.values(breakers).some((breaker) => breaker.state() !== "Closed")
      if (wasUnavailable === isUnavailable) return Effect.void
      return isUnavailable
        ? Effect.annotateLogs(
            Effect.logWarning("the shared store is unavailable: responses and rate limits are local to this process"),
            { reason }
          )
        : Effect.logInfo("the shared store is available again")
    })

  const release = (
    operation: Operation,
    permit: CircuitBreaker.Permit,
    result: CircuitBreaker.CallResult,
    startedAt: number,
    reason = ""
  ) =>
    Effect.zipWith(Monotonic.currentMillis, Random.next, (now, random) => {
      // Concurrent failures, such as those of a busy process, count as one.
      const isRepeated = result === "failed" && startedAt < lastFailures[operation]
      if (result === "failed") lastFailures[operation] = now
      breakers[operation].release(permit, isRepeated ? "interrupted" : result, now, random)
      if (result !== "interrupted") count(operation, result === "responded" ? "ok" : "failed")
    }).pipe(Effect.zipRight(logChange(reason)))

  metrics.gauge({
    name: "shared_up",
    help: "1 if the shared store is available, 0 if not.",
    type: "gauge",
    read: () => [["", isUnavailable ? 0 : 1]]
  })
  metrics.gauge({
    name: "shared_requests_total",
    help: "Operations on the shared store.",
    type: "counter",
    read: () => [...counts]
  })

  return {
    run: (operation, effect) =>
      Effect.uninterruptibleMask((restore) =>
        Effect.flatMap(Monotonic.currentMillis, (now) => {
          const permit = breakers[operation].acquire(now)
          if (!permit.allowed) {
            count(operation, "skipped")
            return Effect.succeedNone
          }
          return Effect.matchCauseEffect(restore(withTimeout(effect, maxWait[operation])), {
            onSuccess: (value) => Effect.as(release(operation, permit, "responded", now), Option.some(value)),
            onFailure: (cause) =>
              Cause.isInterruptedOnly(cause)
                ? Effect.zipRight(release(operation, permit, "interrupted", now), Effect.interrupt)
                : Effect.as(
                    release(operation, permit, "failed", now, reasonOf(Either.merge(Cause.failureOrCause(cause)))),
                    Option.none()
                  )
          })
        })
      )
  }
}

/** Reads from a store until it responds or the circuit opens, so that no request has to wait to find out. */
export const probe = ({ run }: SharedStoreGuard, { responses }: SharedStoreService): Effect.Effect<void> =>
  Effect.asVoid(
    run("read", responses.get("0")).pipe(Effect.repeat({ times: breakerSettings.failures - 1, until: Option.isSome }))
  )
