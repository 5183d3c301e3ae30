import * as Effect from "effect/Effect"
import { cacheKey } from "./cache/CacheKey.js"
import type { Generations } from "./cache/Generations.js"
import type { CacheResult, ResponseCache } from "./cache/ResponseCache.js"
import type { Caller } from "./caller/Callers.js"
import type { RequestParameters } from "./RequestParameters.js"
import type { UpstreamFailure } from "./Upstream.js"
import type { Upstreams } from "./Upstreams.js"

/** Reads through the cache, each caller's in the current generation of its project. */
export interface CachedReads {
  /** What is in the cache, if it can be served without waiting. `now` is milliseconds on a monotonic clock. */
  readonly peek: (caller: Caller, parameters: RequestParameters, now: number) => CacheResult | undefined
  /** What is in the cache, else what `fetch` gets. Another gateway may have started the generation. */
  readonly get: (
    caller: Caller,
    parameters: RequestParameters,
    fetch: Effect.Effect<Uint8Array, UpstreamFailure>
  ) => Effect.Effect<CacheResult, UpstreamFailure>
  /** Starts a new generation of a project, because a write may have changed it. */
  readonly advance: (projectId: string) => Effect.Effect<void>
  /** `Cache-Control` of the responses. */
  readonly cacheControl: string
}

export const make = ({
  cache,
  cacheControl,
  generations,
  remoteIdOf
}: {
  readonly cache: ResponseCache<UpstreamFailure>
  readonly cacheControl: string
  readonly generations: Generations
  readonly remoteIdOf: Upstreams["remoteIdOf"]
}): CachedReads => {
  /** Gateways share the generations of a project that they read from the same upstream. */
  const generationNameOf = (projectId: string) => `${projectId} ${remoteIdOf(projectId) ?? ""}`

  const keyOf = (caller: Caller, { key, values }: RequestParameters) =>
    cacheKey(
      caller.id,
      key,
      remoteIdOf(values.project_id),
      // Their names are not made for hits unless there are any.
      generations.isEmpty() ? "" : generations.of(generationNameOf(values.project_id))
    )

  return {
    peek: (caller, parameters, now) => cache.peek(keyOf(caller, parameters), now),
    get: (caller, parameters, fetch) => {
      const refresh = generations.refresh(generationNameOf(parameters.values.project_id))
      // Another gateway may write while this one reads, which must then be kept in the earlier generation only.
      const fetchAndRefresh = Effect.zipLeft(fetch, refresh)
      return Effect.zipRight(
        refresh,
        Effect.suspend(() => cache.get(keyOf(caller, parameters), fetchAndRefresh))
      )
    },
    advance: (projectId) => generations.advance(generationNameOf(projectId)),
    cacheControl
  }
}
