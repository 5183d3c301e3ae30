import * as HttpApp from "@effect/platform/HttpApp"
import * as HttpServer from "@effect/platform/HttpServer"
import { clientAbortFiberId } from "@effect/platform/HttpServerError"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import { Credentials, type HotspotSession } from "@hotspot-session/client"
import { CredentialsError } from "@hotspot-session/core"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as HashSet from "effect/HashSet"
import * as Layer from "effect/Layer"
import type { AccessLog } from "./AccessLog.js"
import * as ContractApp from "./ContractApp.js"
import * as Failure from "./Failure.js"
import { openApiDocument } from "./OpenApiDocument.js"
import * as Problem from "./Problem.js"
import { RequestId, requestIdOf } from "./RequestId.js"
import { allow, pathOf, type Route, routeOf } from "./Route.js"
import { redactSpan } from "./SpanRedaction.js"

/**
 * The settings of the gateway.
 *
 * @category models
 */
export interface Options {
  /**
   * Whose credentials the cloud sees. Default: `pass-through`.
   *
   * - `pass-through`: each caller's `X-Auth-Token`. Requests without one are answered 401, also those that are signed
   *   (`Authorization: SDK-HMAC-SHA256`), because a signature covers the host.
   * - `own`: those of the `HotspotSession` client, for everybody who can reach the gateway. Only requests that address it
   *   by a loopback name or one of `allowedHosts` are answered, and none that comes from a web page of another origin
   *   (403); so put authentication in front of it before it is reachable from elsewhere.
   */
  readonly credentials?: Failure.CredentialsMode | undefined
  /**
   * Further host names, without port, by which callers may address a gateway with `own` credentials. Default: none besides
   * `localhost`, 127.0.0.0/8 and `[::1]`. Means nothing in `pass-through`.
   */
  readonly allowedHosts?: ReadonlyArray<string> | undefined
  /** Is told of each request that was answered. Default: nobody is. */
  readonly accessLog?: AccessLog | undefined
}

const longestPath = 512

const own = <A>(body: A, headers: Record<string, string>) =>
  HttpServerResponse.text(JSON.stringify(body), { contentType: "application/json", headers })

const alive = own({ status: "ok" }, { "cache-control": "no-store" })

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

/**
 * The gateway as an `HttpApp`, to be mounted or served: `GET /v1/{project_id}/hotspot-session-config` as the cloud has it,
 * `GET /livez`, which never asks the cloud, and `GET /openapi.json`. HEAD works like GET. It never fails, never answers
 * an error without a body and never reads a request's body.
 *
 * Errors of the contract's route are `{error_code, error_msg, request_id}`: the cloud's own with its status, or one of
 * `GatewayErrorCode`. Those of other paths are `application/problem+json` (RFC 9457). Each answer has an `X-Request-Id`:
 * the caller's, or a new one.
 *
 * Where a span of the platform's tracer is around it, the secrets among the request's headers are redacted in it.
 *
 * @example
 * ```ts
 * import { HttpRouter } from "@effect/platform"
 * import { HotspotSessionHttp } from "@hotspot-session/http"
 * import { Effect } from "effect"
 *
 * const router = Effect.map(HotspotSessionHttp.httpApp(), (gateway) =>
 *   HttpRouter.empty.pipe(HttpRouter.mountApp("/hotspot", gateway))
 * )
 * ```
 *
 * @category constructors
 */
export const httpApp = (settings: Options = {}): Effect.Effect<HttpApp.Default, never, HotspotSession.HotspotSession> =>
  Effect.gen(function* () {
    const contract = yield* ContractApp.make({
      credentials: settings.credentials ?? "pass-through",
      allowedHosts: settings.allowedHosts ?? []
    })
    const apps: Record<Route["name"], HttpApp.Default<unknown>> = {
      contract,
      livez: Effect.succeed(alive),
      openapi: Effect.succeed(own(openApiDocument(), { "cache-control": "no-cache" }))
    }

    const answer = (method: string, path: string, route: Route | undefined): HttpApp.Default<unknown> => {
      if (method === "OPTIONS" && (route !== undefined || path === "*")) return Effect.succeed(options)
      if (route === undefined) return Problem.toResponse(Problem.notFound)
      if (method === "GET" || method === "HEAD") return apps[route.name]
      return route.name === "contract"
        ? Failure.toResponse(Failure.methodNotAllowed)
        : Problem.toResponse(Problem.methodNotAllowed)
    }

    const log = (
      request: HttpServerRequest.HttpServerRequest,
      route: Route | undefined,
      request_id: string,
      began: bigint,
      exit: Exit.Exit<HttpServerResponse.HttpServerResponse>
    ) =>
      settings.accessLog === undefined
        ? Effect.void
        : Effect.flatMap(Clock.currentTimeNanos, (ended) => {
            const entry = {
              time: new Date(Number(began / 1_000_000n)).toISOString(),
              method: request.method,
              route: route?.pattern ?? "unmatched",
              path: pathOf(request).slice(0, longestPath),
              status: Exit.match(exit, { onFailure: () => 499, onSuccess: ({ status }) => status }),
              duration_ms: Math.round(Number(ended - began) / 10_000) / 100,
              request_id
            }
            return settings.accessLog?.(entry) ?? Effect.void
          }).pipe(Effect.catchAllCause((cause) => Effect.logError("the access log failed", cause)))

    return Effect.gen(function* () {
      const request = yield* HttpServerRequest.HttpServerRequest
      const began = yield* Clock.currentTimeNanos
      const requestId = yield* requestIdOf(request.headers["x-request-id"])
      const path = pathOf(request)
      const route = routeOf(path)
      yield* redactSpan(request)
      return yield* answer(request.method, path, route).pipe(
        Effect.catchAllCause((cause) => defect(cause, route)),
        Effect.map(HttpServerResponse.setHeaders({ "x-request-id": requestId, "x-content-type-options": "nosniff" })),
        Effect.provideService(RequestId, requestId),
        Effect.annotateLogs("request_id", requestId),
        Effect.onExit((exit) => log(request, route, requestId, began, exit))
      )
    })
  })

/**
 * The gateway on an `HttpServer`, for as long as the layer's scope is open. How requests are drained is the server's
 * business; `NodeHotspotSessionHttp.layerServer` has a server that does so within a deadline.
 *
 * @example
 * ```ts
 * import { createServer } from "node:http"
 * import { NodeHttpServer } from "@effect/platform-node"
 * import { NodeHotspotSession } from "@hotspot-session/client/node"
 * import { HotspotSessionHttp } from "@hotspot-session/http"
 * import { Layer } from "effect"
 *
 * const gateway = HotspotSessionHttp.layer().pipe(
 *   Layer.provide(NodeHttpServer.layer(createServer, { port: 8080, host: "127.0.0.1" })),
 *   Layer.provide(NodeHotspotSession.layer({ region: "ap-southeast-1" })),
 *   Layer.provide(HotspotSessionHttp.layerNoCredentials)
 * )
 * ```
 *
 * @category layers
 */
export const layer = (
  settings: Options = {}
): Layer.Layer<never, never, HttpServer.HttpServer | HotspotSession.HotspotSession> =>
  Layer.scopedDiscard(Effect.flatMap(httpApp(settings), (app) => HttpServer.serveEffect(app)))

class Gateway extends Context.Tag("@hotspot-session/http/Gateway")<Gateway, HttpApp.Default>() {}

/**
 * The gateway as a fetch-style handler, for Hono, Next.js, Deno, Bun, workers and tests. The layer is built at the first
 * request and released by `dispose`. Where it cannot be built, each request rejects with the layer's error.
 *
 * @example
 * ```ts
 * import { FetchHttpClient } from "@effect/platform"
 * import { HotspotSession } from "@hotspot-session/client"
 * import { HotspotSessionHttp } from "@hotspot-session/http"
 * import { Layer } from "effect"
 *
 * const { handler, dispose } = HotspotSessionHttp.toWebHandler(
 *   HotspotSession.layer({ region: "ap-southeast-1" }).pipe(
 *     Layer.provide([HotspotSessionHttp.layerNoCredentials, FetchHttpClient.layer])
 *   )
 * )
 * ```
 *
 * @category conversions
 */
export const toWebHandler = <E>(
  layer: Layer.Layer<HotspotSession.HotspotSession, E>,
  settings: Options = {}
): {
  readonly handler: (request: Request) => Promise<Response>
  readonly dispose: () => Promise<void>
} => {
  const gateway = Layer.provide(Layer.effect(Gateway, httpApp(settings)), layer)
  const { dispose, handler } = HttpApp.toWebHandlerLayerWith(gateway, {
    toHandler: (runtime) => Effect.succeed(Context.get(runtime.context, Gateway))
  })
  return { dispose, handler: (request) => handler(request) }
}

/**
 * No credentials, which is what a gateway in `pass-through` holds. A call that is not given a caller's fails with
 * `CredentialsError`.
 *
 * @category layers
 */
export const layerNoCredentials: Layer.Layer<Credentials.Credentials> = Layer.succeed(Credentials.Credentials, {
  get: Effect.fail(
    new CredentialsError({
      reason: "The gateway holds no credentials",
      advice: "Pass the caller's on, or provide some to the client."
    })
  ),
  invalidate: () => Effect.succeed(false)
})
