import * as HttpApp from "@effect/platform/HttpApp"
import * as HttpRouter from "@effect/platform/HttpRouter"
import * as HttpServer from "@effect/platform/HttpServer"
import { Credentials, type HotspotSession } from "@hotspot-session/client"
import { CredentialsError, Setting } from "@hotspot-session/core"
import type { ConfigError } from "effect/ConfigError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type { Options } from "./GatewayOptions.js"
import { toPlatform } from "./GatewayResponse.js"
import * as Pipeline from "./Pipeline.js"
import * as Problem from "./Problem.js"
import { requestIdOf } from "./RequestId.js"

export type { CacheOptions, Options, PageOptions, RemoteProject } from "./GatewayOptions.js"

/**
 * Recommended settings: a cache and a circuit breaker with their defaults, 600 requests per minute and caller, and metrics.
 *
 * @category constants
 * @since 0.1.0
 */
export const recommended = {
  cache: {},
  circuitBreaker: {},
  rateLimit: { requests: 600, per: "1 minute" },
  metrics: true
} satisfies Options

/**
 * The gateway as an `HttpApp`, to be mounted or served: `GET /v1/{project_id}/hotspot-session-config` as in the cloud,
 * `GET /livez` and `/readyz`, which never call the cloud, `/openapi.json`, and if enabled `/metrics` and an overview page
 * at `/`. HEAD works like GET. With `writes`, it also serves the operations that write. The app never fails, and every error
 * response has a body. A request body is read only for an operation that has one, or if a signature covers it, for at most
 * 40 s.
 *
 * Fails with `ConfigError` if `credentials` is `own` and there are no usable keys of callers.
 *
 * What it does in the background ends with the scope, which must not be closed before the requests have completed. If there
 * is a `SharedStore`, cached responses and rate limits are shared with the other gateways that use it.
 *
 * Errors of all paths below `/v1/` are `{error_code, error_msg, request_id}`: the cloud's own with its status, or one of
 * `GatewayErrorCode`. Those of other paths are `application/problem+json` (RFC 9457). Every response has an
 * `X-Request-Id`: the caller's, or a new one.
 *
 * Secret request headers are redacted in the current span of the platform's tracer.
 *
 * Fails with `ConfigError` if a setting has the wrong type or is out of range.
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
 * @since 0.1.0
 */
export const httpApp = (
  settings: Options = {}
): Effect.Effect<HttpApp.Default, ConfigError, HotspotSession.HotspotSession | Scope.Scope> =>
  Effect.map(Pipeline.make(settings), ({ app }) => app)

/**
 * The gateway on an `HttpServer`, for as long as the layer's scope is open. Draining is up to the server;
 * `NodeGateway.layerServer` has one that drains within a deadline.
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
 * @since 0.1.0
 */
export const layer = (
  settings: Options = {}
): Layer.Layer<never, ConfigError, HttpServer.HttpServer | HotspotSession.HotspotSession> =>
  Layer.scopedDiscard(Effect.flatMap(httpApp(settings), (app) => HttpServer.serveEffect(app)))

/**
 * The settings of `toWebHandler`: those of the gateway, and where it is mounted.
 *
 * @category models
 * @since 0.1.0
 */
export interface WebHandlerOptions extends Options {
  /** The path below which the gateway is mounted, such as `/api/hotspot`. Other paths get a 404. Default: none. */
  readonly prefix?: `/${string}` | undefined
}

const isPrefix = (value: unknown): value is `/${string}` =>
  typeof value === "string" && /^(?:\/[^/?#*:]+)+$/.test(value)

/** The app below a prefix. */
const mounted = (app: HttpApp.Default, prefix: `/${string}`): HttpApp.Default =>
  HttpRouter.empty.pipe(
    HttpRouter.mountApp(prefix, app),
    Effect.catchTag("RouteNotFound", ({ request }) =>
      Effect.sync(() => {
        const id = requestIdOf(request.headers["x-request-id"], () => crypto.randomUUID())
        const response = Problem.toResponse(Problem.outside(prefix), id)
        return toPlatform({ ...response, headers: { ...response.headers, "x-request-id": id } })
      })
    )
  )

class App extends Context.Tag("@hotspot-session/gateway/App")<App, HttpApp.Default>() {}

/**
 * The gateway as a fetch-style handler, for Hono, Next.js, Deno, Bun, workers and tests, below a `prefix` if it is not alone
 * on its host. The layer is built at the first request and released by `dispose`. If it cannot be built, or `settings` are
 * invalid as for `httpApp`, every request is rejected with the error.
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
 * @since 0.1.0
 */
export const toWebHandler = <E>(
  layer: Layer.Layer<HotspotSession.HotspotSession, E>,
  settings: WebHandlerOptions = {}
): {
  readonly handler: (request: Request) => Promise<Response>
  readonly dispose: () => Promise<void>
} => {
  const { prefix, ...options } = settings
  const app = Effect.flatMap(
    Setting.optional("prefix", prefix, 'a path such as "/api/hotspot", without a slash at the end', isPrefix),
    (prefix) => Effect.map(httpApp(options), (app) => (prefix === undefined ? app : mounted(app, prefix)))
  )
  const gateway = Layer.provide(Layer.scoped(App, app), layer)
  const { dispose, handler } = HttpApp.toWebHandlerLayerWith(gateway, {
    toHandler: (runtime) => Effect.succeed(Context.get(runtime.context, App))
  })
  return { dispose, handler: (request) => handler(request) }
}

/**
 * No credentials, for a gateway in `pass-through`. A call without the caller's credentials fails with `CredentialsError`.
 *
 * @example
 * ```ts
 * import { NodeHotspotSession } from "@hotspot-session/client/node"
 * import { Gateway } from "@hotspot-session/gateway"
 * import { Layer } from "effect"
 *
 * const client = NodeHotspotSession.layer({ region: "ap-southeast-1" }).pipe(Layer.provide(Gateway.layerNoCredentials))
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layerNoCredentials: Layer.Layer<Credentials.Credentials> = Layer.succeed(Credentials.Credentials, {
  get: Effect.fail(
    new CredentialsError({
      reason: "The gateway holds no credentials",
      hint: "Pass the caller's credentials, or provide a Credentials layer to the client."
    })
  ),
  invalidate: () => Effect.succeed(false)
})
