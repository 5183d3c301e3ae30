import type * as HttpApp from "@effect/platform/HttpApp"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import type * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import type { HotspotSession } from "@hotspot-session/client"
import { Monotonic } from "@hotspot-session/core"
import * as Cause from "effect/Cause"
import type * as Clock from "effect/Clock"
import type { ConfigError } from "effect/ConfigError"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FiberRef from "effect/FiberRef"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type { AccessLogEntry } from "./AccessLog.js"
import * as Components from "./Components.js"
import * as Cors from "./Cors.js"
import * as CallerShare from "./caller/CallerShare.js"
import { digest } from "./Digest.js"
import * as Failure from "./Failure.js"
import type { Options, ReloadableOptions } from "./GatewayOptions.js"
import type { Decision, GatewayRequest, Pending, Step } from "./GatewayRequest.js"
import { type GatewayResponse, toPlatform } from "./GatewayResponse.js"
import type { JsonOperation } from "./JsonOperation.js"
import type { Metrics } from "./Metrics.js"
import * as Problem from "./Problem.js"
import { makePageSteps } from "./page/PageSteps.js"
import * as RateLimit from "./RateLimit.js"
import * as RequestBody from "./RequestBody.js"
import { headOf, pathOf, type RequestHead } from "./RequestHead.js"
import { requestIdOf } from "./RequestId.js"
import { allowOf, isContractPath, operationsOf, routesOf, switchedOffOf, unmatched } from "./RouteTable.js"
import { settingsOf } from "./Settings.js"
import { redactSpan } from "./SpanRedaction.js"
import { makeSteps } from "./Steps.js"

/** The steps of a request, which yield those that end it or have to be waited for. */
type Steps = Generator<Step<unknown>, GatewayResponse>

/** A request that has reached its response, or a step that has to be waited for. */
export interface Started {
  readonly request: GatewayRequest
  readonly reached: GatewayResponse | Pending<unknown>
  readonly remaining: Steps
}

/**
 * The way of every request: `start` gives it an ID and a route and takes its steps, `complete` adds headers to the
 * response, `record` counts and logs it. `app` does all of this. A server that writes responses without the platform calls
 * `start`, and `settle` if a step has to be waited for; one that has the platform write them calls `resume`.
 */
export interface Pipeline {
  readonly app: HttpApp.Default
  /** Takes steps until one has to be waited for. */
  readonly start: (head: RequestHead, openBody: () => RequestBody.RequestBody, clock: Clock.Clock) => Started
  /**
   * Waits for that step, takes the remaining ones, and completes and records the response. It is interrupted if the client
   * has disconnected, or by the program that embeds the gateway.
   */
  readonly settle: (started: Started) => Effect.Effect<GatewayResponse>
  /** The same for the platform. */
  readonly resume: (started: Started) => Effect.Effect<HttpServerResponse.HttpServerResponse>
  /** Adds the headers that do not depend on the step that has responded. */
  readonly complete: (request: GatewayRequest, response: GatewayResponse) => GatewayResponse
  /** A request that takes no steps, because the server refuses it. */
  readonly open: (head: RequestHead, openBody: () => RequestBody.RequestBody, clock: Clock.Clock) => GatewayRequest
  /** The same for one that could not be parsed, which has neither a method nor a path. */
  readonly openUnparsed: (address: string | undefined, clock: Clock.Clock) => GatewayRequest
  /**
   * The response to a request that the server refuses itself, also while a step waits for the rest of it. It is counted and
   * logged as the response; `log` is like the result of `record`.
   */
  readonly refuse: (
    request: GatewayRequest,
    problem: Problem.RefusalProblem
  ) => { readonly response: GatewayResponse; readonly log: Effect.Effect<void> | undefined }
  /** Counts and logs a response. Returns the effect of the access log, if there is one. */
  readonly record: (request: GatewayRequest, status: number) => Effect.Effect<void> | undefined
  readonly metrics: Metrics
  readonly metricsText: Components.Components["metricsText"]
  /** Replaces keys and projects. Fails and replaces nothing if any of them is invalid. */
  readonly reload: (replaced: ReloadableOptions) => Effect.Effect<void, ConfigError>
  /** Succeeds when no write is in flight; one may be without a connection. */
  readonly writesEnded: Effect.Effect<void>
}

/** The result of a step. `Either.isEither` and `Effect.isEffect` would take longer than most steps. */
function* take<A>(step: Step<A>): Generator<Step<unknown>, A> {
  return Either.isRight(step as Decision<A>) ? (step as Either.Right<never, A>).right : ((yield step) as A)
}

/** Takes steps until one ends the request or has to be waited for. `result` is that of the step before. */
const advance = (steps: Steps, result: unknown): Started["reached"] => {
  try {
    const { done, value } = steps.next(result as never)
    if (done === true) return value
    return Either.isEither(value) ? Either.merge(value as Decision<never>) : value
  } catch (defect) {
    return Effect.die(defect)
  }
}

const maxLoggedPathLength = 512

/** Of a request that is refused, whose body is not read. */
const noBody = (): RequestBody.RequestBody => ({ hasUnknownLength: false, read: Effect.succeed(new Uint8Array()) })

const accessLogFailed =
  ({ request_id }: AccessLogEntry) =>
  (cause: Cause.Cause<never>) =>
    Effect.annotateLogs(Effect.logError("access log failed", cause), { request_id })

const portable: Components.Platform = { digest, randomUUID: () => crypto.randomUUID() }

/** The gateway. Fails with `ConfigError` like `Gateway.httpApp`. */
export const make = Effect.fnUntraced(function* (
  options: Options,
  platform: Components.Platform = portable,
  givenOperations?: ReadonlyArray<JsonOperation>
): Effect.fn.Return<Pipeline, ConfigError, HotspotSession.HotspotSession | Scope.Scope> {
  const settings = yield* settingsOf(options)
  const { accessLog, corsOrigins } = settings
  const components = yield* Components.make(settings, platform)
  const { metrics, rateLimit } = components
  const operations = givenOperations ?? operationsOf(settings.writes)
  const routes = routesOf(operations, switchedOffOf(settings.writes), [
    ...(settings.metrics ? [] : ["metrics" as const]),
    ...(settings.page === undefined ? ["page" as const] : [])
  ])
  const noRoute = { allow: allowOf(routes.flatMap(({ targets }) => [...targets.keys()])), hasBody: false }
  const inFlight = CallerShare.make(settings.maxRequests, components.verdicts)
  const steps = makeSteps(components, settings, operations, routes, inFlight)
  const pageSteps = makePageSteps(components, settings.upstream)
  metrics.gauge({
    name: "requests_in_flight",
    help: "API requests and page views in flight.",
    type: "gauge",
    read: () => [["", inFlight.taken()]]
  })

  /** The steps in their order. The first one that fails ends the request. */
  function* respond(request: GatewayRequest): Steps {
    const target = yield* take(steps.findTarget(request))
    if (target === "page") {
      const page = yield* take(pageSteps.loadPage(request))
      const caller = yield* take(steps.identifyCaller(request, undefined))
      yield* take(steps.limitShare(request))
      yield* take(steps.limitRate(request, caller, false))
      return yield* take(pageSteps.showPage(request, page, caller))
    }
    if (typeof target === "string") return steps.ownResponses[target](request)
    yield* take(steps.limitConcurrency(request, target))
    yield* take(steps.limitBodySize(request, target))
    yield* take(steps.protectWrite(request, target))
    // Like the cloud, the gateway authenticates the caller before it validates the parameters.
    const caller = yield* take(steps.identifyCaller(request, target))
    yield* take(steps.authorize(request, target, caller))
    const cached = steps.lookUp(request, target, caller)
    if (cached === undefined) yield* take(steps.limitShare(request))
    yield* take(steps.limitRate(request, caller, cached !== undefined))
    yield* take(steps.readBody(request, target, caller))
    yield* take(steps.useSignature(request, target))
    const parameters = yield* take(steps.decodeParameters(request, target))
    if (cached !== undefined) return steps.serveHit(request, cached)
    return yield* take(steps.callUpstream(request, target, caller, parameters))
  }

  const open: Pipeline["open"] = (head, openBody, clock) => {
    const path = pathOf(head.url)
    const route = routes.find(({ matches }) => matches.test(path))
    return {
      head,
      openBody,
      path,
      route,
      methods: route ?? noRoute,
      id: requestIdOf(head.headers["x-request-id"], platform.randomUUID),
      receivedAt: clock.unsafeCurrentTimeMillis(),
      startedAt: performance.now(),
      now: Monotonic.millisOf(clock),
      rateLimit: undefined,
      page: undefined,
      caller: undefined,
      body: undefined,
      releaseBody: () => {},
      releasePlace: () => {},
      isSigned: false,
      isHit: false,
      cache: undefined,
      bytes: 0,
      isRefused: false
    }
  }

  const openUnparsed: Pipeline["openUnparsed"] = (address, clock) => ({
    ...open(headOf("", "", {}, address), noBody, clock),
    path: "",
    route: undefined,
    methods: noRoute
  })

  const start: Pipeline["start"] = (head, openBody, clock) => {
    const request = open(head, openBody, clock)
    const remaining = respond(request)
    return { request, reached: advance(remaining, undefined), remaining }
  }

  const complete: Pipeline["complete"] = (request, response) => {
    const { head, id, methods, rateLimit: result } = request
    const { headers } = response
    request.bytes = head.method === "HEAD" ? 0 : (response.body?.byteLength ?? 0)
    headers["x-request-id"] = id
    headers["x-content-type-options"] = "nosniff"
    if (result !== undefined && rateLimit !== undefined) {
      Object.assign(headers, RateLimit.headersOf(rateLimit.settings, result))
    }
    Object.assign(headers, Cors.headersFor(head, corsOrigins, methods))
    return response
  }

  const log = (entry: AccessLogEntry): Effect.Effect<void> | undefined => {
    if (accessLog === undefined) return undefined
    try {
      const effect = accessLog(entry)
      return Effect.isEffect(effect) ? Effect.catchAllCause(effect, accessLogFailed(entry)) : undefined
    } catch (error) {
      return accessLogFailed(entry)(Cause.die(error))
    }
  }

  /** Counts a request and describes it for the access log. */
  const count = (request: GatewayRequest, status: number): AccessLogEntry => {
    const { bytes, cache, caller, head, id, path, receivedAt, route, startedAt } = request
    const { address, method } = head
    const pattern = route?.pattern ?? unmatched
    const millis = performance.now() - startedAt
    metrics.request(pattern, method, status, millis / 1_000)
    return {
      time: new Date(receivedAt).toISOString(),
      method,
      route: pattern,
      path: path.slice(0, maxLoggedPathLength),
      status,
      duration_ms: Math.round(millis * 100) / 100,
      request_id: id,
      ...(address === undefined ? {} : { client_address: address }),
      ...(caller === undefined
        ? {}
        : caller.name === undefined
          ? { key_digest: caller.shortDigest }
          : { key_name: caller.name }),
      ...(cache === undefined ? {} : { cache }),
      bytes
    }
  }

  const record: Pipeline["record"] = (request, status) => log(count(request, status))

  const refuse: Pipeline["refuse"] = (request, problem) => {
    const { detail: error_msg, error_code, reason, retryAfter, status } = problem
    const response = complete(
      request,
      isContractPath(request.path)
        ? Failure.toResponse({ status, error_code, error_msg, retryAfter }, request.id, request.methods.allow)
        : Problem.toResponse(problem, request.id)
    )
    request.isRefused = true
    metrics.refused(reason)
    return { response, log: log({ ...count(request, status), refused: reason }) }
  }

  /** Logs a defect, whose cause is not shown to the caller. */
  const respondToDefect = ({ id, route }: GatewayRequest, cause: Cause.Cause<never>) =>
    Effect.as(
      Effect.annotateLogs(Effect.logError("request failed with a defect", cause), { request_id: id }),
      route?.isContract === true
        ? Failure.toResponse(Failure.internal, id, route.allow)
        : Problem.toResponse(Problem.internal, id)
    )

  const waitFor = ({ reached, remaining, request }: Started): Effect.Effect<GatewayResponse> =>
    Effect.isEffect(reached)
      ? Effect.matchEffect(Effect.interruptible(reached), {
          onFailure: Effect.succeed,
          onSuccess: (result) =>
            Effect.clockWith((clock) => {
              request.now = Monotonic.millisOf(clock)
              return waitFor({ request, reached: advance(remaining, result), remaining })
            })
        })
      : Effect.succeed(reached)

  /** Counts a request as one in flight. There was room a moment ago, unless the step that waits has no limit. */
  const takePlace = (request: GatewayRequest): void => {
    request.releasePlace = inFlight.take(request.caller?.id ?? "", request.now) ?? request.releasePlace
  }

  const isCounted = ({ page, route }: GatewayRequest) => route?.isContract === true || page !== undefined

  const release = (request: GatewayRequest): void => {
    request.releaseBody()
    request.releasePlace()
  }

  const finish = (request: GatewayRequest, response: GatewayResponse): Effect.Effect<GatewayResponse> => {
    release(request)
    if (request.isRefused) return Effect.succeed(response)
    return Effect.as(record(request, complete(request, response).status) ?? Effect.void, response)
  }

  /** What waits for the response has interrupted the request, which the platform must see. */
  const abandon = (request: GatewayRequest, cause: Cause.Cause<never>): Effect.Effect<never> => {
    release(request)
    const log = request.isRefused ? undefined : record(request, 499)
    return Effect.zipRight(log ?? Effect.void, Effect.failCause(cause))
  }

  const settle: Pipeline["settle"] = (started) => {
    const { reached, request } = started
    return Effect.suspend(() => {
      if (Effect.isEffect(reached) && isCounted(request)) takePlace(request)
      return waitFor(started)
    }).pipe(
      Effect.matchCauseEffect({
        onFailure: (cause) =>
          // Not of the cause: if only the step was interrupted, the client still waits.
          Effect.flatMap(FiberRef.get(FiberRef.interruptedCause), (interruption) =>
            Cause.isEmpty(interruption)
              ? Effect.flatMap(respondToDefect(request, cause), (response) => finish(request, response))
              : abandon(request, cause)
          ),
        onSuccess: (response) => finish(request, response)
      }),
      Effect.uninterruptible
    )
  }

  const resume: Pipeline["resume"] = (started) =>
    Effect.withFiberRuntime((fiber) => {
      redactSpan(fiber, started.request.head)
      return Effect.map(settle(started), toPlatform)
    })

  const app = Effect.flatMap(HttpServerRequest.HttpServerRequest, (platformRequest) => {
    const { headers, method, originalUrl, remoteAddress, url } = platformRequest
    const head = headOf(method, url, headers, Option.getOrUndefined(remoteAddress), originalUrl)
    return Effect.clockWith((clock) => resume(start(head, () => RequestBody.fromPlatform(platformRequest), clock)))
  })

  let current = options
  const reload: Pipeline["reload"] = (replaced) =>
    Effect.map(
      Effect.suspend(() => settingsOf({ ...current, ...replaced })),
      (changed) => {
        current = { ...current, ...replaced }
        components.reload(changed)
      }
    )

  return {
    app,
    start,
    settle,
    resume,
    complete,
    record,
    open,
    openUnparsed,
    refuse,
    metrics,
    metricsText: components.metricsText,
    reload,
    writesEnded: components.writes.ended
  }
})
