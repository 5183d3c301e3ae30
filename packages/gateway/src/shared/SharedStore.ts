import type * as Persistence from "@effect/experimental/Persistence"
import type * as RateLimiter from "@effect/experimental/RateLimiter"
import * as Context from "effect/Context"

/**
 * What several gateways have in common, by the interfaces of `@effect/experimental`: any of its stores fits, as it is. The
 * gateway takes a store that fails or does not answer for one that is away, and goes on with its own memory.
 *
 * @category models
 */
export interface SharedStoreService {
  /** Where answers are kept, such as a `BackingPersistenceStore`. Keys are SHA-256 in hexadecimal digits, values JSON. */
  readonly answers: Pick<Persistence.BackingPersistenceStore, "get" | "set">
  /** Where the requests of callers are counted, such as a `RateLimiterStore`. Fractions of a request may be told. */
  readonly buckets: Pick<Context.Tag.Service<RateLimiter.RateLimiterStore>, "tokenBucket">
}

/**
 * The store of a gateway's answers and limits that other gateways use as well. By default there is none: the gateway has
 * its memory alone. `@hotspot-session/gateway/redis` has a layer for Redis.
 *
 * @category tags
 */
export class SharedStore extends Context.Reference<SharedStore>()("@hotspot-session/gateway/SharedStore", {
  defaultValue: (): SharedStoreService | undefined => undefined
}) {}
