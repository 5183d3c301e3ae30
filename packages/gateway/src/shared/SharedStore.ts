import type * as Persistence from "@effect/experimental/Persistence"
import type * as RateLimiter from "@effect/experimental/RateLimiter"
import * as Context from "effect/Context"

/**
 * What several gateways share, by the interfaces of `@effect/experimental`: any of its stores can be used as it is. While
 * a store fails or does not respond, the gateway continues with its own memory.
 *
 * @category models
 * @since 0.1.0
 */
export interface SharedStoreService {
  /** Cached responses, such as a `BackingPersistenceStore`. Keys are SHA-256 in hexadecimal, values JSON. */
  readonly responses: Pick<Persistence.BackingPersistenceStore, "get" | "set">
  /** The callers' rate limits, such as a `RateLimiterStore`. It must accept fractions of a token. */
  readonly buckets: Pick<Context.Tag.Service<RateLimiter.RateLimiterStore>, "tokenBucket">
}

/**
 * The store of cached responses and rate limits that gateways share. Default: none, the gateway uses its memory only.
 * `@hotspot-session/gateway/redis` has a layer for Redis.
 *
 * @category tags
 * @since 0.1.0
 */
export class SharedStore extends Context.Reference<SharedStore>()("@hotspot-session/gateway/SharedStore", {
  defaultValue: (): SharedStoreService | undefined => undefined
}) {}
