import type * as HttpApp from "@effect/platform/HttpApp"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import type { HotspotSession } from "@hotspot-session/client"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as CachedResponse from "./CachedResponse.js"
import { cacheKey } from "./cache/CacheKey.js"
import type { Lifetimes } from "./cache/Freshness.js"
import type { CacheResult, ResponseCache } from "./cache/ResponseCache.js"
import type { Caller, Callers } from "./caller/Callers.js"
import * as Failure from "./Failure.js"
import type { Metrics } from "./Metrics.js"
import * as RateLimit from "./protect/RateLimit.js"
import type { RequestHead } from "./RequestHead.js"
import { parametersOf } from "./RequestParameters.js"
import { headOf, pathOf, queryOf } from "./RouteTable.js"
import type { UpstreamFailure } from "./Upstream.js"
import type { Upstreams } from "./Upstreams.js"

export interface Dependencies {
  readonly callers: Callers
  readonly upstreams: Upstreams
  readonly cache: { readonly responses: ResponseCache<UpstreamFailure>; readonly lifetimes: Lifetimes } | undefined
  readonly rateLimit: RateLimit.RateLimit | undefined
  /** Maximum number of concurrent requests, including those that wait for the same fetch. */
  readonly maxRequests: number
  readonly metrics: Metrics
}

export interface Contract {
  readonly app: HttpApp.Default<unknown>
  /**
   * The response to a request that can be served from the cache synchronously: there is nothing to fetch, to reject or to
   * verify. `app` would return the same one.
   */
  readonly hit: (head: RequestHead, now: number) => CachedResponse.CachedResponse | undefined
  /** A page for a caller, through the cache if there is one. */
  readonly read: (
    caller: Caller,
    parameters: HotspotSession.ListParameters
  ) => Effect.Effect<{ readonly body: Uint8Array; readonly readAt: number; readonly isStale: boolean }, UpstreamFailure>
  /** The response within the caller's rate limit, or a rejection; both with `RateLimit` headers. */
  readonly withRateLimit: (
    caller: Caller,
    respond: Effect.Effect<HttpServerResponse.HttpServerResponse>,
    reject?: (failure: Failure.Failure) => Effect.Effect<HttpServerResponse.HttpServerResponse>
  ) => Effect.Effect<HttpServerResponse.HttpServerResponse>
  readonly inFlight: () => number
}

type ParsedParameters = ReturnType<typeof parametersOf>

const maxCachedUrls = 10_000
const maxCachedUrlLength = 300

/** Parses the parameters of URLs, and caches the results. */
const makeParse = (): ((head: RequestHead) => ParsedParameters) => {
  const cache = new Map<string, ParsedParameters>()
  return (head) => {
    const cached = cache.get(head.url)
    if (cached !== undefined) return cached
    const parsed = parametersOf({ path: pathOf(head), query: queryOf(head) })
    if (head.url.length <= maxCachedUrlLength && Either.isRight(parsed)) {
      if (cache.size >= maxCachedUrls) cache.clear()
      cache.set(head.url, parsed)
    }
    return parsed
  }
}

const bodyTimeout = Duration.seconds(Failure.bodyTimeoutSeconds)

const isTooLarge = ({ headers }: RequestHead): boolean => Number(headers["content-length"] ?? 0) > Failure.maxBodySize

/** The body of a request. The request counts as one in flight while the body arrives. */
const bodyOf = (request: HttpServerRequest.HttpServerRequest): Effect.Effect<Uint8Array, Failure.Failure> => {
  // The length of a chunked body is not known in advance.
  if (request.headers["transfer-encoding"] !== undefined) return Effect.fail(Failure.bodyTooLarge)
  if (request.headers["content-length"] === undefined) return Effect.succeed(new Uint8Array())
  return request.arrayBuffer.pipe(
    Effect.map((body) => new Uint8Array(body)),
    Effect.timeout(bodyTimeout),
    Effect.mapError(() => Failure.incompleteBody)
  )
}

const toResponse = ({ body, headers, status }: CachedResponse.CachedResponse): HttpServerResponse.HttpServerResponse =>
  body === undefined
    ? HttpServerResponse.empty({ status, headers })
    : HttpServerResponse.uint8Array(body, { status, headers, contentType: "application/json" })

const uncached = (body: Uint8Array) =>
  HttpServerResponse.uint8Array(body, { contentType: "application/json", headers: { "cache-control": "no-store" } })

/** The contract's route. Like the cloud, it authenticates the caller before it validates the parameters. */
export const make = (dependencies: Dependencies): Contract => {
  const { cache, callers, maxRequests, metrics, rateLimit, upstreams } = dependencies
  const cacheControl = cache === undefined ? "" : CachedResponse.cacheControlOf(cache.lifetimes)
  const parse = makeParse()
  let inFlight = 0

  const keyOf = (caller: Caller, parameters: HotspotSession.ListParameters) =>
    cacheKey(caller.id, parameters, upstreams.remoteNameOf(parameters.project_id))

  const get = (
    caller: Caller,
    parameters: HotspotSession.ListParameters
  ): Effect.Effect<CacheResult, UpstreamFailure> =>
    Effect.tap(
      cache?.responses.get(keyOf(caller, parameters), upstreams.fetchPage(parameters, caller.credentials)) ??
        Effect.die("no cache"),
      ({ outcome }) => metrics.cache(outcome)
    )

  const respond = (caller: Caller, parameters: HotspotSession.ListParameters, head: RequestHead) =>
    cache === undefined
      ? Effect.map(upstreams.fetchPage(parameters, caller.credentials), uncached)
      : Effect.zipWith(get(caller, parameters), Clock.currentTimeMillis, (result, now) =>
          toResponse(CachedResponse.make(result, now, cacheControl, head.headers["if-none-match"]))
        )

  const callerOf = (request: HttpServerRequest.HttpServerRequest, head: RequestHead) =>
    Effect.flatMap(callers.identify(head), (caller): Effect.Effect<Caller, Failure.Failure> => {
      if (caller !== "signed") return Effect.succeed(caller)
      return Effect.flatMap(bodyOf(request), (body) =>
        Effect.flatMap(Clock.currentTimeMillis, (now) =>
          callers.verify(
            {
              method: head.method,
              // The signature covers the whole path, including the prefix under which the gateway is mounted.
              path: request.originalUrl.replace(/^https?:\/\/[^/?#]*/i, "").replace(/\?.*$/s, ""),
              query: queryOf(head),
              headers: head.headers,
              body
            },
            now
          )
        )
      )
    })

  const withRateLimit: Contract["withRateLimit"] = (caller, respond, reject = Failure.toResponse) =>
    rateLimit === undefined
      ? respond
      : Effect.flatMap(rateLimit.consume(caller.id), (limit) => {
          if (!limit.allowed) metrics.refused("rate")
          return Effect.map(
            limit.allowed ? respond : reject(Failure.rateLimited(limit.retryAfter)),
            HttpServerResponse.setHeaders(RateLimit.headersOf(rateLimit.settings, limit))
          )
        })

  const handle = (request: HttpServerRequest.HttpServerRequest) => {
    const head = headOf(request)
    if (isTooLarge(head)) return Failure.toResponse(Failure.bodyTooLarge)
    return Effect.matchEffect(callerOf(request, head), {
      onFailure: Failure.toResponse,
      onSuccess: (caller) =>
        withRateLimit(
          caller,
          Either.match(parse(head), {
            onLeft: (issues) => Failure.toResponse(Failure.invalidParameters(issues)),
            onRight: (parameters) =>
              Effect.catchAll(respond(caller, parameters, head), ({ failure }) => Failure.toResponse(failure))
          })
        )
    })
  }

  const app = Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) => {
    if (inFlight >= maxRequests) {
      metrics.refused("requests")
      return Failure.toResponse(Failure.overloaded)
    }
    inFlight++
    return Effect.ensuring(
      // The platform runs apps uninterruptibly.
      Effect.interruptible(handle(request)),
      Effect.sync(() => {
        inFlight--
      })
    )
  })

  const hit: Contract["hit"] = (head, now) => {
    if (cache === undefined || isTooLarge(head)) return undefined
    const caller = callers.identify(head)
    if (Either.isLeft(caller) || caller.right === "signed") return undefined
    const parameters = parse(head)
    if (Either.isLeft(parameters)) return undefined
    const result = cache.responses.peek(keyOf(caller.right, parameters.right), now)
    if (result === undefined) return undefined
    const response = CachedResponse.make(result, now, cacheControl, head.headers["if-none-match"])
    if (rateLimit !== undefined) {
      const limit = rateLimit.take(caller.right.id, now)
      // `app` will reject the request: nothing has been taken from the bucket.
      if (!limit.allowed) return undefined
      Object.assign(response.headers, RateLimit.headersOf(rateLimit.settings, limit))
    }
    metrics.cache(result.outcome)
    return response
  }

  return {
    app,
    hit,
    read: (caller, parameters) =>
      cache === undefined
        ? Effect.zipWith(
            upstreams.fetchPage(parameters, caller.credentials),
            Clock.currentTimeMillis,
            (body, readAt) => ({
              body,
              readAt,
              isStale: false
            })
          )
        : Effect.map(get(caller, parameters), ({ outcome, stored }) => ({
            body: stored.body,
            readAt: stored.readAt,
            isStale: outcome === "stale"
          })),
    withRateLimit,
    inFlight: () => inFlight
  }
}
