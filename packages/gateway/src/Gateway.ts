import * as HttpApp from "@effect/platform/HttpApp"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpServer from "@effect/platform/HttpServer"
import { Credentials, type HotspotSession } from "@hotspot-session/client"
import { CredentialsError } from "@hotspot-session/core"
import type { ConfigError } from "effect/ConfigError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Options } from "./Options.js"
import * as Pipeline from "./Pipeline.js"
import { RequestId } from "./RequestId.js"

export type { CacheOptions, Elsewhere, Options, PageOptions } from "./Options.js"

/**
 * What a gateway in front of a fleet should have: a cache and a circuit breaker with their defaults, 600 requests a minute
 * for each caller, and metrics.
 *
 * @category constants
 */
export const recommended = {
  cache: {},
  circuitBreaker: {},
  rateLimit: { requests: 600, per: "1 minute" },
  metrics: true
} satisfies Options

/**
 * The gateway as an `HttpApp`, to be mounted or served: `GET /v1/{project_id}/hotspot-session-config` as the cloud has it,
 * `GET /livez` and `/readyz`, which never ask the cloud, `/openapi.json`, and where they are wanted `/metrics` and a page at `/`. HEAD works
 * like GET. The app never fails and never answers an error without a body. A request's body is read only where a
 * signature covers it, for 40 s at most.
 *
 * Fails with `ConfigError` where `credentials` are `own` and no usable keys of callers are given.
 *
 * Where there is a scope around, calls to the cloud that run in the background end with it. Where a `SharedStore` is
 * provided, answers and limits are shared with the other gateways that have it.
 *
 * Errors of the contract's route are `{error_code, error_msg, request_id}`: the cloud's own with its status, or one of
 * `GatewayErrorCode`. Those of other paths are `application/problem+json` (RFC 9457). Each answer has an `X-Request-Id`:
 * the caller's, or a new one.
 *
 * Where a span of the platform's tracer is around it, the secrets among the request's headers are redacted in it.
 *
 * To make it fails with `ConfigError` where a setting is not what its type says or out of its bounds.
 *
 * @example
 * ```ts
 * import { HttpRouter } from "@effect/platform"
 * import { Gateway } from "@hotspot-session/gateway"
 * import { Effect } from "effect"
 *
 * const router = Effect.map(Gateway.httpApp(), (gateway) =>
 *   HttpRouter.empty.pipe(HttpRouter.mountApp("/hotspot", gateway))
 * )
 * ```
 *
 * @category constructors
 */
export const httpApp = (
  settings: Options = {}
): Effect.Effect<HttpApp.Default, ConfigError, HotspotSession.HotspotSession> =>
  Effect.map(Pipeline.make(settings), ({ app }) => app)

/**
 * The gateway on an `HttpServer`, for as long as the layer's scope is open. How requests are drained is the server's
 * business; `NodeGateway.layerServer` has a server that does so within a deadline.
 *
 * Fails with `ConfigError` like `httpApp`.
 *
 * @example
 * ```ts
 * import { createServer } from "node:http"
 * import { NodeHttpServer } from "@effect/platform-node"
 * import { NodeHotspotSession } from "@hotspot-session/client/node"
 * import { Gateway } from "@hotspot-session/gateway"
 * import { Layer } from "effect"
 *
 * const gateway = Gateway.layer().pipe(
 *   Layer.provide(NodeHttpServer.layer(createServer, { port: 8080, host: "127.0.0.1" })),
 *   Layer.provide(NodeHotspotSession.layer({ region: "ap-southeast-1" })),
 *   Layer.provide(Gateway.layerNoCredentials)
 * )
 * ```
 *
 * @category layers
 */
export const layer = (
  settings: Options = {}
): Layer.Layer<never, ConfigError, HttpServer.HttpServer | HotspotSession.HotspotSession> =>
  Layer.scopedDiscard(Effect.flatMap(httpApp(settings), (app) => HttpServer.serveEffect(app)))

class App extends Context.Tag("@hotspot-session/gateway/App")<App, HttpApp.Default>() {}

/**
 * The gateway as a fetch-style handler, for Hono, Next.js, Deno, Bun, workers and tests. The layer is built at the first
 * request and released by `dispose`. Where it cannot be built, or `settings` are wrong as for `httpApp`, each request
 * rejects with the error.
 *
 * @example
 * ```ts
 * import { FetchHttpClient } from "@effect/platform"
 * import { HotspotSession } from "@hotspot-session/client"
 * import { Gateway } from "@hotspot-session/gateway"
 * import { Layer } from "effect"
 *
 * const { handler, dispose } = Gateway.toWebHandler(
 *   HotspotSession.layer({ region: "ap-southeast-1" }).pipe(
 *     Layer.provide([Gateway.layerNoCredentials, FetchHttpClient.layer])
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
  const gateway = Layer.provide(Layer.scoped(App, httpApp(settings)), layer)
  const { dispose, handler } = HttpApp.toWebHandlerLayerWith(gateway, {
    toHandler: (runtime) => Effect.succeed(Context.get(runtime.context, App))
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
      hint: "Pass the caller's on, or provide some to the client."
    })
  ),
  invalidate: () => Effect.succeed(false)
})

/**
 * Passes the ID of the request that is answered on to the cloud, as `X-Request-Id`: for the `transformClient` of the
 * gateway's client.
 *
 * @example
 * ```ts
 * import { NodeHotspotSession } from "@hotspot-session/client/node"
 * import { Gateway } from "@hotspot-session/gateway"
 *
 * const client = NodeHotspotSession.layer({
 *   region: "ap-southeast-1",
 *   transformClient: Gateway.passRequestId
 * })
 * ```
 *
 * @category combinators
 */
export const passRequestId = (client: HttpClient.HttpClient): HttpClient.HttpClient =>
  HttpClient.mapRequestEffect(client, (request) =>
    Effect.map(RequestId, (id) => (id === "" ? request : HttpClientRequest.setHeader(request, "x-request-id", id)))
  )
