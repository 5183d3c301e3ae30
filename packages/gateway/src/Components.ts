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

/** What gateways share, if they share a store. Names of callers and projects are stored as their digests only. */
interface Shared extends SharedStoreService {
  readonly guard: SharedStoreGuard.SharedStoreGuard
  readonly digest: Digest
}

type Cache = ResponseCache.ResponseCache<UpstreamFailure>

const makeCache = (
  { lifetimes, maxBytes, maxEntries }: NonNullable<Settings["cache"]>,
  shared: Shared | undefined
): Cache =>
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
        : SharedResponses.make(shared.responses, shared.guard, { lifetimes, digest: shared.digest, etagOf })
  })

const makeGenerations = (
  lifetimes: Lifetimes,
  shared: Shared | undefined,
  { randomUUID }: Platform
): Generations.Generations => {
  const lifetime = Generations.lifetimeOf(lifetimes)
  return Generations.make({
    lifetime,
    randomUUID,
    shared:
      shared === undefined
        ? undefined
        : SharedGenerations.make(shared.responses, shared.guard, { lifetime, digest: shared.digest })
  })
}

const cacheGauges = ({ size }: Cache): ReadonlyArray<Metrics.Gauge> => [
  { name: "cache_entries", help: "Responses in the cache.", type: "gauge", read: () => [["", size().entries]] },
  { name: "cache_bytes", help: "Size of the cache.", type: "gauge", read: () => [["", size().bytes]] },
  {
    name: "cache_evictions_total",
    help: "Responses evicted from the cache.",
    type: "counter",
    read: () => [["", size().evictions]]
  }
]

const circuitGauges = (circuits: Upstreams.Upstreams["circuits"]): ReadonlyArray<Metrics.Gauge> => {
  const read = (valueOf: (circuits: Circuits.Circuits) => number) => () =>
    circuits.map(({ circuits, label }) => [Metrics.upstreamLabel(label()), valueOf(circuits)] as const)
  return [
    {
      name: "circuit_open",
      help: "1 while the circuit to the cloud is open or half-open, 0 while it is closed.",
      type: "gauge",
      read: read(({ isOpen }) => Number(isOpen()))
    },
    {
      name: "circuit_open_projects",
      help: "Projects that some caller is cut off from because its calls fail.",
      type: "gauge",
      read: read(({ openProjects }) => openProjects())
    }
  ]
}

/** The components for the gateway's settings. They are released with the scope. */
export const make = Effect.fnUntraced(function* (
  settings: Settings,
  platform: Platform
): Effect.fn.Return<Components, never, HotspotSession.HotspotSession | Scope.Scope> {
  const { circuitBreaker, lostLogEntries, mode } = settings
  const { digest } = platform
  const metrics = Metrics.make()
  const store = yield* SharedStore
  const shared: Shared | undefined =
    store === undefined
      ? undefined
      : { responses: store.responses, buckets: store.buckets, guard: SharedStoreGuard.make(metrics), digest }
  if (shared !== undefined) yield* SharedStoreGuard.probe(shared.guard, shared)
  const runFork = Runtime.runFork(yield* Effect.runtime<never>())
  const rateLimit =
    settings.rateLimit === undefined
      ? undefined
      : RateLimit.make(
          settings.rateLimit,
          shared === undefined ? undefined : { ...shared, fork: (effect) => void runFork(effect) }
        )
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
  let cachedReads: CachedReads.CachedReads | undefined
  if (rateLimit !== undefined) yield* Effect.addFinalizer(() => Effect.interruptible(rateLimit.flush))
  if (settings.cache !== undefined) {
    const { lifetimes } = settings.cache
    const cache = makeCache(settings.cache, shared)
    yield* Effect.addFinalizer(() => cache.stop)
    for (const gauge of cacheGauges(cache)) metrics.gauge(gauge)
    cachedReads = CachedReads.make({
      cache,
      cacheControl: cacheControlOf(lifetimes, settings.writes),
      generations: makeGenerations(lifetimes, shared, platform),
      remoteIdOf: upstreams.remoteIdOf
    })
  }
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
  if (circuitBreaker !== undefined) for (const gauge of circuitGauges(upstreams.circuits)) metrics.gauge(gauge)
  const callers = Callers.make({
    ...settings.keys,
    mode,
    digest,
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
    cachedReads,
    usedSignatures: UsedSignatures.make({
      startedAt: yield* Clock.currentTimeMillis,
      shared,
      limit: UsedSignatures.maxSignatures
    }),
    bodies,
    rateLimit,
    upstreams,
    writes,
    metrics
  }
})
