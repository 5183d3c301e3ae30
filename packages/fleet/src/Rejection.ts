/**
 * Writes that are rejected with a 429. What is written is decided anew before it is sent again.
 *
 * @module
 */
import type { RetryPolicy } from "@hotspot-session/client"
import type { CallError, TooManyRequests } from "@hotspot-session/client/Core"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

/**
 * How often a rejected write is decided and sent again.
 *
 * @category constants
 * @since 0.1.0
 */
export const maxRejections = 5

/** The longest wait that a single 429 causes, as for a call of the client. */
const maxPause = Duration.minutes(1)

/** What a 429 without `Retry-After` causes. */
const defaultPause = Duration.seconds(1)

/**
 * How long nothing is sent after a 429: its `Retry-After`, at most a minute; a second without one.
 *
 * @category conversions
 * @since 0.1.0
 */
export const pauseAfter = ({ retry_after = defaultPause }: TooManyRequests): Duration.Duration =>
  Duration.min(retry_after, maxPause)

/**
 * Whether a write was rejected for being one too many, and nothing of it was carried out.
 *
 * @category predicates
 * @since 0.1.0
 */
export const isRejected = (error: CallError): error is TooManyRequests =>
  error._tag === "TooManyRequests" && error.outcome !== "unknown"

/**
 * A policy by which a 429 ends the call. The given one still learns of it, as that of a pace must, but has no time to wait.
 *
 * @category combinators
 * @since 0.1.0
 */
export const withoutRejections = (policy: RetryPolicy.RetryPolicy): RetryPolicy.RetryPolicy => ({
  decide: (failure) =>
    failure.error._tag === "TooManyRequests"
      ? Effect.as(policy.decide({ ...failure, remaining: Duration.zero }), { _tag: "Stop" })
      : policy.decide(failure)
})
