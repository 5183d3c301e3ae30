import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Audit from "./Audit.js"
import * as CachedResponse from "./CachedResponse.js"
import type { Components } from "./Components.js"
import { cacheKey } from "./cache/CacheKey.js"
import type { CacheResult, ResponseCache } from "./cache/ResponseCache.js"
import type { CallerShare } from "./caller/CallerShare.js"
import type { Caller } from "./caller/Callers.js"
import type { Permission } from "./caller/KeyGrant.js"
import { isUnsignedPayload, signatureOf } from "./caller/SignedCaller.js"
import * as Failure from "./Failure.js"
import { type GatewayResponse, json, noStore, withBody } from "./GatewayResponse.js"
import type { JsonOperation } from "./JsonOperation.js"
import * as Metrics from "./Metrics.js"
import * as Monotonic from "./Monotonic.js"
import { openApiDocument } from "./OpenApiDocument.js"
import * as Problem from "./Problem.js"
import type { List, PageApp } from "./page/PageApp.js"
import type { RateLimitResult } from "./RateLimit.js"
import type { RequestBody } from "./RequestBody.js"
import { pathOf, queryOf, type RequestHead } from "./RequestHead.js"
import { makeDecoder, parametersOf, pathParametersOf, type RequestParameters } from "./RequestParameters.js"
import { isContractPath, list, type OwnRoute, type Route } from "./RouteTable.js"
import type { Settings } from "./Settings.js"
import type { UpstreamFailure } from "./Upstream.js"
import * as WriteProtection from "./WriteProtection.js"

/** A request on its way through the steps. */
export interface GatewayRequest {
  readonly head: RequestHead
  readonly openBody: () => RequestBody
  readonly path: string
  readonly route: Route | undefined
  /** The methods of the route; those of all routes if there is none. */
  readonly methods: Pick<Route, "allow" | "hasBody">
  readonly id: string
  /** Epoch milliseconds. */
  readonly receivedAt: number
  /** The same on the clock of `performance`. */
  readonly startedAt: number
  /** When the current step was reached, milliseconds on a monotonic clock. */
  now: number
  /** What is left of the caller's limit, once it has been checked. */
  rateLimit: RateLimitResult | undefined
  /** Renders the failures of a request for the page. */
  page: PageApp | undefined
  /** Who sent the request, once it is known. */
  caller: Caller | undefined
  /** The body, once it has been read. */
  body: Uint8Array | undefined
  /** Gives back the memory of the body. */
  releaseBody: () => void
  /** Frees the place among the requests in flight. */
  releasePlace: () => void
  /** Whether the caller has been identified by a signature. */
  isSigned: boolean
  /** Whether the response came from the cache without waiting. */
  isHit: boolean
  /** How a response that went through the cache was obtained. */
  cache: CacheResult["outcome"] | undefined
  /** Size of the response's body. */
  bytes: number
  /** The status that the server has sent itself, if it did before a response was known. */
  sentStatus: () => number | undefined
}

/** A step that need not be waited for. Left is the response that ends the request. */
export type Decision<A> = Either.Either<A, GatewayResponse>

/** A step that has to be waited for. It fails with the response that ends the request. */
export type Pending<A> = Effect.Effect<A, GatewayResponse>

export type Step<A> = Decision<A> | Pending<A>

const proceed: Decision<void> = Either.right(undefined)

const bodyTimeout = Duration.seconds(Failure.bodyTimeoutSeconds)

const maxBodySizeOf = ({ body }: JsonOperation): number =>
  body === undefined ? Failure.maxUnusedBodySize : Failure.maxBodySize

const isWrite = ({ idempotency }: JsonOperation): boolean => idempotency !== "safe"

const permissionFor = (operation: JsonOperation): Permission => (isWrite(operation) ? "write" : "read")

/** Why the caller's key does not permit an operation. In `pass-through`, the cloud decides. */
const denialOf = (
  { permissions, projects }: Caller,
  operation: JsonOperation,
  projectId: () => string
): Failure.Failure | undefined => {
  const permission = permissionFor(operation)
  if (!permissions.has(permission)) return Failure.missingPermission(permission)
  return projects === undefined || projects.has(projectId()) ? undefined : Failure.closedProject
}

/** A response that is not kept; the cloud's own may be empty. */
const uncached = (body: Uint8Array): GatewayResponse =>
  body.byteLength === 0
    ? { status: 200, headers: { ...noStore, "content-length": "0" }, body: undefined }
    : withBody(body, "application/json", noStore)

/** Each step of the pipeline. Their order is in `Pipeline.ts`. */
export const makeSteps = (
  {
    bodies,
    cache,
    cacheControl,
    callers,
    generations,
    metrics,
    metricsText,
    pageProjects,
    rateLimit,
    upstreams,
    usedSignatures,
    verdicts,
    writes
  }: Components,
  { auditLog, corsOrigins, exporter, isReady, maxRequests, upstream }: Settings,
  operations: ReadonlyArray<JsonOperation>,
  routes: ReadonlyArray<Route>,
  inFlight: CallerShare
) => {
  const served = routes.filter(({ targets }) => targets.size > 0)
  const notFound = Problem.notFound(served.map(({ pattern }) => pattern))
  const unknownPath = Failure.unknownPath(served.filter(({ isContract }) => isContract).map(({ pattern }) => pattern))
  const document = JSON.stringify(openApiDocument(served))
  const decode = makeDecoder(operations)
  let loadingPage: Promise<PageApp> | undefined
  let loadedPage: PageApp | undefined

  const reject = (request: GatewayRequest, failure: Failure.Failure): GatewayResponse =>
    request.page?.reject(failure) ?? Failure.toResponse(failure, request.id, request.methods.allow)

  const fail = (request: GatewayRequest, failure: Failure.Failure) => Either.left(reject(request, failure))

  const findTarget = (request: GatewayRequest): Decision<JsonOperation | OwnRoute> => {
    const { head, id, methods, path, route } = request
    if (head.method === "OPTIONS" && (route !== undefined || path === "*")) {
      return Either.left({ status: 204, headers: { allow: methods.allow }, body: undefined })
    }
    if (route === undefined) {
      return isContractPath(path) ? fail(request, unknownPath) : Either.left(Problem.toResponse(notFound, id))
    }
    const target = route.targets.get(head.method)
    if (target !== undefined) return Either.right(target)
    if (!route.isContract) return Either.left(Problem.toResponse(Problem.methodNotAllowed(methods.allow), id))
    const isOff = route.switchedOff.has(head.method) || route.targets.size === 0
    return fail(request, isOff ? Failure.writesOff : Failure.methodNotAllowed(methods.allow))
  }

  const ownResponses: Record<Exclude<OwnRoute, "page">, (request: GatewayRequest) => GatewayResponse> = {
    livez: () => json({ status: "ok" }, noStore),
    readyz: ({ id }) => (isReady() ? json({ status: "ready" }, noStore) : Problem.toResponse(Problem.draining, id)),
    metrics: ({ head, now, receivedAt }) => {
      const caller = exporter === undefined ? undefined : callers.identify(head, now, receivedAt)
      const holder = caller === undefined ? undefined : Either.getOrUndefined(caller)
      // Without a key that opens a project, what is exported of it is left out.
      const mayRead = (projectId: string) =>
        holder !== undefined && holder !== "signed" && denialOf(holder, list, () => projectId) === undefined
      return withBody(metricsText(mayRead), Metrics.contentType, noStore)
    },
    openapi: () => withBody(document, "application/json", { "cache-control": "no-cache" })
  }

  /** At the limit, what is in the cache is still served, because nothing has to be waited for. */
  const limitConcurrency = (request: GatewayRequest, operation: JsonOperation): Decision<void> => {
    if (inFlight.taken() < maxRequests) return proceed
    const caller = callers.identify(request.head, request.now, request.receivedAt)
    if (Either.isRight(caller) && caller.right !== "signed" && lookUp(request, operation, caller.right) !== undefined) {
      return proceed
    }
    metrics.refused("requests")
    return fail(request, Failure.overloaded)
  }

  /** What has to wait is limited for each caller, too. */
  const limitShare = (request: GatewayRequest): Decision<void> => {
    if (inFlight.hasRoom(request.caller?.id ?? "", request.now)) return proceed
    metrics.refused("requests")
    return fail(request, Failure.overloaded)
  }

  const limitBodySize = (request: GatewayRequest, operation: JsonOperation): Decision<void> => {
    const maximum = maxBodySizeOf(operation)
    if (!(Number(request.head.headers["content-length"] ?? 0) > maximum)) return proceed
    metrics.refused("body")
    return fail(request, Failure.bodyTooLarge(maximum))
  }

  const protectWrite = (request: GatewayRequest, operation: JsonOperation): Decision<void> => {
    const problem = isWrite(operation) ? WriteProtection.problemOf(request.head, corsOrigins) : undefined
    return problem === undefined ? proceed : fail(request, problem)
  }

  /** Reads the body, whose declared length has been checked, if there is memory for it. */
  const receiveBody = (
    request: GatewayRequest,
    operation: JsonOperation,
    callerId: string
  ): Effect.Effect<Uint8Array, Failure.Failure> =>
    Effect.suspend(() => {
      const { hasUnknownLength, read } = request.openBody()
      if (hasUnknownLength) return Effect.fail(Failure.bodyTooLarge(maxBodySizeOf(operation)))
      const length = Number(request.head.headers["content-length"] ?? 0)
      if (length === 0) return Effect.succeed(new Uint8Array())
      const release = bodies.hold(callerId, length)
      if (release === undefined) {
        metrics.refused("bodies")
        return Effect.fail(Failure.tooManyBodies)
      }
      request.releaseBody = release
      return Effect.mapError(Effect.timeout(read, bodyTimeout), () => Failure.incompleteBody)
    })

  const verifySignature = (request: GatewayRequest, operation: JsonOperation): Pending<Caller> => {
    const { address, headers, method, originalUrl, url } = request.head
    if (isWrite(operation) && isUnsignedPayload(headers)) {
      return Effect.fail(reject(request, Failure.invalidSignature("it does not cover the body of a write")))
    }
    const limited = limitShare(request)
    if (Either.isLeft(limited)) return Effect.fail(limited.left)
    request.isSigned = true
    return Effect.all([
      receiveBody(request, operation, callers.signerOf(headers)),
      Monotonic.currentMillis,
      Clock.currentTimeMillis
    ]).pipe(
      Effect.flatMap(([body, now, wallNow]) => {
        request.body = body
        // The signature covers the whole path, including the prefix under which the gateway is mounted.
        const signed = { method, path: pathOf(originalUrl), query: queryOf(url), headers, body }
        return callers.verify(signed, address, now, wallNow)
      }),
      Effect.tap((caller) => {
        request.caller = caller
      }),
      Effect.mapError((failure) => reject(request, failure))
    )
  }

  /** Without an operation, as for the page, no signature is verified. */
  const identifyCaller = (request: GatewayRequest, operation: JsonOperation | undefined): Step<Caller> => {
    const caller = callers.identify(request.head, request.now, request.receivedAt)
    if (Either.isLeft(caller)) return fail(request, caller.left)
    if (caller.right !== "signed") {
      request.caller = caller.right
      return caller as Either.Right<never, Caller>
    }
    return operation === undefined ? fail(request, callers.missingCredentials) : verifySignature(request, operation)
  }

  const authorize = (request: GatewayRequest, operation: JsonOperation, caller: Caller): Decision<void> => {
    const denial = denialOf(caller, operation, () => pathParametersOf(operation, request.path)["project_id"] ?? "")
    return denial === undefined ? proceed : fail(request, denial)
  }

  /** Reads the body of an operation that has one, unless the signature needed it before. */
  const readBody = (request: GatewayRequest, operation: JsonOperation, caller: Caller): Step<void> =>
    operation.body === undefined || request.body !== undefined
      ? proceed
      : Effect.mapBoth(receiveBody(request, operation, caller.id), {
          onFailure: (failure) => reject(request, failure),
          onSuccess: (body) => {
            request.body = body
          }
        })

  /** Once the signature of a write is known to be valid and permitted, it is accepted only this time. */
  const useSignature = (request: GatewayRequest, operation: JsonOperation): Step<void> => {
    if (!request.isSigned || !isWrite(operation)) return proceed
    const signature = request.head.headers["authorization"] ?? ""
    // By the wall clock, which also decides how long the signature is valid.
    const use = Effect.flatMap(Clock.currentTimeMillis, (now) => usedSignatures.use(signatureOf(signature), now))
    return Effect.flatMap(use, (use) => {
      if (use === "first") return Effect.void
      const failure =
        use === "again"
          ? Failure.invalidSignature("it was used before, and each write needs its own")
          : Failure.signatureUnchecked
      return Effect.fail(reject(request, failure))
    })
  }

  const applyRateLimit = (request: GatewayRequest, result: RateLimitResult): Decision<void> => {
    request.rateLimit = result
    if (result.allowed) return proceed
    metrics.refused("rate")
    return fail(request, Failure.rateLimited(result.retryAfter))
  }

  /** A cached response must not wait for the limit that gateways share. Only known callers have one. */
  const limitRate = (request: GatewayRequest, caller: Caller, isCached: boolean): Step<void> => {
    if (rateLimit === undefined) return proceed
    const isKnown = isCached || verdicts.isAccepted(caller.id, request.now)
    return rateLimit.consume === undefined || isCached
      ? applyRateLimit(request, rateLimit.take(caller.id, isKnown, request.now))
      : Effect.flatMap(rateLimit.consume(caller.id, isKnown), (result) => applyRateLimit(request, result))
  }

  const decodeParameters = (request: GatewayRequest, operation: JsonOperation): Decision<RequestParameters> =>
    Either.mapLeft(decode(operation, request.head, request.body), (issues) =>
      reject(request, Failure.invalidParameters(issues))
    )

  /** Gateways share the generations of a project that they read from the same upstream. */
  const generationNameOf = (projectId: string) => `${projectId} ${upstreams.remoteNameOf(projectId) ?? ""}`

  const keyOf = (caller: Caller, { key, values }: RequestParameters) =>
    cacheKey(
      caller.id,
      key,
      upstreams.remoteNameOf(values.project_id),
      // Their names are not made for hits unless there are any.
      generations.isEmpty() ? "" : generations.of(generationNameOf(values.project_id))
    )

  /** A read through the cache, in the current generation of its project, which another gateway may have started. */
  const readThrough = (
    responses: ResponseCache<UpstreamFailure>,
    caller: Caller,
    parameters: RequestParameters,
    fetch: Effect.Effect<Uint8Array, UpstreamFailure>
  ) =>
    Effect.zipRight(
      generations.refresh(generationNameOf(parameters.values.project_id)),
      Effect.suspend(() => responses.get(keyOf(caller, parameters), fetch))
    )

  /** Only reads are served from the cache and kept in it. */
  const cacheFor = (operation: JsonOperation) => (isWrite(operation) ? undefined : cache)

  /** The cached response, if it can be served without waiting. */
  const lookUp = (request: GatewayRequest, operation: JsonOperation, caller: Caller): CacheResult | undefined => {
    const responses = cacheFor(operation)
    if (responses === undefined) return undefined
    const parameters = decode(operation, request.head, undefined)
    return Either.isLeft(parameters) ? undefined : responses.peek(keyOf(caller, parameters.right), request.now)
  }

  const cachedResponse = (request: GatewayRequest, result: CacheResult, now: number): GatewayResponse => {
    metrics.cache(result.outcome)
    request.cache = result.outcome
    return CachedResponse.make(result, now, cacheControl, request.head.headers["if-none-match"])
  }

  const serveHit = (request: GatewayRequest, result: CacheResult): GatewayResponse => {
    request.isHit = true
    return cachedResponse(request, result, request.now)
  }

  /** A write starts a new generation of its project's cache, unless nothing was changed. It keeps the body until it ends. */
  const write = (
    request: GatewayRequest,
    { name }: JsonOperation,
    { config_id, project_id }: RequestParameters["values"],
    fetch: Effect.Effect<Uint8Array, UpstreamFailure>
  ): Effect.Effect<Uint8Array, UpstreamFailure> => {
    const fetchAndAdvance = Effect.onExit(fetch, (exit) => {
      const failure = Exit.isFailure(exit) ? Option.getOrUndefined(Cause.failureOption(exit.cause)) : undefined
      return failure?.outcome === "not_done" ? Effect.void : generations.advance(generationNameOf(project_id))
    })
    const audited: Audit.AuditedWrite = {
      request_id: request.id,
      key_name: request.caller?.name,
      operation: name,
      project_id,
      config_id: typeof config_id === "string" ? config_id : undefined
    }
    return Effect.suspend(() => {
      const { releaseBody } = request
      request.releaseBody = () => {}
      return writes.complete(
        Effect.ensuring(Audit.around(auditLog, audited, fetchAndAdvance), Effect.sync(releaseBody))
      )
    })
  }

  /** A read goes through the cache, which may have got a response meanwhile. A write always goes to the upstream. */
  const callUpstream = (
    request: GatewayRequest,
    operation: JsonOperation,
    caller: Caller,
    parameters: RequestParameters
  ): Pending<GatewayResponse> => {
    const fetch = upstreams.call(operation, parameters.values, caller, request.id)
    const responses = cacheFor(operation)
    const response =
      responses === undefined
        ? Effect.map(isWrite(operation) ? write(request, operation, parameters.values, fetch) : fetch, uncached)
        : Effect.zipWith(readThrough(responses, caller, parameters, fetch), Monotonic.currentMillis, (result, now) =>
            cachedResponse(request, result, now)
          )
    return Effect.mapError(response, ({ failure }) => reject(request, failure))
  }

  /**
   * The first configurations of a project, for the page. The page itself has been charged one request, which is that of the
   * first project that is not in the cache.
   */
  const listFor = (request: GatewayRequest, caller: Caller): List => {
    let isPaid = true
    const charge = Effect.suspend((): Effect.Effect<void, UpstreamFailure> => {
      if (isPaid || rateLimit === undefined) {
        isPaid = false
        return Effect.void
      }
      const isKnown = verdicts.isAccepted(caller.id, request.now)
      const taken =
        rateLimit.consume?.(caller.id, isKnown) ??
        Effect.map(Monotonic.currentMillis, (now) => rateLimit.take(caller.id, isKnown, now))
      return Effect.flatMap(taken, (result) => {
        request.rateLimit = result
        if (result.allowed) return Effect.void
        metrics.refused("rate")
        return Effect.fail({ failure: Failure.rateLimited(result.retryAfter), isOutage: false, outcome: "not_done" })
      })
    })
    return (values) => {
      const denial = denialOf(caller, list, () => values.project_id)
      if (denial !== undefined) return Effect.fail({ failure: denial, isOutage: false, outcome: "not_done" })
      const parameters = parametersOf(list, values)
      const fetch = upstreams.call(list, values, caller, request.id)
      if (cache === undefined) {
        return Effect.zipRight(charge, fetch).pipe(
          Effect.zipWith(Monotonic.currentMillis, (body, readAt) => ({
            stored: { body, etag: "", readAt },
            outcome: "miss" as const
          }))
        )
      }
      return Effect.suspend(() => {
        const found = cache.peek(keyOf(caller, parameters), request.now)
        const result =
          found === undefined
            ? Effect.zipRight(charge, readThrough(cache, caller, parameters, fetch))
            : Effect.succeed(found)
        return Effect.tap(result, ({ outcome }) => metrics.cache(outcome))
      })
    }
  }

  const importPage = () =>
    import("./page/PageApp.js").then((module) =>
      module.make({
        mayRead: (caller, projectId) => denialOf(caller, list, () => projectId) === undefined,
        projects: pageProjects,
        upstream,
        upstreamOf: upstreams.nameOf
      })
    )

  const loadPage = (request: GatewayRequest): Step<PageApp> => {
    request.page = loadedPage
    if (loadedPage !== undefined) return Either.right(loadedPage)
    return Effect.map(
      Effect.promise(() => {
        loadingPage ??= importPage()
        return loadingPage
      }),
      (page) => {
        loadedPage = page
        request.page = page
        return page
      }
    )
  }

  const showPage = (request: GatewayRequest, page: PageApp, caller: Caller): Pending<GatewayResponse> =>
    page.show(caller, request.head, listFor(request, caller))

  return {
    findTarget,
    ownResponses,
    loadPage,
    showPage,
    limitConcurrency,
    limitShare,
    limitBodySize,
    protectWrite,
    useSignature,
    identifyCaller,
    authorize,
    limitRate,
    readBody,
    decodeParameters,
    lookUp,
    serveHit,
    callUpstream
  }
}
