import type * as HttpApp from "@effect/platform/HttpApp"
import { clientAbortFiberId } from "@effect/platform/HttpServerError"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import { HotspotSession } from "@hotspot-session/client"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import type { ConfigError } from "effect/ConfigError"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as HashSet from "effect/HashSet"
import * as Option from "effect/Option"
import * as Runtime from "effect/Runtime"
import * as Scope from "effect/Scope"
import type { CachedResponse } from "./CachedResponse.js"
import { checkOptions } from "./CheckOptions.js"
import * as ContractApp from "./ContractApp.js"
import * as Cors from "./Cors.js"
import * as ResponseCache from "./cache/ResponseCache.js"
import * as SharedResponses from "./cache/SharedResponses.js"
import * as Callers from "./caller/Callers.js"
import { type Digest, digest, etagOf } from "./Digest.js"
import * as Failure from "./Failure.js"
import type { CacheOptions, Options } from "./GatewayOptions.js"
import * as Metrics from "./Metrics.js"
import { openApiDocument } from "./OpenApiDocument.js"
import * as Problem from "./Problem.js"
import * as CircuitBreaker from "./protect/CircuitBreaker.js"
import * as RateLimit from "./protect/RateLimit.js"
import type { RequestHead } from "./RequestHead.js"
import { RequestId, requestIdOf } from "./RequestId.js"
import {
  allow,
  contractPattern,
  headOf,
  pathOf,
  type Route,
  type RouteName,
  routesWithout,
  unmatched
} from "./RouteTable.js"
import { redactSpan } from "./SpanRedaction.js"
import { SharedStore, type SharedStoreService } from "./shared/SharedStore.js"
import * as SharedStoreGuard from "./shared/SharedStoreGuard.js"
import type { UpstreamFailure } from "./Upstream.js"
import * as Upstreams from "./Upstreams.js"

/** The gateway, and a fast path for servers that do not go through the platform. */
export interface Pipeline {
  readonly app: HttpApp.Default
  /** The response to a request of the contract's route, if it does not need `app`. */
  readonly hit: (head: RequestHead, now: number) => CachedResponse | undefined
  /** Records a response of `hit` in the metrics and the access log, whose effect it returns, if there is one. */
  readonly record: (
    head: RequestHead,
    response: {
      readonly status: number
      readonly requestId: string
      readonly startedAt: number
      readonly millis: number
    }
  ) => Effect.Effect<void> | undefined
  readonly metrics: Metrics.Metrics
}

const maxLoggedPathLength = 512

const json = (body: unknown, headers: Record<string, string>, status = 200) =>
  HttpServerResponse.text(JSON.stringify(body), { status, contentType: "application/json", headers })

const noStore = { "cache-control": "no-store" }

const optionsResponse = HttpServerResponse.empty({ status: 204, headers: { allow } })

/** Logs a defect, whose cause is not shown to the caller. */
const defectResponse = (cause: Cause.Cause<unknown>, route: Route | undefined) =>
  // The client has disconnected: the platform must see the interruption.
  HashSet.has(Cause.interruptors(cause), clientAbortFiberId)
    ? Effect.failCause(cause).pipe(Effect.orDie)
    : Effect.logError("request failed with a defect", cause).pipe(
        Effect.zipRight(
          route?.name === "contract" ? Failure.toResponse(Failure.internal) : Problem.toResponse(Problem.internal)
        )
      )

const accessLogFailed = (cause: Cause.Cause<never>) => Effect.logError("access log failed", cause)

interface Shared {
  readonly store: SharedStoreService
  readonly guard: SharedStoreGuard.SharedStoreGuard
  readonly hash: Digest
}

const makeCache = (settings: CacheOptions | undefined, shared: Shared | undefined) => {
  if (settings === undefined) return undefined
  const millis = (duration: Duration.DurationInput | undefined, fallback: Duration.DurationInput) =>
    Duration.toMillis(duration ?? fallback)
  const lifetimes = {
    fresh: millis(settings.fresh, "10 seconds"),
    staleWhileRevalidate: millis(settings.staleWhileRevalidate, "1 minute"),
    staleIfError: millis(settings.staleIfError, "1 hour")
  }
  const responses = ResponseCache.make<UpstreamFailure>({
    lifetimes,
    maxEntries: settings.maxEntries ?? 10_000,
    maxBytes: settings.maxBytes ?? 128 * 1024 * 1024,
    maxWait: 3_000,
    isOutage: ({ isOutage }) => isOutage,
    etagOf,
    shared:
      shared === undefined
        ? undefined
        : SharedResponses.make(shared.store.responses, shared.guard, { lifetimes, digest: shared.hash, etagOf })
  })
  return { responses, lifetimes }
}

const makeRateLimit = (settings: Options["rateLimit"], shared: Shared | undefined) =>
  Effect.map(Effect.runtime<never>(), (runtime) => {
    if (settings === undefined) return undefined
    return RateLimit.make(
      { requests: settings.requests, seconds: Duration.toSeconds(settings.per) },
      shared === undefined
        ? undefined
        : {
            buckets: shared.store.buckets,
            guard: shared.guard,
            digest: shared.hash,
            fork: (effect) => void Runtime.runFork(runtime)(effect)
          }
    )
  })

const makeBreaker = (settings: Options["circuitBreaker"]) =>
  settings === undefined
    ? undefined
    : CircuitBreaker.make({
        failures: settings.failures ?? 5,
        open: Duration.toMillis(settings.open ?? "10 seconds")
      })

/** The gateway. `hash` replaces the portable digest. Fails with `ConfigError` like `Gateway.httpApp`. */
export const make = (
  settings: Options,
  hash: Digest = digest
): Effect.Effect<Pipeline, ConfigError, HotspotSession.HotspotSession> =>
  Effect.gen(function* () {
    yield* checkOptions(settings)
    const mode = settings.credentials ?? "pass-through"
    const keys = { apiKeys: settings.apiKeys ?? [], accessKeys: settings.accessKeys ?? [] }
    const problem = Callers.keysProblem({ mode, ...keys })
    if (problem !== undefined) return yield* Effect.fail(problem)
    const metrics = Metrics.make()
    const store = yield* SharedStore
    const shared = store === undefined ? undefined : { store, guard: SharedStoreGuard.make(metrics), hash }
    if (shared !== undefined) yield* SharedStoreGuard.probe(shared.guard, shared.store)
    const cache = makeCache(settings.cache, shared)
    const rateLimit = yield* makeRateLimit(settings.rateLimit, shared)
    const upstreams = Upstreams.make(yield* HotspotSession.HotspotSession, {
      upstream: settings.upstream,
      remoteProjects: settings.remoteProjects ?? new Map(),
      mode,
      makeBreaker: () => makeBreaker(settings.circuitBreaker),
      maxCalls: settings.maxCalls ?? 64,
      metrics
    })
    const callers = Callers.make({ mode, ...keys, digest: hash })
    const contract = ContractApp.make({
      callers,
      upstreams,
      cache,
      rateLimit,
      maxRequests: settings.maxRequests ?? 2_000,
      metrics
    })

    const scope = yield* Effect.serviceOption(Scope.Scope)
    if (rateLimit !== undefined && Option.isSome(scope)) {
      yield* Scope.addFinalizer(scope.value, Effect.interruptible(rateLimit.flush))
    }
    if (cache !== undefined) {
      const { responses } = cache
      if (Option.isSome(scope)) yield* Scope.addFinalizer(scope.value, responses.stop)
      const size = (name: string, help: string, type: "gauge" | "counter", read: () => number) =>
        metrics.gauge({ name, help, type, read: () => [["", read()]] })
      size("cache_entries", "Responses in the cache.", "gauge", () => responses.size().entries)
      size("cache_bytes", "Size of the cache.", "gauge", () => responses.size().bytes)
      size("cache_evictions_total", "Responses evicted from the cache.", "counter", () => responses.size().evictions)
    }
    if (upstreams.circuits.length > 0) {
      metrics.gauge({
        name: "circuit_open",
        help: "1 while the circuit to the cloud is open or half-open, 0 while it is closed.",
        type: "gauge",
        read: () =>
          upstreams.circuits.map(({ breaker, upstream }) => [
            Metrics.upstreamLabel(upstream),
            breaker.state() === "Closed" ? 0 : 1
          ])
      })
    }
    metrics.gauge({
      name: "requests_in_flight",
      help: "API requests in flight.",
      type: "gauge",
      read: () => [["", contract.inFlight()]]
    })

    const origins = new Set(settings.corsOrigins ?? [])
    const isReady = settings.isReady ?? (() => true)
    const routes = routesWithout([
      ...(settings.metrics === true ? [] : ["metrics" as const]),
      ...(settings.page === undefined ? ["page" as const] : [])
    ])
    const loadPage = yield* Effect.cached(
      Effect.map(
        Effect.promise(() => import("./page/PageApp.js")),
        (PageApp) =>
          PageApp.make({
            callers,
            contract,
            projects: settings.page?.projects ?? [],
            upstream: settings.upstream,
            upstreamOf: upstreams.nameOf
          })
      )
    )
    const document = openApiDocument(routes)
    const notFound = Problem.notFound(routes.map(({ pattern }) => pattern))
    const apps: Record<RouteName, HttpApp.Default<unknown>> = {
      contract: contract.app,
      livez: Effect.succeed(json({ status: "ok" }, noStore)),
      readyz: Effect.suspend(() =>
        isReady() ? Effect.succeed(json({ status: "ready" }, noStore)) : Problem.toResponse(Problem.draining)
      ),
      metrics: Effect.sync(() =>
        HttpServerResponse.text(metrics.text(), { contentType: Metrics.contentType, headers: noStore })
      ),
      openapi: Effect.succeed(json(document, { "cache-control": "no-cache" })),
      page: Effect.flatten(loadPage)
    }

    const respond = (method: string, path: string, route: Route | undefined): HttpApp.Default<unknown> => {
      if (method === "OPTIONS" && (route !== undefined || path === "*")) return Effect.succeed(optionsResponse)
      if (route === undefined) return Problem.toResponse(notFound)
      if (method === "GET" || method === "HEAD") return apps[route.name]
      return route.name === "contract"
        ? Failure.toResponse(Failure.methodNotAllowed)
        : Problem.toResponse(Problem.methodNotAllowed)
    }

    const log = (
      head: RequestHead,
      route: string,
      status: number,
      request_id: string,
      startedAt: number,
      millis: number
    ): Effect.Effect<void> | undefined => {
      metrics.request(route, head.method, status, millis / 1_000)
      if (settings.accessLog === undefined) return undefined
      try {
        const effect = settings.accessLog({
          time: new Date(startedAt).toISOString(),
          method: head.method,
          route,
          path: pathOf(head).slice(0, maxLoggedPathLength),
          status,
          duration_ms: Math.round(millis * 100) / 100,
          request_id
        })
        return Effect.isEffect(effect) ? Effect.catchAllCause(effect, accessLogFailed) : undefined
      } catch (error) {
        return accessLogFailed(Cause.die(error))
      }
    }

    const app: HttpApp.Default = Effect.gen(function* () {
      const request = yield* HttpServerRequest.HttpServerRequest
      const startedAt = yield* Clock.currentTimeNanos
      const requestId = yield* requestIdOf(request.headers["x-request-id"])
      const head = headOf(request)
      const path = pathOf(head)
      const route = routes.find(({ matches }) => matches.test(path))
      yield* redactSpan(request)
      return yield* respond(request.method, path, route).pipe(
        Effect.catchAllCause((cause) => defectResponse(cause, route)),
        Effect.map(
          HttpServerResponse.setHeaders({
            "x-request-id": requestId,
            "x-content-type-options": "nosniff",
            ...Cors.headersFor(head, origins)
          })
        ),
        Effect.provideService(RequestId, requestId),
        Effect.annotateLogs("request_id", requestId),
        Effect.onExit((exit) =>
          Effect.flatMap(
            Clock.currentTimeNanos,
            (endedAt) =>
              log(
                head,
                route?.pattern ?? unmatched,
                Exit.match(exit, { onFailure: () => 499, onSuccess: ({ status }) => status }),
                requestId,
                Number(startedAt / 1_000_000n),
                Number(endedAt - startedAt) / 1_000_000
              ) ?? Effect.void
          )
        )
      )
    })

    return {
      app,
      hit: (head, now) => {
        const response = contract.hit(head, now)
        if (response !== undefined) Object.assign(response.headers, Cors.headersFor(head, origins))
        return response
      },
      record: (head, { millis, requestId, startedAt, status }) =>
        log(head, contractPattern, status, requestId, startedAt, millis),
      metrics
    }
  })
