import * as Crypto from "node:crypto"
import * as Http from "node:http"
import type * as HttpServerError from "@effect/platform/HttpServerError"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import type { HotspotSession } from "@hotspot-session/client"
import { Setting } from "@hotspot-session/core"
import type * as Clock from "effect/Clock"
import type { ConfigError } from "effect/ConfigError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Runtime from "effect/Runtime"
import { checkOptions } from "../CheckOptions.js"
import type { Digest } from "../Digest.js"
import type * as Gateway from "../Gateway.js"
import * as Metrics from "../Metrics.js"
import * as Pipeline from "../Pipeline.js"
import type { RequestHead } from "../RequestHead.js"
import { sane } from "../RequestId.js"
import { allow } from "../Route.js"
import * as DrainingServer from "./DrainingServer.js"

/**
 * A request handler of `node:http`.
 *
 * @category models
 */
export type Handler = (request: Http.IncomingMessage, response: Http.ServerResponse) => void

const digest: Digest = (text) => Crypto.createHash("sha256").update(text).digest("hex")

/** Serves what is in the cache without going through the platform, and everything else through it. */
const withHits =
  (gateway: Pipeline.Pipeline, clock: Clock.Clock, run: (effect: Effect.Effect<void>) => void, app: Handler): Handler =>
  (request, response) => {
    const { method = "", url = "" } = request
    if ((method !== "GET" && method !== "HEAD") || !url.startsWith("/v1/")) return app(request, response)
    const began = performance.now()
    const now = clock.unsafeCurrentTimeMillis()
    const head = { method, url, authority: undefined, headers: request.headers as RequestHead["headers"] }
    const answer = gateway.hit(head, now)
    if (answer === undefined) return app(request, response)
    const requestId = sane(head.headers["x-request-id"]) ?? Crypto.randomUUID()
    const { body, headers, status } = answer
    headers["x-request-id"] = requestId
    headers["x-content-type-options"] = "nosniff"
    response.writeHead(status, headers)
    response.end(method === "HEAD" ? undefined : body)
    const log = gateway.record(head, { status, requestId, began: now, millis: performance.now() - began })
    if (log !== undefined) run(log)
  }

const handlerOf = (gateway: Pipeline.Pipeline): Effect.Effect<Handler> =>
  Effect.gen(function* () {
    const runFork = Runtime.runFork(yield* Effect.runtime<never>())
    let waiting: Array<Effect.Effect<void>> = []
    // A fiber for each would take longer than the answer.
    const runSoon = (effect: Effect.Effect<void>) => {
      if (waiting.push(effect) > 1) return
      setImmediate(() => {
        const effects = waiting
        waiting = []
        runFork(Effect.all(effects, { discard: true }))
      })
    }
    return withHits(gateway, yield* Effect.clock, runSoon, yield* NodeHttpServer.makeHandler(gateway.app))
  })

/**
 * The gateway as a request handler of `node:http`, for `http.createServer`, Express's `app.use` and the like. Bodies of
 * requests are read only where a signature covers them. A caller who goes away ends the call to the cloud that only it has
 * waited for.
 *
 * Answers that are in the cache are served ahead of the platform's machinery, some ten times as fast: without a span.
 *
 * Fails with `ConfigError` like `Gateway.httpApp`.
 *
 * @category constructors
 */
export const makeHandler = (
  settings: Gateway.Options = {}
): Effect.Effect<Handler, ConfigError, HotspotSession.HotspotSession> =>
  Effect.flatMap(Pipeline.make(settings, digest), handlerOf)

class NodeHandler extends Context.Tag("@hotspot-session/gateway/node/Handler")<NodeHandler, Handler>() {}

/**
 * `makeHandler` for programs without Effect. The layer is built at once, and released by `dispose`, which is to be called
 * when the requests have been answered. Rejects with the layer's error where it cannot be built, and like `makeHandler`.
 *
 * @example
 * ```ts
 * import { createServer } from "node:http"
 * import { NodeHotspotSession } from "@hotspot-session/client/node"
 * import { Gateway } from "@hotspot-session/gateway"
 * import { NodeGateway } from "@hotspot-session/gateway/node"
 * import { Layer } from "effect"
 *
 * const { handler } = await NodeGateway.toHandler(
 *   NodeHotspotSession.layer({ region: "ap-southeast-1" }).pipe(Layer.provide(Gateway.layerNoCredentials))
 * )
 * createServer(handler).listen(8080, "127.0.0.1")
 * ```
 *
 * @category conversions
 */
export const toHandler = async <E>(
  layer: Layer.Layer<HotspotSession.HotspotSession, E>,
  settings: Gateway.Options = {}
): Promise<{ readonly handler: Handler; readonly dispose: () => Promise<void> }> => {
  const runtime = ManagedRuntime.make(Layer.provide(Layer.scoped(NodeHandler, makeHandler(settings)), layer))
  const handler = await runtime.runPromise(NodeHandler)
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
export type ServerOptions = DrainingServer.Options &
  Gateway.Options & {
    /** Serves `/metrics` on this port of the same host, and nothing else there; 0 takes a free one. Default: no. */
    readonly metricsPort?: number | undefined
  }

/** Answers `/metrics` alone. */
const metricsHandler =
  ({ metrics }: Pipeline.Pipeline): Handler =>
  (request, response) => {
    const isFound = request.url === "/metrics"
    const isRead = request.method === "GET" || request.method === "HEAD"
    const status = isFound ? (isRead ? 200 : 405) : 404
    const body = status === 200 ? metrics.text() : `${Http.STATUS_CODES[status]}\n`
    response.writeHead(status, {
      "content-type": status === 200 ? Metrics.contentType : "text/plain; charset=utf-8",
      "content-length": Buffer.byteLength(body),
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      ...(status === 405 ? { allow } : {})
    })
    response.end(request.method === "HEAD" ? undefined : body)
  }

/**
 * A server of `node:http` that serves the gateway and nothing else. When its scope closes it stops listening, closes idle
 * connections at once, answers what is in flight, and cuts off what is not answered by the deadline; only then is the
 * client released.
 *
 * It gives a connection 10 s for a request's headers and 30 s for the whole request, and headers 32 KiB, as tokens are
 * long. What is not HTTP, too large or too slow is answered by `application/problem+json` too, and the connection closed.
 * A client that does not receive a response within a minute is disconnected.
 *
 * Fails with `ServeError` where it cannot listen, and with `ConfigError` like `Gateway.httpApp`.
 *
 * @category layers
 */
export const layerServer = (
  options: ServerOptions
): Layer.Layer<DrainingServer.Server, HttpServerError.ServeError | ConfigError, HotspotSession.HotspotSession> =>
  Layer.scoped(
    DrainingServer.Server,
    Effect.gen(function* () {
      let isDraining = false
      const gateway = yield* Pipeline.make(
        { ...options, isReady: () => !isDraining && (options.isReady?.() ?? true) },
        digest
      )
      yield* checkOptions(options)
      yield* Setting.integer("metricsPort", options.metricsPort, 0, DrainingServer.ports)
      // What was opened first is closed last: the drain can be watched.
      const metrics =
        options.metricsPort === undefined
          ? undefined
          : yield* DrainingServer.make(metricsHandler(gateway), { host: options.host, port: options.metricsPort })
      const handler = yield* handlerOf(gateway)
      const server = yield* DrainingServer.make(handler, options, () => {
        isDraining = true
      })
      return { ...server, metricsUrl: metrics === undefined ? undefined : `${metrics.url}/metrics` }
    })
  )
