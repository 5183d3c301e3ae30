import * as Context from "effect/Context"
import * as Effect from "effect/Effect"

/** Whether requests must not go through a proxy. Clients that know no proxies ignore it. */
export class DirectConnection extends Context.Reference<DirectConnection>()(
  "@hotspot-session/client/DirectConnection",
  { defaultValue: () => false }
) {}

/** Sends requests directly to services of the machine itself, which a proxy cannot reach and must not see. */
export const directly: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R> = Effect.provideService(
  DirectConnection,
  true
)
