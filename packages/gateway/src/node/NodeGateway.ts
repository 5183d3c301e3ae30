import * as Crypto from "node:crypto"
import * as Http from "node:http"
import type * as Net from "node:net"
import * as HttpServerError from "@effect/platform/HttpServerError"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as NodeStream from "@effect/platform-node/NodeStream"
import type { HotspotSession } from "@hotspot-session/client"
import { Setting } from "@hotspot-session/core"
import type { ConfigError } from "effect/ConfigError"
import * as Context from "effect/Context"
import * as DefaultServices from "effect/DefaultServices"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Runtime from "effect/Runtime"
import type * as Scope from "effect/Scope"
import * as Tracer from "effect/Tracer"
import type { Platform } from "../Components.js"
import type * as Gateway from "../Gateway.js"
import type { GatewayResponse } from "../GatewayResponse.js"
import * as Metrics from "../Metrics.js"
import * as Pipeline from "../Pipeline.js"
import type { RequestBody } from "../RequestBody.js"
import { headOf, pathOf, type RequestHead, withoutOrigin } from "../RequestHead.js"
import { settingsOf } from "../Settings.js"
import * as DrainingServer from "./DrainingServer.js"
import * as ProcessMetrics from "./ProcessMetrics.js"
import * as TrustedProxies from "./TrustedProxies.js"

/**
 * A request handler of `node:http`.
 *
 * @category models
 * @since 0.1.0
 */
export type Handler = (request: Http.IncomingMessage, response: Http.ServerResponse) => void

/**
 * The settings of `makeHandler`: those of the gateway, and what it knows of proxies in front of it.
 *
 * @category models
 * @since 0.1.0
 */
export type HandlerOptions = Gateway.Options & {
  /**
   * Addresses and networks (CIDR) of the proxies whose `X-Forwarded-For` is believed for the client's address in logs and
   * limits. Default: none, the client is the connection's peer.
   */
  readonly trustedProxies?: ReadonlyArray<string> | undefined
}

const checkTrustedProxies = ({ trustedProxies }: HandlerOptions) =>
  Setting.optional(
    "trustedProxies",
    trustedProxies,
    "a list of addresses or networks such as 10.0.0.0/8",
    (value): value is ReadonlyArray<string> =>
      Array.isArray(value) && value.every((text) => typeof text === "string" && TrustedProxies.isNetwork(text))
  )

const nativeTracer = Context.get(DefaultServices.liveServices, Tracer.Tracer)

/** The headers of a trace that the request continues. */
const traceHeaders = ["traceparent", "b3", "x-b3-traceid"]

/** Whether the span of a request would be dropped: Effect's default tracer, which keeps no spans, only continues a trace. */
const isUntraced = (tracer: Tracer.Tracer, { headers }: RequestHead): boolean =>
  tracer === nativeTracer && traceHeaders.every((name) => headers[name] === undefined)

const bodyOf = (message: Http.IncomingMessage): RequestBody => ({
  hasUnknownLength: message.headers["transfer-encoding"] !== undefined,
  read: Effect.suspend(() =>
    // Such a stream would never end again.
    message.readableDidRead || message.readableEnded
      ? Effect.dieMessage("the body was read before the gateway could: mount the gateway before any body parser")
      : NodeStream.toUint8Array(() => message, { onFailure: (error) => error })
  )
})

const write = (response: Http.ServerResponse, { body, headers, status }: GatewayResponse): void => {
  response.writeHead(status, headers)
  response.end(response.req.method === "HEAD" ? undefined : body)
}

const platform: Platform = {
  // Faster than the portable one for long texts, such as tokens.
  digest: (text) => Crypto.createHash("sha256").update(text).digest("hex"),
  randomUUID: () => Crypto.randomUUID()
}

/** The target before a router such as Express has removed the prefix under which the handler is mounted. */
const originalUrlOf = (message: Http.IncomingMessage & { readonly originalUrl?: unknown }): string | undefined =>
  typeof message.originalUrl === "string" ? message.originalUrl : undefined

const handlersOf = Effect.fnUntraced(function* (gateway: Pipeline.Pipeline, { trustedProxies }: HandlerOptions) {
  const runFork = Runtime.runFork(yield* Effect.runtime<never>())
  const clock = yield* Effect.clock
  const clientAddress = TrustedProxies.make(trustedProxies ?? [])
  let pending: Array<Effect.Effect<void>> = []
  // One fiber for all effects of a turn: a fiber for each would take longer than the response.
  const runSoon = (effect: Effect.Effect<void>) => {
    if (pending.push(effect) > 1) return
    setImmediate(() => {
      const effects = pending
      pending = []
      runFork(Effect.all(effects, { discard: true }))
    })
  }
  /** The requests that wait for a step, by their messages: neither the platform nor the server knows more of them. */
  const startedRequests = new WeakMap<WeakKey, Pipeline.Started>()
  const tracer = yield* Effect.tracer
  const resume = yield* NodeHttpServer.makeHandler(
    Effect.flatMap(HttpServerRequest.HttpServerRequest, ({ source }) => {
      const started = startedRequests.get(source as WeakKey)
      return started === undefined ? gateway.app : gateway.resume(started)
    })
  )
  const logSoon = (log: Effect.Effect<void> | undefined) => {
    if (log !== undefined) runSoon(log)
  }
  const headFrom = (message: Http.IncomingMessage): RequestHead => {
    const headers = message.headers as RequestHead["headers"]
    const address = clientAddress(message.socket.remoteAddress, headers["x-forwarded-for"])
    return headOf(message.method ?? "", message.url ?? "", headers, address, originalUrlOf(message))
  }
  const handler: Handler = (message, response) => {
    const head = headFrom(message)
    const started = gateway.start(head, () => bodyOf(message), clock)
    const { reached, request } = started
    const isReached = !Effect.isEffect(reached)
    // A span would take longer than everything else of a hit.
    const isDirect = (isReached && request.isHit) || isUntraced(tracer, head)
    if (isDirect && isReached) {
      write(response, gateway.complete(request, reached))
      logSoon(gateway.record(request, reached.status))
      return
    }
    startedRequests.set(message, started)
    if (!isDirect) {
      resume(message, response)
      return
    }
    const fiber = runFork(
      Effect.map(gateway.settle(started), (settled) => {
        if (!response.headersSent) write(response, settled)
      })
    )
    response.on("close", () => {
      if (!response.writableEnded) fiber.unsafeInterruptAsFork(HttpServerError.clientAbortFiberId)
    })
  }
  const requestOf = (message: Http.IncomingMessage) =>
    startedRequests.get(message)?.request ?? gateway.open(headFrom(message), () => bodyOf(message), clock)
  const refuse: DrainingServer.Hooks["refuse"] = ({ problem, request: message, socket }) => {
    const request =
      message === undefined
        ? gateway.openUnparsed(clientAddress((socket as Net.Socket).remoteAddress, undefined), clock)
        : requestOf(message)
    const { log, response } = gateway.refuse(request, problem)
    logSoon(log)
    return response
  }
  return { handler, refuse }
})

/**
 * The gateway as a request handler of `node:http`, for `http.createServer`, Express's `app.use` and the like. Request
 * bodies are read only for writes, or if a signature covers them; if a body parser in front of the gateway has read one, the
 * response is 500. When a client disconnects, the call to the cloud is interrupted unless others wait for it too.
 *
 * Only requests that are traced go through the platform, which makes their span: those with the headers of a trace, and all
 * but cache hits if the program has a tracer.
 *
 * What it does in the background ends with the scope. Fails with `ConfigError` like `Gateway.httpApp`.
 *
 * @example
 * ```ts
 * import { createServer } from "node:http"
 * import { Gateway } from "@hotspot-session/gateway"
 * import { NodeGateway } from "@hotspot-session/gateway/node"
 * import { Effect } from "effect"
 *
 * const server = Effect.map(NodeGateway.makeHandler(Gateway.recommended), (handler) => createServer(handler))
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const makeHandler = (
  settings: HandlerOptions = {}
): Effect.Effect<Handler, ConfigError, HotspotSession.HotspotSession | Scope.Scope> =>
  Effect.zipRight(
    checkTrustedProxies(settings),
    Effect.flatMap(Pipeline.make(settings, platform), (gateway) =>
      Effect.map(handlersOf(gateway, settings), ({ handler }) => handler)
    )
  )

class NodeHandler extends Context.Tag("@hotspot-session/gateway/node/Handler")<NodeHandler, Handler>() {}

/**
 * `makeHandler` for programs that do not use Effect. The layer is built immediately and released by `dispose`, which must not
 * be called before all requests have completed. Rejects with the error of the layer or of `makeHandler`.
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
 * @since 0.1.0
 */
export const toHandler = async <E>(
  layer: Layer.Layer<HotspotSession.HotspotSession, E>,
  settings: HandlerOptions = {}
): Promise<{ readonly handler: Handler; readonly dispose: () => Promise<void> }> => {
  const runtime = ManagedRuntime.make(Layer.provide(Layer.scoped(NodeHandler, makeHandler(settings)), layer))
  const handler = await runtime.runPromise(NodeHandler).catch(async (error) => {
    // What a part of the layer has acquired is still open.
    await runtime.dispose()
    throw error
  })
  return { handler, dispose: () => runtime.dispose() }
}

/**
 * The server that `layerServer` starts.
 *
 * @category tags
 * @since 0.1.0
 */
export const Server = DrainingServer.Server

/**
 * The tag of the server that `layerServer` starts.
 *
 * @category tags
 * @since 0.1.0
 */
export type Server = DrainingServer.Server

/**
 * The settings of `layerServer`: those of the server and those of the gateway.
 *
 * @category models
 * @since 0.1.0
 */
export type ServerOptions = DrainingServer.Options &
  HandlerOptions & {
    /**
     * Serves `/metrics`, `/livez` and `/readyz` on this port of the same host, which has its own limit of connections; 0 takes
     * a free one. Default: no separate port.
     */
    readonly metricsPort?: number | undefined
    /** Version of the program, for the metric `build_info`. Default: `unknown`. */
    readonly version?: string | undefined
  }

const metricsHandler =
  ({ metricsText }: Pipeline.Pipeline, isReady: () => boolean): Handler =>
  (request, response) => {
    const path = pathOf(withoutOrigin(request.url ?? ""))
    const isMetrics = path === "/metrics"
    const isFound = isMetrics || path === "/livez" || path === "/readyz"
    const isAllowed = request.method === "GET" || request.method === "HEAD"
    const isUnready = path === "/readyz" && !isReady()
    const status = isFound ? (isAllowed ? (isUnready ? 503 : 200) : 405) : 404
    const body = isMetrics && isAllowed ? metricsText(() => true) : `${Http.STATUS_CODES[status]}\n`
    response.writeHead(status, {
      "content-type": isMetrics && isAllowed ? Metrics.contentType : "text/plain; charset=utf-8",
      "content-length": Buffer.byteLength(body),
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      ...(status === 405 ? { allow: "GET, HEAD" } : {})
    })
    response.end(request.method === "HEAD" ? undefined : body)
  }

/**
 * A server of `node:http` that serves only the gateway. When its scope closes, it stops listening, closes idle
 * connections, completes requests in flight, and closes their connections at the deadline. The client is released after
 * that.
 *
 * The headers of a request must arrive within 10 s, the whole request within 30 s. Headers may have 32 KiB, because tokens
 * are long. Requests that are malformed, too large or too slow get a response in the format of their path, which is logged and
 * counted like others, and their connection is closed. A client that does not read a response within a minute is disconnected. Requests on one connection
 * are served one after the other; with more than 16 that wait, it is closed.
 *
 * Fails with `ServeError` if it cannot listen, and with `ConfigError` like `Gateway.httpApp`.
 *
 * @example
 * ```ts
 * import { NodeHotspotSession } from "@hotspot-session/client/node"
 * import { Gateway } from "@hotspot-session/gateway"
 * import { NodeGateway } from "@hotspot-session/gateway/node"
 * import { Layer } from "effect"
 *
 * const server = NodeGateway.layerServer({ port: 8080, ...Gateway.recommended }).pipe(
 *   Layer.provide(NodeHotspotSession.layer({ region: "ap-southeast-1" })),
 *   Layer.provide(Gateway.layerNoCredentials)
 * )
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layerServer = (
  options: ServerOptions = {}
): Layer.Layer<DrainingServer.Server, HttpServerError.ServeError | ConfigError, HotspotSession.HotspotSession> =>
  Layer.scoped(
    DrainingServer.Server,
    Effect.gen(function* () {
      const { drain, drainDelay } = yield* DrainingServer.checkOptions(options)
      let drainsUntil: number | undefined
      const settings = yield* settingsOf(options)
      const isReady = () => drainsUntil === undefined && settings.isReady()
      const gateway = yield* Pipeline.make({ ...options, isReady }, platform)
      yield* checkTrustedProxies(options)
      yield* Setting.integer("metricsPort", options.metricsPort, 0, DrainingServer.ports)
      // Opened first and therefore closed last, so that the drain can be observed.
      const metrics =
        options.metricsPort === undefined
          ? undefined
          : yield* DrainingServer.make(metricsHandler(gateway, isReady), {
              host: options.host,
              port: options.metricsPort
            })
      if (options.metrics === true || metrics !== undefined) {
        yield* ProcessMetrics.register(gateway.metrics, options.version ?? "unknown")
      }
      const { handler, refuse } = yield* handlersOf(gateway, options)
      const onDrain = () => {
        drainsUntil = performance.now() + drainDelay + drain
      }
      // Opened before the server, so that what remains of its time is for writes whose clients have disconnected.
      yield* Effect.addFinalizer(() =>
        Effect.timeoutOption(
          Effect.interruptible(gateway.writesEnded),
          Math.max(0, (drainsUntil ?? 0) - performance.now())
        )
      )
      const server = yield* DrainingServer.make(handler, options, {
        onDrain,
        refuse,
        onClosed: gateway.metrics.refused
      })
      return {
        ...server,
        metricsUrl: metrics === undefined ? undefined : `${metrics.url}/metrics`,
        reload: gateway.reload
      }
    })
  )
