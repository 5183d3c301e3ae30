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
import type { Answer } from "./Answer.js"
import { checkOptions } from "./CheckOptions.js"
import type { CloudFailure } from "./Cloud.js"
import * as Clouds from "./Clouds.js"
import * as ContractApp from "./ContractApp.js"
import * as Cors from "./Cors.js"
import * as ResponseCache from "./cache/ResponseCache.js"
import * as SharedAnswers from "./cache/SharedAnswers.js"
import * as Callers from "./caller/Callers.js"
import { type Digest, digest, etagOf } from "./Digest.js"
import * as Failure from "./Failure.js"
import * as Metrics from "./Metrics.js"
import { openApiDocument } from "./OpenApiDocument.js"
import type { CacheOptions, Options } from "./Options.js"
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
} from "./Route.js"
import { redactSpan } from "./SpanRedaction.js"
import * as Guard from "./shared/Guard.js"
import { SharedStore, type SharedStoreService } from "./shared/SharedStore.js"

/** The gateway, and what a server that is faster than the platform's may use of it. */
export interface Pipeline {
  readonly app: HttpApp.Default
  /** The answer to a request of the contract's route, where it can be given without `app`. */
  readonly hit: (head: RequestHead, now: number) => Answer | undefined
  /** Counts a request that `hit` answered, and gives what is left to do for the access log, if there is one. */
  readonly record: (
    head: RequestHead,
    answer: { readonly status: number; readonly requestId: string; readonly began: number; readonly millis: number }
  ) => Effect.Effect<void> | undefined
  readonly metrics: Metrics.Metrics
}

const longestPath = 512

const json = (body: unknown, headers: Record<string, string>, status = 200) =>
  HttpServerResponse.text(JSON.stringify(body), { status, contentType: "application/json", headers })

const noStore = { "cache-control": "no-store" }

const options = HttpServerResponse.empty({ status: 204, headers: { allow } })

/** The answer to a defect, which is told to the log and not to the caller. */
const defect = (cause: Cause.Cause<unknown>, route: Route | undefined) =>
  // There is nobody left to answer, and the platform must see it that way.
  HashSet.has(Cause.interruptors(cause), clientAbortFiberId)
    ? Effect.failCause(cause).pipe(Effect.orDie)
    : Effect.logError("the gateway failed", cause).pipe(
        Effect.zipRight(
          route?.name === "contract" ? Failure.toResponse(Failure.internal) : Problem.toResponse(Problem.internal)
        )
      )

const accessLogFailed = (cause: Cause.Cause<never>) => Effect.logError("the access log failed", cause)

/** A store that other gateways use as well. */
interface Shared {
  readonly store: SharedStoreService
  readonly guard: Guard.Guard
  readonly hash: Digest
}

const makeCache = (settings: CacheOptions | undefined, shared: Shared | undefined) => {
  if (settings === undefined) return undefined
  const millis = (duration: Duration.DurationInput | undefined, otherwise: Duration.DurationInput) =>
    Duration.toMillis(duration ?? otherwise)
  const spans = {
    fresh: millis(settings.fresh, "10 seconds"),
    staleWhileRevalidate: millis(settings.staleWhileRevalidate, "1 minute"),
    staleIfError: millis(settings.staleIfError, "1 hour")
  }
  const answers = ResponseCache.make<CloudFailure>({
    spans,
    maxEntries: settings.maxEntries ?? 10_000,
    maxBytes: settings.maxBytes ?? 128 * 1024 * 1024,
    patience: 3_000,
    isOutage: ({ isOutage }) => isOutage,
    etagOf,
    shared:
      shared === undefined
        ? undefined
        : SharedAnswers.make(shared.store.answers, shared.guard, { spans, digest: shared.hash, etagOf })
  })
  return { answers, spans }
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

/**
 * The gateway. `hash` takes the place of a digest without Node. Fails with `ConfigError` where a setting is not what
 * its type says, and where callers are to have keys and no usable ones are given.
 */
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
    const shared = store === undefined ? undefined : { store, guard: Guard.make(metrics), hash }
    if (shared !== undefined) yield* Guard.greet(shared.guard, shared.store)
    const cache = makeCache(settings.cache, shared)
    const rateLimit = yield* makeRateLimit(settings.rateLimit, shared)
    const clouds = Clouds.make(yield* HotspotSession.HotspotSession, {
      cloud: settings.cloud,
      elsewhere: settings.elsewhere ?? new Map(),
      mode,
      makeBreaker: () => makeBreaker(settings.circuitBreaker),
      maxCalls: settings.maxCalls ?? 64,
      metrics
    })
    const callers = Callers.make({
      mode,
      ...keys,
      digest: hash
    })
    const contract = ContractApp.make({
      callers,
      clouds,
      cache,
      rateLimit,
      maxRequests: settings.maxRequests ?? 2_000,
      metrics
    })

    const scope = yield* Effect.serviceOption(Scope.Scope)
    if (rateLimit !== undefined && Option.isSome(scope)) {
      yield* Scope.addFinalizer(scope.value, Effect.interruptible(rateLimit.settle))
    }
    if (cache !== undefined) {
      const { answers } = cache
      if (Option.isSome(scope)) yield* Scope.addFinalizer(scope.value, answers.stop)
      const size = (name: string, help: string, type: "gauge" | "counter", read: () => number) =>
        metrics.gauge({ name, help, type, read: () => [["", read()]] })
      size("cache_entries", "Answers that are kept.", "gauge", () => answers.size().entries)
      size("cache_bytes", "Bytes that are kept.", "gauge", () => answers.size().bytes)
      size("cache_evictions_total", "Answers thrown out for want of room.", "counter", () => answers.size().evictions)
    }
    if (clouds.circuits.length > 0) {
      metrics.gauge({
        name: "circuit_open",
        help: "1 while the cloud is left alone because it failed.",
        type: "gauge",
        read: () =>
          clouds.circuits.map(({ breaker, cloud }) => [Metrics.cloudLabel(cloud), breaker.state() === "Closed" ? 0 : 1])
      })
    }
    metrics.gauge({
      name: "requests_in_flight",
      help: "Requests to the contract's route that are being answered.",
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
            cloud: settings.cloud,
            cloudOf: clouds.nameOf
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

    const answer = (method: string, path: string, route: Route | undefined): HttpApp.Default<unknown> => {
      if (method === "OPTIONS" && (route !== undefined || path === "*")) return Effect.succeed(options)
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
      began: number,
      millis: number
    ): Effect.Effect<void> | undefined => {
      metrics.request(route, head.method, status, millis / 1_000)
      if (settings.accessLog === undefined) return undefined
      try {
        const effect = settings.accessLog({
          time: new Date(began).toISOString(),
          method: head.method,
          route,
          path: pathOf(head).slice(0, longestPath),
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
      const began = yield* Clock.currentTimeNanos
      const requestId = yield* requestIdOf(request.headers["x-request-id"])
      const head = headOf(request)
      const path = pathOf(head)
      const route = routes.find(({ matches }) => matches.test(path))
      yield* redactSpan(request)
      return yield* answer(request.method, path, route).pipe(
        Effect.catchAllCause((cause) => defect(cause, route)),
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
            (ended) =>
              log(
                head,
                route?.pattern ?? unmatched,
                Exit.match(exit, { onFailure: () => 499, onSuccess: ({ status }) => status }),
                requestId,
                Number(began / 1_000_000n),
                Number(ended - began) / 1_000_000
              ) ?? Effect.void
          )
        )
      )
    })

    return {
      app,
      hit: (head, now) => {
        const answer = contract.hit(head, now)
        if (answer !== undefined) Object.assign(answer.headers, Cors.headersFor(head, origins))
        return answer
      },
      record: (head, { began, millis, requestId, status }) =>
        log(head, contractPattern, status, requestId, began, millis),
      metrics
    }
  })
