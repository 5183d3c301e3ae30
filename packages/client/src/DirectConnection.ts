import * as Context from "effect/Context"
import * as Effect from "effect/Effect"

/**
 * Whether requests must not go through a proxy. Clients that know no proxies ignore it.
 *
 * @category tags
 * @since 0.1.0
 */
export class DirectConnection extends Context.Reference<DirectConnection>()(
  "@hotspot-session/client/DirectConnection",
  { defaultValue: () => false }
) {}

/**
 * Sends requests directly: those to services of the machine itself, which a proxy cannot reach and must not see.
 *
 * @category combinators
 * @since 0.1.0
 */
export const directly: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R> = Effect.provideService(
  DirectConnection,
  true
)
