import { Setting } from "@hotspot-session/core"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Random from "effect/Random"
import type { ListHotspotSessionConfigError, RetryStop } from "./Core.js"

/**
 * A failed attempt.
 *
 * @category models
 */
export interface Failure {
  /** What it failed with. */
  readonly error: ListHotspotSessionConfigError
  /** How many attempts have been made, this one included. */
  readonly attempts: number
  /** Time since the call began. */
  readonly elapsed: Duration.Duration
  /** Whether the error is a 401 and the credentials can give a fresh one. True once in a call. */
  readonly freshCredentials: boolean
}

/**
 * What follows a failed attempt: another one after a delay, or the end, where `why` is absent if another attempt would not
 * help.
 *
 * @category models
 */
export type Decision =
  | { readonly _tag: "Retry"; readonly delay: Duration.Duration }
  | { readonly _tag: "Stop"; readonly why?: RetryStop }

/**
 * Decides what follows a failed attempt. Can be replaced per client and per call; the client keeps its retry quota and
 * its deadline whatever the policy.
 *
 * @category models
 */
export interface RetryPolicy {
  readonly decide: (failure: Failure) => Effect.Effect<Decision>
}

/**
 * The settings of `make`.
 *
 * @category models
 */
export interface Options {
  /** Attempts in all, the first included: an integer from 1, or `Infinity`. Default: 4. */
  readonly attempts?: number | undefined
  /** The first delay is random between zero and this; each later one may be twice as long. Default: 500 ms. */
  readonly baseDelay?: Duration.DurationInput | undefined
  /** The longest delay that the backoff makes. Default: 20 s. */
  readonly maxDelay?: Duration.DurationInput | undefined
  /** The longest `Retry-After` that is waited for; a longer one is cut to this. Default: 60 s. */
  readonly maxRetryAfter?: Duration.DurationInput | undefined
  /** Which errors are tried again. Default: those that say so of themselves, `error.retryable`. */
  readonly retryable?: ((error: ListHotspotSessionConfigError) => boolean) | undefined
}

const stop = (why?: RetryStop): Decision => (why === undefined ? { _tag: "Stop" } : { _tag: "Stop", why })

/**
 * The ceiling of the delay after a number of attempts: `baseDelay` doubled after each, at most `maxDelay`.
 *
 * @category conversions
 */
export const backoffCeiling = (
  attempts: number,
  baseDelay: Duration.Duration,
  maxDelay: Duration.Duration
): Duration.Duration => Duration.min(maxDelay, Duration.times(baseDelay, 2 ** Math.min(attempts - 1, 30)))

const checkOptions = (options: Options) =>
  Either.all({
    attempts: Setting.integer("attempts", options.attempts, 4, { min: 1 }),
    baseDelay: Setting.duration("baseDelay", options.baseDelay, "500 millis"),
    maxDelay: Setting.duration("maxDelay", options.maxDelay, "20 seconds"),
    maxRetryAfter: Setting.duration("maxRetryAfter", options.maxRetryAfter, "60 seconds"),
    retryable: Either.map(
      Setting.optional(
        "retryable",
        options.retryable,
        "a function",
        (value): value is NonNullable<Options["retryable"]> => typeof value === "function"
      ),
      (retryable) => retryable ?? ((error: ListHotspotSessionConfigError) => error.retryable)
    )
  })

/**
 * Exponential backoff with full jitter (a random delay between zero and the ceiling, from Effect's `Random`), never
 * earlier than the answer's `Retry-After`, within a limit on attempts. The time is limited by the client's or the call's
 * `timeout`, whatever the policy. A 401 is tried once more, at once, where the credentials can give a fresh token.
 *
 * Throws a `RangeError` where an option is out of its range, as a negative delay is, or not what its type says.
 *
 * Source: {@link https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/ Exponential Backoff and Jitter}.
 *
 * @example
 * ```ts
 * import { HotspotSession, RetryPolicy } from "@hotspot-session/client"
 *
 * const patient = HotspotSession.layer({
 *   region: "ap-southeast-1",
 *   retry: RetryPolicy.make({ attempts: 10 }),
 *   timeout: "10 minutes"
 * })
 * ```
 *
 * @category constructors
 */
export const make = (options: Options = {}): RetryPolicy => {
  const { attempts, baseDelay, maxDelay, maxRetryAfter, retryable } = Either.getOrThrowWith(
    checkOptions(options),
    (error) => new RangeError(Setting.messageOf(error))
  )

  return {
    decide: (failure) => {
      if (!failure.freshCredentials && !retryable(failure.error)) return Effect.succeed(stop())
      if (failure.attempts >= attempts) return Effect.succeed(stop("attempts"))
      if (failure.freshCredentials) return Effect.succeed({ _tag: "Retry", delay: Duration.zero })
      return Effect.map(Random.next, (random): Decision => {
        const backoff = Duration.times(backoffCeiling(failure.attempts, baseDelay, maxDelay), random)
        const delay = Duration.max(backoff, Duration.min(retryAfter(failure.error), maxRetryAfter))
        return { _tag: "Retry", delay }
      })
    }
  }
}

const retryAfter = (error: ListHotspotSessionConfigError): Duration.Duration =>
  ("retry_after" in error ? error.retry_after : undefined) ?? Duration.zero

/**
 * Never tries again.
 *
 * @category constructors
 */
export const none: RetryPolicy = { decide: () => Effect.succeed(stop()) }
