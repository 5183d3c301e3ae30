import type * as HttpApp from "@effect/platform/HttpApp"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import type { HotspotSession } from "@hotspot-session/client"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { type Answer, answerOf, cacheControlOf } from "./Answer.js"
import type { CloudFailure } from "./Cloud.js"
import type { Clouds } from "./Clouds.js"
import { cacheKey } from "./cache/CacheKey.js"
import type { Spans } from "./cache/Freshness.js"
import type { ResponseCache, Served } from "./cache/ResponseCache.js"
import type { Caller, Callers } from "./caller/Callers.js"
import * as Failure from "./Failure.js"
import type { Metrics } from "./Metrics.js"
import { parametersOf } from "./Parameters.js"
import * as RateLimit from "./protect/RateLimit.js"
import type { RequestHead } from "./RequestHead.js"
import { headOf, pathOf, queryOf } from "./Route.js"

/** What the contract's route is made of. */
export interface Parts {
  readonly callers: Callers
  readonly clouds: Clouds
  readonly cache: { readonly answers: ResponseCache<CloudFailure>; readonly spans: Spans } | undefined
  readonly rateLimit: RateLimit.RateLimit | undefined
  /** Requests at the same time, those that wait for the same answer included. */
  readonly maxRequests: number
  readonly metrics: Metrics
}

/** The contract's route. */
export interface Contract {
  readonly app: HttpApp.Default<unknown>
  /**
   * The answer to a request where it is in the cache and there is nothing else to do: nothing to ask, to refuse or to
   * verify. `app` gives the same one, later.
   */
  readonly hit: (head: RequestHead, now: number) => Answer | undefined
  /** A caller's page, from the cache where there is one. Without a cache it was read just now. */
  readonly read: (
    caller: Caller,
    parameters: HotspotSession.ListParameters
  ) => Effect.Effect<{ readonly body: Uint8Array; readonly readAt: number; readonly isStale: boolean }, CloudFailure>
  /** An answer within the caller's limit, which it is told of, or a refusal. */
  readonly limited: (
    caller: Caller,
    then: Effect.Effect<HttpServerResponse.HttpServerResponse>,
    refuse?: (failure: Failure.Failure) => Effect.Effect<HttpServerResponse.HttpServerResponse>
  ) => Effect.Effect<HttpServerResponse.HttpServerResponse>
  /** Requests that are being answered. */
  readonly inFlight: () => number
}

type Parsed = ReturnType<typeof parametersOf>

const mostUrls = 10_000
const longestUrl = 300

/** Reads the parameters of a URL; those of one that came before are known already. */
const makeParse = (): ((head: RequestHead) => Parsed) => {
  const known = new Map<string, Parsed>()
  return (head) => {
    const before = known.get(head.url)
    if (before !== undefined) return before
    const parsed = parametersOf({ path: pathOf(head), query: queryOf(head) })
    if (head.url.length <= longestUrl && Either.isRight(parsed)) {
      if (known.size >= mostUrls) known.clear()
      known.set(head.url, parsed)
    }
    return parsed
  }
}

const bodyTimeout = Duration.seconds(Failure.bodySeconds)

const isTooLarge = ({ headers }: RequestHead): boolean => Number(headers["content-length"] ?? 0) > Failure.maxBodySize

/** The body of a request, which holds one of the gateway's requests in flight while it comes. */
const bodyOf = (request: HttpServerRequest.HttpServerRequest): Effect.Effect<Uint8Array, Failure.Failure> => {
  // Its length is not known.
  if (request.headers["transfer-encoding"] !== undefined) return Effect.fail(Failure.bodyTooLarge)
  if (request.headers["content-length"] === undefined) return Effect.succeed(new Uint8Array())
  return request.arrayBuffer.pipe(
    Effect.map((body) => new Uint8Array(body)),
    Effect.timeout(bodyTimeout),
    Effect.mapError(() => Failure.bodyIncomplete)
  )
}

const toResponse = ({ body, headers, status }: Answer): HttpServerResponse.HttpServerResponse =>
  body === undefined
    ? HttpServerResponse.empty({ status, headers })
    : HttpServerResponse.uint8Array(body, { status, headers, contentType: "application/json" })

const uncached = (body: Uint8Array) =>
  HttpServerResponse.uint8Array(body, { contentType: "application/json", headers: { "cache-control": "no-store" } })

/** The contract's route, served through the client. Who asks is looked at before what is asked for, as the cloud does. */
export const make = (parts: Parts): Contract => {
  const { cache, callers, clouds, maxRequests, metrics, rateLimit } = parts
  const cacheControl = cache === undefined ? "" : cacheControlOf(cache.spans)
  const parse = makeParse()
  let inFlight = 0

  const keyOf = (caller: Caller, parameters: HotspotSession.ListParameters) =>
    cacheKey(caller.id, parameters, clouds.elsewhere(parameters.project_id))

  const get = (caller: Caller, parameters: HotspotSession.ListParameters): Effect.Effect<Served, CloudFailure> =>
    Effect.tap(
      cache?.answers.get(keyOf(caller, parameters), clouds.ask(parameters, caller.credentials)) ??
        Effect.die("no cache"),
      ({ outcome }) => metrics.cache(outcome)
    )

  const respond = (caller: Caller, parameters: HotspotSession.ListParameters, head: RequestHead) =>
    cache === undefined
      ? Effect.map(clouds.ask(parameters, caller.credentials), uncached)
      : Effect.zipWith(get(caller, parameters), Clock.currentTimeMillis, (served, now) =>
          toResponse(answerOf(served, now, cacheControl, head.headers["if-none-match"]))
        )

  const callerOf = (request: HttpServerRequest.HttpServerRequest, head: RequestHead) =>
    Effect.flatMap(callers.identify(head), (caller): Effect.Effect<Caller, Failure.Failure> => {
      if (caller !== "signed") return Effect.succeed(caller)
      return Effect.flatMap(bodyOf(request), (body) =>
        Effect.flatMap(Clock.currentTimeMillis, (now) =>
          callers.verify(
            {
              method: head.method,
              // What it was signed for is what was sent, not what is left of it where the gateway is mounted.
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

  const withLimit: Contract["limited"] = (caller, then, refuse = Failure.toResponse) =>
    rateLimit === undefined
      ? then
      : Effect.flatMap(rateLimit.consume(caller.id), (taken) => {
          if (!taken.allowed) metrics.shed("rate")
          return Effect.map(
            taken.allowed ? then : refuse(Failure.rateLimited(taken.retryAfter)),
            HttpServerResponse.setHeaders(RateLimit.headersOf(rateLimit.settings, taken))
          )
        })

  const answer = (request: HttpServerRequest.HttpServerRequest) => {
    const head = headOf(request)
    if (isTooLarge(head)) return Failure.toResponse(Failure.bodyTooLarge)
    return Effect.matchEffect(callerOf(request, head), {
      onFailure: Failure.toResponse,
      onSuccess: (caller) =>
        withLimit(
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
      metrics.shed("requests")
      return Failure.toResponse(Failure.overloaded)
    }
    inFlight++
    return Effect.ensuring(
      // The platform runs an app so that nothing can interrupt it.
      Effect.interruptible(answer(request)),
      Effect.sync(() => {
        inFlight--
      })
    )
  })

  const hit = (head: RequestHead, now: number): Answer | undefined => {
    if (cache === undefined || isTooLarge(head)) return undefined
    const caller = callers.identify(head)
    if (Either.isLeft(caller) || caller.right === "signed") return undefined
    const parameters = parse(head)
    if (Either.isLeft(parameters)) return undefined
    const served = cache.answers.peek(keyOf(caller.right, parameters.right), now)
    if (served === undefined) return undefined
    const answer = answerOf(served, now, cacheControl, head.headers["if-none-match"])
    if (rateLimit !== undefined) {
      const taken = rateLimit.take(caller.right.id, now)
      // Nothing was taken, so that the refusal finds the same.
      if (!taken.allowed) return undefined
      Object.assign(answer.headers, RateLimit.headersOf(rateLimit.settings, taken))
    }
    metrics.cache(served.outcome)
    return answer
  }

  return {
    app,
    hit,
    read: (caller, parameters) =>
      cache === undefined
        ? Effect.zipWith(clouds.ask(parameters, caller.credentials), Clock.currentTimeMillis, (body, readAt) => ({
            body,
            readAt,
            isStale: false
          }))
        : Effect.map(get(caller, parameters), ({ outcome, stored }) => ({
            body: stored.body,
            readAt: stored.readAt,
            isStale: outcome === "stale"
          })),
    limited: withLimit,
    inFlight: () => inFlight
  }
}
