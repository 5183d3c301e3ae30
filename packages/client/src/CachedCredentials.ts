import { Setting } from "@hotspot-session/core"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as FiberId from "effect/FiberId"
import * as Option from "effect/Option"
import * as Ref from "effect/Ref"
import type * as Scope from "effect/Scope"
import * as Tracer from "effect/Tracer"
import { CredentialsError } from "./Core.js"
import type { Credential, Service } from "./Credentials.js"

/**
 * A credential that expires, as a custom source passes it to `make`.
 *
 * @example
 * ```ts
 * import { CachedCredentials, Credentials, type CredentialsError, type Signature } from "@hotspot-session/client"
 * import { Effect, Layer } from "effect"
 *
 * // Fails with a CredentialsError that is `transient` if a later call may return a key.
 * declare const readVault: Effect.Effect<{ key: Signature.SigningKey; expiresAt: number }, CredentialsError>
 *
 * const fetchKey = Effect.map(
 *   readVault,
 *   ({ expiresAt, key }): CachedCredentials.Expiring => ({ credential: Credentials.signing(key, "vault"), expiresAt })
 * )
 *
 * const vault = Layer.scoped(Credentials.Credentials, CachedCredentials.make(fetchKey, "5 minutes"))
 * ```
 *
 * @category models
 * @since 0.1.0
 */
export interface Expiring {
  readonly credential: Credential
  /** Epoch milliseconds from which the credential is rejected. */
  readonly expiresAt: number
}

interface State {
  readonly cached: Expiring | undefined
  readonly pending: Deferred.Deferred<Expiring, CredentialsError> | undefined
  /** Epoch milliseconds before which nothing is fetched in the background. */
  readonly nextFetchAt: number
  /** A permanent failure. Until `nextFetchAt`, `get` fails with it and nothing is fetched. */
  readonly permanentError: CredentialsError | undefined
}

/** Milliseconds between fetches. A wrong password that is sent with every call would lock the account. */
const minFetchInterval = Duration.toMillis(Duration.seconds(30))

const scopeClosed = new CredentialsError({ reason: "The credentials are no longer available: their scope is closed" })

/** A waiting caller was not interrupted itself, so the interruption of the fetch becomes an error. */
const interruptionAsError = <A>(exit: Exit.Exit<A, CredentialsError>): Exit.Exit<A, CredentialsError> =>
  Exit.isInterrupted(exit) ? Exit.fail(scopeClosed) : exit

const permanentErrorOf = (exit: Exit.Exit<unknown, CredentialsError>): CredentialsError | undefined =>
  Exit.match(exit, {
    onSuccess: () => undefined,
    onFailure: (cause) =>
      Option.getOrUndefined(Option.filter(Cause.failureOption(cause), ({ retryable }) => !retryable))
  })

/**
 * Credentials that are fetched on demand and cached until they expire. Shortly before that, the next ones are fetched in
 * the background while the cached ones are still used, so that no call waits for or fails because of the refresh.
 *
 * At most one fetch is in flight, however many callers there are. It belongs to the scope and not to the caller that
 * started it, so interrupting that caller does not affect the others. A transient failure is reported to the waiting
 * callers and not cached. A permanent one, such as a wrong password, is reported to every caller for 30 seconds, because
 * repeated attempts would lock the account. Background fetches are at least 30 seconds apart. `invalidate` drops only the
 * rejected credential, not one that has replaced it in the meantime.
 *
 * `get` fails with the errors of `fetch`, and with a `CredentialsError` if it has to fetch after the scope is closed. Throws a
 * `RangeError` if `refreshBefore` is not a valid duration.
 *
 * @example
 * ```ts
 * import { CachedCredentials, Credentials } from "@hotspot-session/client"
 * import { Clock, Effect, Layer, Redacted } from "effect"
 *
 * const fetchToken = Effect.map(Clock.currentTimeMillis, (now) => ({
 *   credential: Credentials.signing({ accessKey: "your access key", secretKey: Redacted.make("your secret key") }, "vault"),
 *   expiresAt: now + 3_600_000
 * }))
 *
 * const layer = Layer.scoped(Credentials.Credentials, CachedCredentials.make(fetchToken, "5 minutes"))
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = <R = never>(
  /** Requires what `make` does, without the span in which the credentials are made. */
  fetch: Effect.Effect<Expiring, CredentialsError, R>,
  /** How long before the expiry the next credentials are fetched. */
  refreshBefore: Duration.DurationInput
): Effect.Effect<Service, never, R | Scope.Scope> => {
  const margin = Duration.toMillis(
    Either.getOrThrowWith(
      Setting.duration("refreshBefore", refreshBefore, 0),
      (error) => new RangeError(Setting.messageOf(error))
    )
  )
  return Effect.gen(function* () {
    const scope = yield* Effect.scope
    // A fetch belongs to the call that starts it; the span in which the credentials were made has ended by then. No fetch
    // requires a span, which the type `R` cannot express.
    const context = Context.omit(Tracer.ParentSpan)(yield* Effect.context<R>()) as Context.Context<R>
    const state = yield* Ref.make<State>({
      cached: undefined,
      pending: undefined,
      nextFetchAt: 0,
      permanentError: undefined
    })
    // `onExit` is uninterruptible, so the waiting callers are notified even if the scope is already closed.
    const fetchInto = (deferred: Deferred.Deferred<Expiring, CredentialsError>) =>
      Effect.interruptible(Effect.provide(fetch, context)).pipe(
        Effect.tapErrorCause((cause) =>
          // Without cached credentials, the waiting callers receive the failure itself.
          Effect.flatMap(Ref.get(state), ({ cached }) =>
            cached === undefined || Cause.isInterruptedOnly(cause)
              ? Effect.void
              : Option.match(Cause.failureOption(cause), {
                  onNone: () => Effect.logWarning("credentials refresh failed", cause),
                  onSome: ({ message }) => Effect.logWarning(`credentials refresh failed: ${message}`)
                })
          )
        ),
        Effect.onExit((exit) =>
          Effect.flatMap(Clock.currentTimeMillis, (now) =>
            Ref.update(
              state,
              ({ cached }): State => ({
                cached: Exit.isSuccess(exit) ? exit.value : cached,
                pending: undefined,
                nextFetchAt: now + minFetchInterval,
                permanentError: permanentErrorOf(exit)
              })
            )
          ).pipe(Effect.zipRight(Deferred.done(deferred, interruptionAsError(exit))))
        ),
        Effect.forkIn(scope)
      )

    const get: Service["get"] = Effect.flatMap(Clock.currentTimeMillis, (now) =>
      Effect.uninterruptibleMask((restore) =>
        Ref.modify(state, (current): [Service["get"], State] => {
          const { cached, nextFetchAt, pending, permanentError } = current
          const isValid = cached !== undefined && now < cached.expiresAt
          const isTooEarly = now < nextFetchAt
          if (!isValid && isTooEarly && permanentError !== undefined) return [Effect.fail(permanentError), current]
          const isFetchDue = !isValid || (now >= cached.expiresAt - margin && !isTooEarly)
          if (isValid && (pending !== undefined || !isFetchDue)) return [Effect.succeed(cached.credential), current]
          const fetched = pending ?? Deferred.unsafeMake<Expiring, CredentialsError>(FiberId.none)
          const credential = isValid
            ? Effect.succeed(cached.credential)
            : restore(Effect.map(Deferred.await(fetched), ({ credential }) => credential))
          return pending === undefined
            ? [Effect.zipRight(fetchInto(fetched), credential), { ...current, pending: fetched }]
            : [credential, current]
        }).pipe(Effect.flatten)
      )
    )

    const invalidate: Service["invalidate"] = (credential) =>
      Effect.as(
        Ref.update(state, (current) =>
          current.cached?.credential === credential ? { ...current, cached: undefined } : current
        ),
        true
      )

    return { get, invalidate }
  })
}
