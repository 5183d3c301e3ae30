import type { CredentialsError } from "@hotspot-session/core"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FiberId from "effect/FiberId"
import * as Ref from "effect/Ref"
import type * as Scope from "effect/Scope"
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
}

/** After a failure: a wrong password that is sent with every call would lock the account. */
const rest = Duration.toMillis(Duration.seconds(30))

/**
 * Credentials that are fetched when they are wanted and kept until they expire. Shortly before, the next ones are fetched
 * while those that are held still serve, so that nobody waits for it or fails of it.
 *
 * One fetch is under way however many ask. It belongs to the scope and not to who asked first, whose interruption
 * therefore fails nobody else. A failure is given to those who wait for it and is not kept;
 * where nobody waits, the next one in the background is half a minute later. `invalidate` drops what was
 * refused, and only that: what has come in its place meanwhile stays.
 *
 * @category constructors
 */
export const make = (
  fetch: Effect.Effect<Expiring, CredentialsError>,
  refreshBefore: Duration.DurationInput
): Effect.Effect<Service, never, Scope.Scope> =>
  Effect.gen(function* () {
    const scope = yield* Effect.scope
    const state = yield* Ref.make<State>({ held: undefined, pending: undefined, restUntil: 0 })
    const margin = Duration.toMillis(refreshBefore)

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
              ({ held, restUntil }): State =>
                exit._tag === "Success"
                  ? { held: exit.value, pending: undefined, restUntil }
                  : { held, pending: undefined, restUntil: now + rest }
            )
          ).pipe(Effect.zipRight(Deferred.done(deferred, exit)))
        ),
        Effect.forkIn(scope)
      )

    const get: Service["get"] = Effect.flatMap(Clock.currentTimeMillis, (now) =>
      Effect.uninterruptibleMask((restore) => {
        const next = Deferred.unsafeMake<Expiring, CredentialsError>(FiberId.none)
        return Ref.modify(state, (current): [Service["get"], State] => {
          const { held, pending, restUntil } = current
          const isGood = held !== undefined && now < held.expiresAt
          const wanted = !isGood || (now >= held.expiresAt - margin && now >= restUntil)
          const begins = pending === undefined && wanted
          const credential = isGood
            ? Effect.succeed(held.credential)
            : restore(Effect.map(Deferred.await(pending ?? next), ({ credential }) => credential))
          return begins
            ? [Effect.zipRight(fetchInto(next), credential), { held, pending: next, restUntil }]
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
