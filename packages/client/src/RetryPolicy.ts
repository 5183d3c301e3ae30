import { Setting } from "@hotspot-session/core"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Random from "effect/Random"
import type { CallError, RetryStop } from "./Core.js"

/**
 * A failed attempt.
 *
 * @category models
 * @since 0.1.0
 */
export interface Failure {
  readonly error: CallError
  /** Number of attempts made so far, this one included. */
  readonly attempts: number
  /** Time since the start of the call. */
  readonly elapsed: Duration.Duration
  /** Time until the call must end. Default: unlimited. */
  readonly remaining?: Duration.Duration | undefined
  /** Whether the error is a 401 and the credentials can provide a fresh credential. True at most once per call. */
  readonly freshCredentials: boolean
}

/**
 * What follows a failed attempt: another one after a delay, or the end of the call. `reason` is absent if another attempt would
 * not help.
 *
 * @category models
 * @since 0.1.0
 */
export type Decision =
  | { readonly _tag: "Retry"; readonly delay: Duration.Duration }
  | { readonly _tag: "Stop"; readonly reason?: RetryStop }

/**
 * Decides what follows a failed attempt. Can be set per client and per call; the retry quota and the deadline of the client
 * apply whatever the policy is. It is not asked about a failed write that must not be
 * repeated, which the client decides by the operation's idempotency and by what is known about the request.
 *
 * @category models
 * @since 0.1.0
 */
export interface RetryPolicy {
  readonly decide: (failure: Failure) => Effect.Effect<Decision>
}

/**
 * The retry policy of a call: another one than the client's, or what makes it from the client's.
 *
 * @category models
 * @since 0.1.0
 */
export type OfCall = RetryPolicy | ((policy: RetryPolicy) => RetryPolicy)

/**
 * The policy that a call has, with the client's.
 *
 * @category conversions
 * @since 0.1.0
 */
export const ofCall = (retry: OfCall | undefined, policy: RetryPolicy): RetryPolicy =>
  typeof retry === "function" ? retry(policy) : (retry ?? policy)

/**
 * The settings of `make`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /** Total number of attempts, the first included: an integer of at least 1, or `Infinity`. Default: 4. */
  readonly attempts?: number | undefined
  /** Maximum of the first delay, which is random from zero; the maximum doubles with each attempt. Default: 500 ms. */
  readonly baseDelay?: Duration.DurationInput | undefined
  /** Maximum delay of the backoff. Default: 20 s. */
  readonly maxDelay?: Duration.DurationInput | undefined
  /** Maximum wait for a `Retry-After`; a longer one is reduced to this. Default: 60 s. */
  readonly maxRetryAfter?: Duration.DurationInput | undefined
  /** Which errors are retried. Default: those with `error.retryable`. */
  readonly retryable?: ((error: CallError) => boolean) | undefined
}

const stop = (reason?: RetryStop): Decision => (reason === undefined ? { _tag: "Stop" } : { _tag: "Stop", reason })

/**
 * The maximum delay after a number of attempts: `baseDelay`, doubled for each further attempt, at most `maxDelay`.
 */
const backoffCeiling = (
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
      (retryable) => retryable ?? ((error: CallError) => error.retryable)
    )
  })

/**
 * Exponential backoff with full jitter (a random delay between zero and the ceiling, from Effect's `Random`), with at least
 * the delay of the response's `Retry-After` and a limit on attempts. The `timeout` of the client or the call limits the time
 * whatever the policy is. A 401 is retried once, immediately, if the credentials can provide a fresh token.
 *
 * Throws a `RangeError` if an option is out of range, such as a negative delay, or has the wrong type.
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
 * @since 0.1.0
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

const retryAfter = (error: CallError): Duration.Duration =>
  ("retry_after" in error ? error.retry_after : undefined) ?? Duration.zero

/**
 * Never retries.
 *
 * @example
 * ```ts
 * import { HotspotSession, RetryPolicy } from "@hotspot-session/client"
 *
 * const once = HotspotSession.layer({ region: "ap-southeast-1", retry: RetryPolicy.none })
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const none: RetryPolicy = { decide: () => Effect.succeed(stop()) }

/**
 * The policy of clients without the setting `retry`. Read when a client is made. Default: `make()`.
 *
 * @category tags
 * @since 0.1.0
 */
export class Default extends Context.Reference<Default>()("@hotspot-session/client/RetryPolicy", {
  defaultValue: () => make()
}) {}

/**
 * The policy of clients without the setting `retry`, as a layer: for all clients that a program makes with it, such as those
 * of a test.
 *
 * @example
 * ```ts
 * import { Credentials, RetryPolicy } from "@hotspot-session/client"
 * import { NodeHotspotSession } from "@hotspot-session/client/node"
 * import { Layer } from "effect"
 *
 * const client = NodeHotspotSession.layer({ region: "ap-southeast-1" }).pipe(
 *   Layer.provide([Credentials.layerTokenConfig(), RetryPolicy.layer(RetryPolicy.make({ attempts: 6 }))])
 * )
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (policy: RetryPolicy): Layer.Layer<Default> => Layer.succeed(Default, policy)
