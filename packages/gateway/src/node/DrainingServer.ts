import { once } from "node:events"
import * as Http from "node:http"
import * as Net from "node:net"
import type { Duplex } from "node:stream"
import * as HttpServerError from "@effect/platform/HttpServerError"
import { authorityOf, Setting } from "@hotspot-session/core"
import type { ConfigError } from "effect/ConfigError"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Predicate from "effect/Predicate"
import * as Runtime from "effect/Runtime"
import type * as Scope from "effect/Scope"
import type { ReloadableOptions } from "../GatewayOptions.js"
import type { GatewayResponse } from "../GatewayResponse.js"
import type { RefusalProblem } from "../Problem.js"
import { maxWaitingRequests, messageClass } from "./Pipelining.js"
import {
  expectationFailed,
  maxHeaders,
  problemOf,
  problemOfError,
  problemResponse,
  type Refusal,
  rawResponse,
  respond,
  tooManyWaiting
} from "./Refusal.js"
import * as UnreadResponses from "./UnreadResponses.js"

/**
 * The settings of a server.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /** Host name or address to listen on. Default: `127.0.0.1`, which is reachable from this machine only. */
  readonly host?: string | undefined
  /** Port to listen on; 0 takes a free one. Default: 8080. */
  readonly port?: number | undefined
  /** How long requests in flight may take once the server closes. Default: 10 s. */
  readonly drain?: Duration.DurationInput | undefined
  /**
   * How long the server continues to accept requests before it closes, while `/readyz` reports 503, so that load balancers
   * stop sending requests. Default: 0.
   */
  readonly drainDelay?: Duration.DurationInput | undefined
  /** How long the headers of a request may take to arrive; then 408. Default: 10 s. */
  readonly headersTimeout?: Duration.DurationInput | undefined
  /** How long a whole request may take to arrive; then 408. Default: 30 s. */
  readonly requestTimeout?: Duration.DurationInput | undefined
  /** How long an idle connection is kept alive. Default: 5 s. */
  readonly keepAliveTimeout?: Duration.DurationInput | undefined
  /** How long a client may take to read a response; then the connection is closed. Default: 1 minute. */
  readonly responseTimeout?: Duration.DurationInput | undefined
  /**
   * Maximum number of connections. A further one takes the place of the oldest that has not sent a request, else of the
   * oldest idle one; if all are in use, it is closed. Default: 4,000.
   */
  readonly maxConnections?: number | undefined
}

/**
 * A running server.
 *
 * @category tags
 * @since 0.1.0
 */
export class Server extends Context.Tag("@hotspot-session/gateway/node/Server")<
  Server,
  {
    readonly address: Net.AddressInfo
    /** Its URL, such as `http://127.0.0.1:8080`: the host as configured, and the actual port. */
    readonly url: string
    /** The URL of the metrics, if they have a separate port. */
    readonly metricsUrl?: string | undefined
    /** Replaces keys and projects. Fails with `ConfigError` and keeps all previous ones if any of them is invalid. */
    readonly reload: (replaced: ReloadableOptions) => Effect.Effect<void, ConfigError>
  }
>() {}

/** A server that listens. */
type Listening = Pick<Context.Tag.Service<Server>, "address" | "url">

interface Connection extends UnreadResponses.Connection {
  /** The response to the last request that has been received. */
  lastResponse: Http.ServerResponse | undefined
  /** The responses to requests that wait for the one before them. */
  readonly waiting: Array<Http.ServerResponse>
  /** Whether the connection closes after the last response, so that what follows is not served. */
  isLast: boolean
}

/**
 * Of ports to listen on, 0 for any free one.
 *
 * @internal
 */
export const ports = { min: 0, max: 65_535 } as const

/** The maximum delay of Node's timers, 24 days. They treat a longer one as 1 ms. */
const maxTimerMillis = 2_147_483_647

const millisOf = (duration: Duration.Duration): number =>
  Math.min(Math.ceil(Duration.toMillis(duration)), maxTimerMillis)

/** Node listens on all addresses if the host is empty. */
const isHost = (value: unknown): value is string => typeof value === "string" && value !== ""

/**
 * The options with their defaults, times in milliseconds.
 *
 * @internal
 */
export const checkOptions = (options: Options) => {
  const timeout = (
    name: "headersTimeout" | "keepAliveTimeout" | "requestTimeout" | "responseTimeout",
    fallback: Duration.DurationInput
  ) => Either.map(Setting.positiveDuration(name, options[name], fallback), millisOf)
  return Either.all({
    host: Either.map(
      Setting.optional("host", options.host, "a name or an address", isHost),
      (host = "127.0.0.1") => host
    ),
    port: Setting.integer("port", options.port, 8080, ports),
    drain: Either.map(Setting.duration("drain", options.drain, "10 seconds"), millisOf),
    drainDelay: Either.map(Setting.duration("drainDelay", options.drainDelay, 0), millisOf),
    headersTimeout: timeout("headersTimeout", "10 seconds"),
    keepAliveTimeout: timeout("keepAliveTimeout", "5 seconds"),
    responseTimeout: timeout("responseTimeout", "1 minute"),
    requestTimeout: timeout("requestTimeout", "30 seconds"),
    maxConnections: Setting.integer("maxConnections", options.maxConnections, 4_000, { min: 1 })
  })
}

/** How long a client may keep a connection open that the server has closed, in milliseconds. */
const lingerMillis = 1_000

type Handler = (request: Http.IncomingMessage, response: Http.ServerResponse) => void

/**
 * What a server calls for its requests and connections.
 *
 * @category models
 * @since 0.1.0
 */
export interface Hooks {
  /** Called when draining begins. */
  readonly onDrain?: (() => void) | undefined
  /** The response to a request that the server refuses itself, which is sent after those to earlier ones. Default: a problem. */
  readonly refuse?: ((refusal: Refusal) => GatewayResponse) | undefined
  /** Called with the reason when the server closes a connection, not to refuse a request. */
  readonly onClosed?: ((reason: "connections" | "timeout" | "unread") => void) | undefined
}

/**
 * Node skips the rest of what it has read after a request for a tunnel or for another protocol, and then takes what follows,
 * such as the rest of a body, for the next request. A chunked body, which is not read, would have to be skipped.
 */
const mustBeLast = ({ headers, method }: Http.IncomingMessage): boolean =>
  headers.upgrade !== undefined || headers["transfer-encoding"] !== undefined || method === "CONNECT"

const isAnswered = ({ lastResponse, waiting }: Connection): boolean =>
  waiting.length === 0 && (lastResponse === undefined || lastResponse.writableFinished)

/** `ServeError` has no message of its own. That of Node has the code and the address. */
const serveError = (cause: unknown) =>
  Object.assign(new HttpServerError.ServeError({ cause }), {
    message: Predicate.hasProperty(cause, "message") ? String(cause.message) : ""
  })

const urlOf = (host: string, port: number) => `http://${authorityOf({ host, port })}`

/**
 * How long idle connections stay open while the server closes, in milliseconds: a client may have sent a request already,
 * whose response then tells it to close the connection.
 */
const keepAliveGrace = 100

/** Maximum time to accept connections that were queued before the server closed, in milliseconds. */
const maxAcceptTime = 1_000

/**
 * A server that drains when the scope closes, and refuses requests that are malformed, too large or too slow. `hooks` are
 * called meanwhile.
 *
 * Fails with `ServeError` if it cannot listen, and with `ConfigError` if an option is invalid.
 *
 * @example
 * ```ts
 * import * as DrainingServer from "@hotspot-session/gateway/DrainingServer"
 * import { Effect } from "effect"
 *
 * const server = DrainingServer.make((_request, response) => response.end("hello"), { port: 8080 })
 *
 * const url = Effect.scoped(Effect.map(server, ({ url }) => url))
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function* (
  handler: Handler,
  options: Options,
  hooks: Hooks = {}
): Effect.fn.Return<Listening, HttpServerError.ServeError | ConfigError, Scope.Scope> {
  const { onClosed = () => {}, onDrain = () => {}, refuse = ({ problem }) => problemResponse(problem) } = hooks
  const runFork = Runtime.runFork(yield* Effect.runtime<never>())
  const {
    drain,
    drainDelay,
    headersTimeout,
    host,
    keepAliveTimeout,
    maxConnections,
    port,
    requestTimeout,
    responseTimeout
  } = yield* checkOptions(options)
  const checkInterval = Math.min(2_000, headersTimeout, requestTimeout, responseTimeout)
  const inFlight = new Set<Http.ServerResponse>()
  const connections = new Map<Duplex, Connection>()
  /** Responses to send before a connection is closed, after those to earlier requests on it. */
  const pendingErrorResponses = new Map<Duplex, string>()
  let accepted = 0
  let isClosing = false
  let isGraceOver = false

  const refuseLast = (response: Http.ServerResponse, problem: RefusalProblem) => {
    const { socket } = response.req
    const connection = connections.get(socket)
    if (connection !== undefined) connection.isLast = true
    respond(response, refuse({ problem, socket, request: response.req }))
  }

  const end = (socket: Duplex, errorResponse: string) => {
    if (!socket.writable) {
      socket.destroy()
      return
    }
    // A client may keep its side open forever. Closing immediately could discard data that it has not read yet.
    socket.end(errorResponse, () => {
      const timer = setTimeout(() => socket.destroy(), lingerMillis)
      socket.once("close", () => clearTimeout(timer))
    })
  }

  const hasResponseInFlight = (socket: Duplex): boolean => {
    if ((connections.get(socket)?.waiting.length ?? 0) > 0) return true
    for (const { req } of inFlight) if (req.socket === socket) return true
    return false
  }

  const sendPendingError = (socket: Duplex) => {
    const errorResponse = pendingErrorResponses.get(socket)
    if (errorResponse === undefined || hasResponseInFlight(socket)) return
    pendingErrorResponses.delete(socket)
    end(socket, errorResponse)
  }

  const endAfterResponses = (socket: Duplex, errorResponse: string) => {
    if (hasResponseInFlight(socket)) pendingErrorResponses.set(socket, errorResponse)
    else end(socket, errorResponse)
  }

  const track = (response: Http.ServerResponse) => {
    // The response to a hit is complete, unless it waits for an earlier one on the same connection.
    if (response.writableEnded && response.socket !== null) return
    inFlight.add(response)
    response.once("close", () => {
      inFlight.delete(response)
      sendPendingError(response.req.socket)
      // A response that began before the drain did not tell its client to close the connection.
      if (isGraceOver) setImmediate(closeIdle)
    })
  }

  /** Frees a place for a connection; `false` if all are in use. */
  const makeRoom = (): boolean => {
    let idle: Connection | undefined
    for (const connection of connections.values()) {
      if (connection.lastResponse === undefined) {
        idle = connection
        break
      }
      if (idle === undefined && isAnswered(connection)) idle = connection
    }
    if (idle === undefined) return false
    connections.delete(idle.socket)
    idle.socket.destroy()
    return true
  }

  const serve = (request: Http.IncomingMessage, response: Http.ServerResponse) => {
    if (isClosing) response.setHeader("Connection", "close")
    const problem = problemOf(request)
    if (problem === undefined) handler(request, response)
    else refuseLast(response, problem)
    track(response)
  }

  /** Serves the requests that wait on a connection, each after the response to the one before it. */
  const serveNextAfter = (response: Http.ServerResponse, connection: Connection) => {
    response.once("close", () => {
      const next = connection.waiting.shift()
      // No request is served after a response that closes the connection.
      if (next === undefined || !connection.socket.writable) {
        sendPendingError(connection.socket)
        return
      }
      if (connection.waiting.length > 0) serveNextAfter(next, connection)
      else next.once("close", () => sendPendingError(connection.socket))
      // The response to a request that could not be read.
      if (!next.headersSent) serve(next.req, next)
    })
  }

  const server = Http.createServer({
    IncomingMessage: messageClass((socket) => connections.get(socket)?.waiting.length === maxWaitingRequests),
    headersTimeout: Math.min(headersTimeout, requestTimeout),
    requestTimeout,
    keepAliveTimeout,
    connectionsCheckingInterval: checkInterval,
    maxHeaderSize: 32 * 1024,
    // Node's own response to a missing Host header has no body.
    requireHostHeader: false
  })
  // One more than is accepted, so that a request with too many is recognized.
  server.maxHeadersCount = maxHeaders + 1
  server.on("connection", (socket) => {
    accepted++
    if (connections.size >= maxConnections && !makeRoom()) {
      onClosed("connections")
      socket.destroy()
      return
    }
    const connection: Connection = { socket, lastResponse: undefined, waiting: [], isLast: false, unsent: undefined }
    connections.set(socket, connection)
    socket.once("close", () => {
      connection.waiting.length = 0
      connections.delete(socket)
      pendingErrorResponses.delete(socket)
    })
  })
  const receive = (request: Http.IncomingMessage, response: Http.ServerResponse) => {
    const connection = connections.get(request.socket)
    // The connection is being closed.
    if (connection === undefined || connection.isLast) return
    const { lastResponse: previous, waiting } = connection
    connection.lastResponse = response
    if (mustBeLast(request)) {
      connection.isLast = true
      response.setHeader("Connection", "close")
    }
    if (previous === undefined || (waiting.length === 0 && previous.writableFinished)) {
      serve(request, response)
      return
    }
    if (waiting.push(response) === 1) serveNextAfter(previous, connection)
  }
  server.on("request", receive)
  server.on("checkContinue", (request, response) => {
    // Once the body is read. Node also reads it, to skip it, after a response without one.
    request.once("resume", () => {
      if (!response.headersSent) response.writeContinue()
    })
    receive(request, response)
  })
  const refuseWaiting = (request: Http.IncomingMessage, socket: Duplex) => {
    // Node no longer listens to it.
    socket.on("error", () => {})
    const connection = connections.get(socket)
    if (connection !== undefined) connection.waiting.length = 0
    endAfterResponses(socket, rawResponse(refuse({ problem: tooManyWaiting, socket, request })))
  }
  // Only for the first request too many on a connection.
  server.on("upgrade", refuseWaiting)
  server.on("connect", refuseWaiting)
  server.on("checkExpectation", (_, response) => refuseLast(response, expectationFailed))
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Duplex) => {
    if (!socket.writable || error.code === "ECONNRESET") {
      socket.destroy()
      return
    }
    const problem = problemOfError(error)
    const connection = connections.get(socket)
    const last = connection?.lastResponse
    // The error is after the last request. The response to that one closes the connection.
    if (connection?.isLast === true && last?.req.complete !== false) return
    // A client that has connected and sent nothing makes no request.
    if ((socket as Net.Socket).bytesRead === 0) {
      onClosed("timeout")
      return end(socket, rawResponse(problemResponse(problem)))
    }
    // The error is in a new request: its response must follow that to the last complete one.
    if (last === undefined || last.req.complete) {
      return endAfterResponses(socket, rawResponse(refuse({ problem, socket, request: undefined })))
    }
    // Node does not fail a handler that waits for the rest of this request's body, which never arrives.
    last.once("close", () => last.req.destroy(error))
    if (last.headersSent) endAfterResponses(socket, "")
    else respond(last, refuse({ problem, socket, request: last.req }))
  })

  // Node has no timeout for clients that do not read their response.
  yield* Effect.acquireRelease(
    Effect.sync(() => {
      const checkUnread = UnreadResponses.make(connections, responseTimeout, () => onClosed("unread"))
      return setInterval(checkUnread, Math.min(UnreadResponses.interval, responseTimeout)).unref()
    }),
    (timer) => Effect.sync(() => clearInterval(timer))
  )

  const listen = Effect.tryPromise({
    try: () => once(server.listen({ host, port }), "listening"),
    catch: serveError
  }).pipe(
    Effect.map(() => {
      server.on("error", (error) => runFork(Effect.logError("the server failed to accept a connection", error)))
      // A server on a port has no other kind of address.
      return server.address() as Net.AddressInfo
    })
  )

  let closeIdleTimer: NodeJS.Timeout | undefined
  const closeIdle = () => {
    isGraceOver = true
    clearTimeout(closeIdleTimer)
    // Node regards a connection as idle once its response is written, even if the client has not read all of it.
    for (const { socket } of connections.values()) {
      if (socket.writableLength > 0) {
        closeIdleTimer = setTimeout(() => setImmediate(closeIdle), keepAliveGrace)
        return
      }
    }
    server.closeIdleConnections()
    // Node does not regard a connection as idle on which nothing has been received yet.
    for (const { socket } of connections.values()) if (socket.bytesRead === 0) socket.destroy()
  }

  /**
   * Node accepts one connection per turn of the event loop, so under load others are queued in the kernel, which resets
   * them when the server stops listening. Responses do not close their connections yet, because those clients would
   * reconnect and lengthen the queue.
   */
  const acceptQueuedConnections = (startedAt: number) =>
    Effect.async<void>((resume) => {
      const until = startedAt + Math.min(maxAcceptTime, drain / 2)
      const poll = (previouslyAccepted: number) =>
        setImmediate(() => {
          if (accepted > previouslyAccepted && performance.now() < until) poll(accepted)
          else resume(Effect.void)
        })
      poll(-1)
    })

  const stop = (startedAt: number) =>
    Effect.async<void>((resume) => {
      isClosing = true
      // Not `closeAllConnections`, which omits connections with a parse error.
      const deadline = setTimeout(
        () => {
          for (const { socket } of connections.values()) socket.destroy()
        },
        Math.max(0, startedAt + drain - performance.now())
      )
      // `setImmediate`, because a busy event loop may run the timer before it reads what has arrived.
      closeIdleTimer = setTimeout(() => setImmediate(closeIdle), Math.min(keepAliveGrace, drain))
      // Unlike `http.Server.close`, this does not close idle connections.
      Net.Server.prototype.close.call(server, () => {
        clearTimeout(deadline)
        clearTimeout(closeIdleTimer)
        server.close()
        resume(Effect.void)
      })
      for (const response of inFlight) if (!response.headersSent) response.setHeader("Connection", "close")
    })

  const close = Effect.sync(onDrain).pipe(
    Effect.zipRight(Effect.sleep(drainDelay)),
    Effect.zipRight(Effect.sync(() => performance.now())),
    Effect.tap(acceptQueuedConnections),
    Effect.flatMap(stop)
  )

  const address = yield* Effect.acquireRelease(listen, () => close)
  return { address, url: urlOf(host, address.port) }
})
