import { HotspotSession } from "@hotspot-session/client"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Runtime from "effect/Runtime"
import type * as Scope from "effect/Scope"
import * as BodyMemory from "./BodyMemory.js"
import * as CachedReads from "./CachedReads.js"
import { cacheControlOf } from "./CachedResponse.js"
import * as Circuits from "./Circuits.js"
import type { Lifetimes } from "./cache/Freshness.js"
import * as Generations from "./cache/Generations.js"
import * as ResponseCache from "./cache/ResponseCache.js"
import * as SharedGenerations from "./cache/SharedGenerations.js"
import * as SharedResponses from "./cache/SharedResponses.js"
import * as Callers from "./caller/Callers.js"
import * as TokenVerdicts from "./caller/TokenVerdicts.js"
import * as UsedSignatures from "./caller/UsedSignatures.js"
import { type Digest, etagOf } from "./Digest.js"
import * as Exporter from "./Exporter.js"
import * as Metrics from "./Metrics.js"
import * as RateLimit from "./RateLimit.js"
import type { Settings } from "./Settings.js"
import { SharedStore, type SharedStoreService } from "./shared/SharedStore.js"
import * as SharedStoreGuard from "./shared/SharedStoreGuard.js"
import type { UpstreamFailure } from "./Upstream.js"
import * as Upstreams from "./Upstreams.js"
import * as WritesInFlight from "./WritesInFlight.js"

/** What a platform may do faster. */
export interface Platform {
  readonly digest: Digest
  readonly randomUUID: () => string
}

/** What the steps of the pipeline work with. */
export interface Components {
  readonly callers: Callers.Callers
  readonly verdicts: TokenVerdicts.TokenVerdicts
  /** Absent without a cache. */
  readonly cachedReads: CachedReads.CachedReads | undefined
  readonly usedSignatures: UsedSignatures.UsedSignatures
  readonly bodies: BodyMemory.BodyMemory
  readonly rateLimit: RateLimit.RateLimit | undefined
  readonly upstreams: Upstreams.Upstreams
  readonly writes: WritesInFlight.WritesInFlight
  readonly metrics: Metrics.Metrics
  readonly pageProjects: () => PageProjects
  /** All metrics, with the exported configurations of the projects that may be shown. */
  readonly metricsText: (mayRead: (projectId: string) => boolean) => string
  /** Replaces keys and projects by those of the new settings. */
  readonly reload: (changed: Settings) => void
}

type PageProjects = NonNullable<Settings["page"]>["projects"]

interface Shared {
  readonly store: SharedStoreService
  readonly guard: SharedStoreGuard.SharedStoreGuard
  readonly hash: Digest
}

const makeCache = (
  { lifetimes, maxBytes, maxEntries }: NonNullable<Settings["cache"]>,
  shared: Shared | undefined
): ResponseCache.ResponseCache<UpstreamFailure> =>
  ResponseCache.make({
    lifetimes,
    maxEntries,
    maxBytes,
    maxWait: 3_000,
    isOutage: ({ isOutage }) => isOutage,
    etagOf,
    shared:
      shared === undefined
        ? undefined
        : SharedResponses.make(shared.store.responses, shared.guard, { lifetimes, digest: shared.hash, etagOf })
  })

const makeRateLimit = (
  settings: NonNullable<Settings["rateLimit"]>,
  shared: Shared | undefined,
  fork: (effect: Effect.Effect<void>) => void
) =>
  RateLimit.make(
    settings,
    shared === undefined ? undefined : { buckets: shared.store.buckets, guard: shared.guard, digest: shared.hash, fork }
  )

/** The components for the gateway's settings. They are released with the scope. */
export const make = Effect.fnUntraced(function* (
  settings: Settings,
  platform: Platform
): Effect.fn.Return<Components, never, HotspotSession.HotspotSession | Scope.Scope> {
  const { circuitBreaker, lostLogEntries, mode } = settings
  const { digest: hash, randomUUID } = platform
  const metrics = Metrics.make()
  const store = yield* SharedStore
  const shared = store === undefined ? undefined : { store, guard: SharedStoreGuard.make(metrics), hash }
  if (shared !== undefined) yield* SharedStoreGuard.probe(shared.guard, shared.store)
  const cache = settings.cache === undefined ? undefined : makeCache(settings.cache, shared)
  const runFork = Runtime.runFork(yield* Effect.runtime<never>())
  const rateLimit =
    settings.rateLimit === undefined
      ? undefined
      : makeRateLimit(settings.rateLimit, shared, (effect) => void runFork(effect))
  const verdicts = mode === "pass-through" ? TokenVerdicts.make() : TokenVerdicts.known
  const client = yield* HotspotSession.HotspotSession
  const upstreams = Upstreams.make(client, {
    upstream: settings.upstream,
    remoteProjects: settings.remoteProjects,
    mode,
    makeCircuits: () => (circuitBreaker === undefined ? undefined : Circuits.make(circuitBreaker)),
    verdicts,
    maxCalls: settings.maxCalls,
    metrics
  })
  const makeCachedReads = (cache: ResponseCache.ResponseCache<UpstreamFailure>, lifetimes: Lifetimes) => {
    const lifetime = Generations.lifetimeOf(lifetimes)
    const generations = Generations.make({
      lifetime,
      randomUUID,
      shared:
        shared === undefined
          ? undefined
          : SharedGenerations.make(shared.store.responses, shared.guard, { lifetime, digest: hash })
    })
    const cacheControl = cacheControlOf(lifetimes, settings.writes)
    return CachedReads.make({ cache, cacheControl, generations, remoteIdOf: upstreams.remoteIdOf })
  }

  if (rateLimit !== undefined) yield* Effect.addFinalizer(() => Effect.interruptible(rateLimit.flush))
  if (cache !== undefined) yield* Effect.addFinalizer(() => cache.stop)
  const writes = yield* WritesInFlight.make
  const bodies = BodyMemory.make()
  metrics.gauge({
    name: "request_body_bytes",
    help: "Size of the request bodies in memory.",
    type: "gauge",
    read: () => [["", bodies.size()]]
  })
  if (lostLogEntries !== undefined) {
    metrics.gauge({
      name: "access_log_lost_total",
      help: "Lines of the access log that could not be written.",
      type: "counter",
      read: () => [["", lostLogEntries()]]
    })
  }
  if (cache !== undefined) {
    const size = (name: string, help: string, type: "gauge" | "counter", read: () => number) =>
      metrics.gauge({ name, help, type, read: () => [["", read()]] })
    size("cache_entries", "Responses in the cache.", "gauge", () => cache.size().entries)
    size("cache_bytes", "Size of the cache.", "gauge", () => cache.size().bytes)
    size("cache_evictions_total", "Responses evicted from the cache.", "counter", () => cache.size().evictions)
  }
  if (upstreams.circuits.length > 0) {
    metrics.gauge({
      name: "circuit_open",
      help: "1 while the circuit to the cloud is open or half-open, 0 while it is closed.",
      type: "gauge",
      read: () =>
        upstreams.circuits.map(({ circuits, upstream }) => [Metrics.upstreamLabel(upstream), circuits.isOpen() ? 1 : 0])
    })
    metrics.gauge({
      name: "circuit_open_projects",
      help: "Projects that some caller is cut off from because its calls fail.",
      type: "gauge",
      read: () =>
        upstreams.circuits.map(({ circuits, upstream }) => [Metrics.upstreamLabel(upstream), circuits.openProjects()])
    })
  }
  const callers = Callers.make({
    ...settings.keys,
    mode,
    digest: hash,
    verdicts,
    onThrottled: () => metrics.refused("keys")
  })
  let current = settings
  const exporter =
    settings.exporter === undefined
      ? undefined
      : Exporter.make(
          () => current.exporter ?? { projects: [], interval: Number.POSITIVE_INFINITY },
          (projectId) => current.remoteProjects.get(projectId)?.client ?? client
        )
  if (exporter !== undefined) yield* Effect.forkScoped(exporter.run)
  const reload = (changed: Settings) => {
    callers.replace(changed.keys)
    upstreams.replace(changed.remoteProjects)
    current = changed
  }

  return {
    callers,
    verdicts,
    reload,
    metricsText: (mayRead) => `${metrics.text()}${exporter?.text(mayRead) ?? ""}`,
    pageProjects: () => current.page?.projects ?? [],
    cachedReads:
      cache === undefined || settings.cache === undefined
        ? undefined
        : makeCachedReads(cache, settings.cache.lifetimes),
    usedSignatures: UsedSignatures.make({
      startedAt: yield* Clock.currentTimeMillis,
      shared: shared === undefined ? undefined : { buckets: shared.store.buckets, guard: shared.guard, digest: hash },
      limit: UsedSignatures.maxSignatures
    }),
    bodies,
    rateLimit,
    upstreams,
    writes,
    metrics
  }
})
