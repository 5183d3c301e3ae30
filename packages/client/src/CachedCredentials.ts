import { Setting } from "@hotspot-session/core"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as FiberId from "effect/FiberId"
import * as Ref from "effect/Ref"
import type * as Scope from "effect/Scope"
import { CredentialsError } from "./Core.js"
import type { Credential, Service } from "./Credentials.js"

/**
 * A credential that expires, as a source of your own gives it to `make`.
 *
 * @example
 * ```ts
 * import { CachedCredentials, Credentials, type CredentialsError, type Signature } from "@hotspot-session/client"
 * import { Effect, Layer } from "effect"
 *
 * // Fails with a CredentialsError that is `transient` where it may give a key later.
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
 */
export interface Expiring {
  readonly credential: Credential
  /** Epoch milliseconds from which on it is refused. */
  readonly expiresAt: number
}

interface State {
  readonly held: Expiring | undefined
  readonly pending: Deferred.Deferred<Expiring, CredentialsError> | undefined
  /** Epoch milliseconds before which nothing is fetched in the background. */
  readonly restUntil: number
  /** What was refused for good; it is the answer, and nothing is fetched, until the rest is over. */
  readonly refusal: CredentialsError | undefined
}

/** Between fetches: a wrong password that is sent with every call would lock the account. */
const rest = Duration.toMillis(Duration.seconds(30))

const scopeClosed = new CredentialsError({ reason: "The credentials are no longer kept: their scope is closed" })

/** How a fetch ended, for those who wait: it is not they who were interrupted. */
const told = <A>(exit: Exit.Exit<A, CredentialsError>): Exit.Exit<A, CredentialsError> =>
  Exit.isInterrupted(exit) ? Exit.fail(scopeClosed) : exit

const refusalOf = (exit: Exit.Exit<unknown, CredentialsError>): CredentialsError | undefined =>
  Exit.match(exit, {
    onSuccess: () => undefined,
    onFailure: (cause) => (cause._tag === "Fail" && !cause.error.retryable ? cause.error : undefined)
  })

/**
 * Credentials that are fetched when they are wanted and kept until they expire. Shortly before, the next ones are fetched
 * while those that are held still serve, so that nobody waits for it or fails of it.
 *
 * One fetch is under way however many ask. It belongs to the scope and not to who asked first, whose interruption
 * therefore fails nobody else. A failure that may pass is given to those who wait for it and is not kept. One that will
 * not, such as a wrong password, is given to all who ask within half a minute, for several of them lock an account. In the
 * background nothing is fetched within half a minute of the fetch before. `invalidate` drops what was refused, and only
 * that: what has come in its place meanwhile stays.
 *
 * `get` fails with what `fetch` fails with, and with `CredentialsError` once the scope is closed. Throws a `RangeError`
 * where `refreshBefore` is not a time.
 *
 * @category constructors
 */
export const make = (
  fetch: Effect.Effect<Expiring, CredentialsError>,
  /** How long before they expire the next ones are fetched. */
  refreshBefore: Duration.DurationInput
): Effect.Effect<Service, never, Scope.Scope> => {
  const margin = Duration.toMillis(
    Either.getOrThrowWith(
      Setting.duration("refreshBefore", refreshBefore, 0),
      (error) => new RangeError(Setting.messageOf(error))
    )
  )
  return Effect.gen(function* () {
    const scope = yield* Effect.scope
    const state = yield* Ref.make<State>({
      held: undefined,
      pending: undefined,
      restUntil: 0,
      refusal: undefined
    })
    // `onExit` is outside of what can be interrupted: where the scope is closed already, it tells those who wait.
    const fetchInto = (deferred: Deferred.Deferred<Expiring, CredentialsError>) =>
      Effect.interruptible(fetch).pipe(
        Effect.tapError((error) =>
          // Who waits is told by the failure itself.
          Effect.flatMap(Ref.get(state), ({ held }) =>
            held === undefined ? Effect.void : Effect.logWarning(`credentials could not be replaced: ${error.message}`)
          )
        ),
        Effect.onExit((exit) =>
          Effect.flatMap(Clock.currentTimeMillis, (now) =>
            Ref.update(
              state,
              ({ held }): State => ({
                held: Exit.isSuccess(exit) ? exit.value : held,
                pending: undefined,
                restUntil: now + rest,
                refusal: refusalOf(exit)
              })
            )
          ).pipe(Effect.zipRight(Deferred.done(deferred, told(exit))))
        ),
        Effect.forkIn(scope)
      )

    const get: Service["get"] = Effect.flatMap(Clock.currentTimeMillis, (now) =>
      Effect.uninterruptibleMask((restore) => {
        const next = Deferred.unsafeMake<Expiring, CredentialsError>(FiberId.none)
        return Ref.modify(state, (current): [Service["get"], State] => {
          const { held, pending, refusal, restUntil } = current
          const isGood = held !== undefined && now < held.expiresAt
          const isResting = now < restUntil
          if (!isGood && isResting && refusal !== undefined) return [Effect.fail(refusal), current]
          const wanted = !isGood || (now >= held.expiresAt - margin && !isResting)
          const begins = pending === undefined && wanted
          const credential = isGood
            ? Effect.succeed(held.credential)
            : restore(Effect.map(Deferred.await(pending ?? next), ({ credential }) => credential))
          return begins
            ? [Effect.zipRight(fetchInto(next), credential), { ...current, pending: next }]
            : [credential, current]
        }).pipe(Effect.flatten)
      })
    )

    const invalidate: Service["invalidate"] = (credential) =>
      Effect.as(
        Ref.update(state, (current) =>
          current.held?.credential === credential ? { ...current, held: undefined } : current
        ),
        true
      )

    return { get, invalidate }
  })
}
