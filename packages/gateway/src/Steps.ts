import { Monotonic } from "@hotspot-session/core"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Audit from "./Audit.js"
import { denialOf, isWrite } from "./Authorization.js"
import * as CachedResponse from "./CachedResponse.js"
import type { Components } from "./Components.js"
import type { CacheResult } from "./cache/ResponseCache.js"
import type { CallerShare } from "./caller/CallerShare.js"
import type { Caller } from "./caller/Callers.js"
import { dateOf, isUnsignedPayload, signatureOf } from "./caller/SignedCaller.js"
import type { Use } from "./caller/UsedSignatures.js"
import * as Failure from "./Failure.js"
import type { Decision, GatewayRequest, Pending, Step } from "./GatewayRequest.js"
import { type GatewayResponse, json, noStore, withBody } from "./GatewayResponse.js"
import type { JsonOperation } from "./JsonOperation.js"
import * as Metrics from "./Metrics.js"
import { openApiDocument } from "./OpenApiDocument.js"
import * as Problem from "./Problem.js"
import type { RateLimitResult } from "./RateLimit.js"
import { pathOf, queryOf } from "./RequestHead.js"
import { makeDecoder, pathParametersOf, type RequestParameters } from "./RequestParameters.js"
import { isContractPath, list, type OwnRoute, type Route } from "./RouteTable.js"
import type { Settings } from "./Settings.js"
import type { UpstreamFailure } from "./Upstream.js"
import * as WriteProtection from "./WriteProtection.js"

const proceed: Decision<void> = Either.right(undefined)

const bodyTimeout = Duration.seconds(Failure.bodyTimeoutSeconds)

const maxBodySizeOf = ({ body }: JsonOperation): number =>
  body === undefined ? Failure.maxUnusedBodySize : Failure.maxBodySize

const useFailures: Record<Exclude<Use, "first">, Failure.Failure> = {
  again: Failure.invalidSignature("it was used before, and each write needs its own"),
  early: Failure.invalidSignature("it is older than this gateway, which was started since. Sign again"),
  unknown: Failure.signatureUnchecked
}

const interruptedWrite: UpstreamFailure = { failure: Failure.unknownOutcome, isOutage: false, outcome: "unknown" }

/** A response that is not kept; the cloud's own may be empty. */
const uncached = (body: Uint8Array): GatewayResponse =>
  body.byteLength === 0
    ? { status: 200, headers: { ...noStore, "content-length": "0" }, body: undefined }
    : withBody(body, "application/json", noStore)

/** Each step of the pipeline. Their order is in `Pipeline.ts`. */
export const makeSteps = (
  {
    bodies,
    cachedReads,
    callers,
    metrics,
    metricsText,
    rateLimit,
    upstreams,
    usedSignatures,
    verdicts,
    writes
  }: Components,
  { auditLog, corsOrigins, exporter, isReady, maxRequests }: Settings,
  operations: ReadonlyArray<JsonOperation>,
  routes: ReadonlyArray<Route>,
  inFlight: CallerShare
) => {
  const served = routes.filter(({ targets }) => targets.size > 0)
  const notFound = Problem.notFound(served.map(({ pattern }) => pattern))
  const unknownPath = Failure.unknownPath(served.filter(({ isContract }) => isContract).map(({ pattern }) => pattern))
  const document = JSON.stringify(openApiDocument(served))
  const decode = makeDecoder(operations)

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
      if (hasUnknownLength) {
        metrics.refused("body")
        return Effect.fail(Failure.bodyTooLarge(maxBodySizeOf(operation)))
      }
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

  /**
   * Reads the body of an operation that has one, unless the signature needed it before. The key may have been removed or have
   * expired in the meantime.
   */
  const readBody = (request: GatewayRequest, operation: JsonOperation, caller: Caller): Step<void> =>
    operation.body === undefined || request.body !== undefined
      ? proceed
      : Effect.all([
          Effect.mapError(receiveBody(request, operation, caller.id), (failure) => reject(request, failure)),
          Monotonic.currentMillis,
          Clock.currentTimeMillis
        ]).pipe(
          Effect.flatMap(([body, now, wallNow]) => {
            request.body = body
            const known = callers.identify(request.head, now, wallNow)
            if (Either.isLeft(known)) return fail(request, known.left)
            return known.right === "signed" ? proceed : authorize(request, operation, known.right)
          })
        )

  /** Once the signature of a write is known to be valid and permitted, it is accepted only this time. */
  const useSignature = (request: GatewayRequest, operation: JsonOperation): Step<void> => {
    if (!request.isSigned || !isWrite(operation)) return proceed
    const { headers } = request.head
    const signature = signatureOf(headers["authorization"] ?? "")
    // By the wall clock, which also decides how long the signature is valid.
    const use = Effect.flatMap(Clock.currentTimeMillis, (now) => usedSignatures.use(signature, dateOf(headers), now))
    return Effect.flatMap(use, (use) => {
      if (use === "first") return Effect.void
      return Effect.fail(reject(request, useFailures[use]))
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

  /** Only reads are served from the cache and kept in it. */
  const readsFor = (operation: JsonOperation) => (isWrite(operation) ? undefined : cachedReads)

  /** The cached response, if it can be served without waiting. */
  const lookUp = (request: GatewayRequest, operation: JsonOperation, caller: Caller): CacheResult | undefined => {
    const reads = readsFor(operation)
    if (reads === undefined) return undefined
    const parameters = decode(operation, request.head, undefined)
    return Either.isLeft(parameters) ? undefined : reads.peek(caller, parameters.right, request.now)
  }

  const cachedResponse = (request: GatewayRequest, result: CacheResult, now: number): GatewayResponse => {
    metrics.cache(result.outcome)
    request.cache = result.outcome
    return CachedResponse.make(result, now, cachedReads?.cacheControl ?? "", request.head.headers["if-none-match"])
  }

  const serveHit = (request: GatewayRequest, result: CacheResult): GatewayResponse => {
    request.isHit = true
    return cachedResponse(request, result, request.now)
  }

  /**
   * Whether a write that has ended may have changed something. Without the cloud's response, only that of a caller whose token
   * the cloud has accepted: others could discard what all callers need while the cloud is unavailable.
   */
  const mayHaveWritten = ({ caller, now }: GatewayRequest, exit: Exit.Exit<unknown, UpstreamFailure>): boolean => {
    if (Exit.isSuccess(exit)) return true
    const outcome = Option.getOrUndefined(Cause.failureOption(exit.cause))?.outcome
    return outcome === "done" || (outcome !== "not_done" && verdicts.isAccepted(caller?.id ?? "", now))
  }

  /** A write starts a new generation of its project's cache, unless nothing was changed. It keeps the body until it ends. */
  const write = (
    request: GatewayRequest,
    { name }: JsonOperation,
    { config_id, project_id }: RequestParameters["values"],
    send: (intent: Effect.Effect<void, UpstreamFailure>) => Effect.Effect<Uint8Array, UpstreamFailure>
  ): Effect.Effect<Uint8Array, UpstreamFailure> => {
    const sendAndAdvance = (intent: Effect.Effect<void, UpstreamFailure>) =>
      Effect.onExit(send(intent), (exit) =>
        mayHaveWritten(request, exit) ? (cachedReads?.advance(project_id) ?? Effect.void) : Effect.void
      )
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
      return writes.complete(Effect.ensuring(Audit.around(auditLog, audited, sendAndAdvance), Effect.sync(releaseBody)))
    }).pipe(
      // Not by the client, whose interruption no handler sees, but by the gateway, which stops.
      Effect.catchSomeCause((cause) =>
        Cause.isInterruptedOnly(cause) ? Option.some(Effect.fail(interruptedWrite)) : Option.none()
      )
    )
  }

  /** A read goes through the cache, which may have got a response meanwhile. A write always goes to the upstream. */
  const callUpstream = (
    request: GatewayRequest,
    operation: JsonOperation,
    caller: Caller,
    parameters: RequestParameters
  ): Pending<GatewayResponse> => {
    const call = (intent?: Effect.Effect<void, UpstreamFailure>) =>
      upstreams.call(operation, parameters.values, caller, request.id, intent)
    const reads = readsFor(operation)
    const response =
      reads === undefined
        ? Effect.map(isWrite(operation) ? write(request, operation, parameters.values, call) : call(), uncached)
        : Effect.zipWith(reads.get(caller, parameters, call()), Monotonic.currentMillis, (result, now) =>
            cachedResponse(request, result, now)
          )
    return Effect.mapError(response, ({ failure }) => reject(request, failure))
  }

  return {
    findTarget,
    ownResponses,
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
