import type * as Http from "node:http"
import type * as HttpServerError from "@effect/platform/HttpServerError"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import type { HotspotSession } from "@hotspot-session/client"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as HotspotSessionHttp from "../HotspotSessionHttp.js"
import * as DrainingServer from "./DrainingServer.js"

/**
 * A request handler of `node:http`.
 *
 * @category models
 */
export type Handler = (request: Http.IncomingMessage, response: Http.ServerResponse) => void

/**
 * The gateway as a request handler of `node:http`, for `http.createServer`, Express's `app.use` and the like. Bodies of
 * requests are not read. A caller who goes away ends the call to the cloud.
 *
 * @category constructors
 */
export const makeHandler = (
  settings: HotspotSessionHttp.Options = {}
): Effect.Effect<Handler, never, HotspotSession.HotspotSession> =>
  Effect.flatMap(HotspotSessionHttp.httpApp(settings), (app) => NodeHttpServer.makeHandler(app))

/**
 * `makeHandler` for programs without Effect. The layer is built at once, and released by `dispose`, which is to be called
 * when the requests have been answered. Rejects with the layer's error where it cannot be built.
 *
 * @example
 * ```ts
 * import { createServer } from "node:http"
 * import { NodeHotspotSession } from "@hotspot-session/client/node"
 * import { HotspotSessionHttp } from "@hotspot-session/http"
 * import { NodeHotspotSessionHttp } from "@hotspot-session/http/node"
 * import { Layer } from "effect"
 *
 * const { handler } = await NodeHotspotSessionHttp.toHandler(
 *   NodeHotspotSession.layer({ region: "ap-southeast-1" }).pipe(Layer.provide(HotspotSessionHttp.layerNoCredentials))
 * )
 * createServer(handler).listen(8080, "127.0.0.1")
 * ```
 *
 * @category conversions
 */
export const toHandler = async <E>(
  layer: Layer.Layer<HotspotSession.HotspotSession, E>,
  settings: HotspotSessionHttp.Options = {}
): Promise<{ readonly handler: Handler; readonly dispose: () => Promise<void> }> => {
  const runtime = ManagedRuntime.make(layer)
  const handler = await runtime.runPromise(makeHandler(settings))
  return { handler, dispose: () => runtime.dispose() }
}

/**
 * The server that `layerServer` started.
 *
 * @category tags
 */
export const Server = DrainingServer.Server

/**
 * @category tags
 */
export type Server = DrainingServer.Server

/**
 * The settings of `layerServer`: where it listens and how long it drains, and those of the gateway.
 *
 * @category models
 */
export type ServerOptions = DrainingServer.Options & HotspotSessionHttp.Options

/**
 * A server of `node:http` that serves the gateway and nothing else. When its scope closes it stops listening, closes idle
 * connections at once, answers what is in flight, and cuts off what is not answered by the deadline; only then is the
 * client released.
 *
 * It gives a connection 10 s for a request's headers and 30 s for the whole request, and headers 32 KiB, as tokens are
 * long. What is not HTTP, too large or too slow is answered by `application/problem+json` too, and the connection closed.
 *
 * Fails with `ServeError` where it cannot listen.
 *
 * @category layers
 */
export const layerServer = (
  options: ServerOptions
): Layer.Layer<DrainingServer.Server, HttpServerError.ServeError, HotspotSession.HotspotSession> =>
  Layer.scoped(
    DrainingServer.Server,
    Effect.flatMap(makeHandler(options), (handler) => DrainingServer.make(handler, options))
  )
