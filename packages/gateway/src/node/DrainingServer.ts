import * as Http from "node:http"
import * as Net from "node:net"
import type { Duplex } from "node:stream"
import * as HttpServerError from "@effect/platform/HttpServerError"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Runtime from "effect/Runtime"
import type * as Scope from "effect/Scope"
import * as Problem from "../Problem.js"

/**
 * Where a server listens, and how long it drains.
 *
 * @category models
 */
export interface Options {
  /** Name or address to listen on. Default: `127.0.0.1`, which only programs on this machine reach. */
  readonly host?: string | undefined
  /** Port to listen on; 0 takes a free one. Default: 8080. */
  readonly port?: number | undefined
  /** How long requests in flight may take when the server closes. Default: 10 s. */
  readonly drain?: Duration.DurationInput | undefined
  /**
   * How long the server goes on as before when it closes, but for `/readyz`, so that a load balancer sees it and sends
   * nothing more. Default: not at all.
   */
  readonly drainDelay?: Duration.DurationInput | undefined
  /** How long a client may take to send a request's headers; then 408. Default: 10 s. */
  readonly headersTimeout?: Duration.DurationInput | undefined
  /** How long a client may take to send a whole request; then 408. Default: 30 s. */
  readonly requestTimeout?: Duration.DurationInput | undefined
  /** How long a connection is kept for another request. Default: 5 s. */
  readonly keepAliveTimeout?: Duration.DurationInput | undefined
  /** How long a client may take to receive what was written for it; then the connection is closed. Default: 1 minute. */
  readonly responseTimeout?: Duration.DurationInput | undefined
}

/**
 * A server that accepts requests.
 *
 * @category tags
 */
export class Server extends Context.Tag("@hotspot-session/gateway/node/Server")<
  Server,
  {
    /** The address it is bound to. */
    readonly address: Net.AddressInfo
    /** Where it can be reached, such as `http://127.0.0.1:8080`: the host as it was given, and the port. */
    readonly url: string
    /** Where its metrics are, where they have a port of their own. */
    readonly metricsUrl?: string | undefined
  }
>() {}

interface Connection {
  readonly socket: Net.Socket
  /** The response to the last request. */
  last: Http.ServerResponse | undefined
  /** How many bytes had been written when some were found that the client had not received yet, and when. */
  unsent: { readonly position: number; readonly since: number } | undefined
}

type Handler = (request: Http.IncomingMessage, response: Http.ServerResponse) => void

const malformed: Problem.Problem = {
  status: 400,
  title: "Bad Request",
  detail: "This is not an HTTP/1.1 request."
}

const withoutHost: Problem.Problem = { status: 400, title: "Bad Request", detail: "The header Host is missing." }

const twoHosts: Problem.Problem = { status: 400, title: "Bad Request", detail: "There is more than one header Host." }

/** Node keeps the first one only. */
const hostsOf = ({ rawHeaders }: Http.IncomingMessage): number => {
  let hosts = 0
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]
    if (name?.length === 4 && name.toLowerCase() === "host") hosts++
  }
  return hosts
}

const problems: Record<string, Problem.Problem> = {
  HPE_HEADER_OVERFLOW: {
    status: 431,
    title: "Request Header Fields Too Large",
    detail: "The request's headers are longer than 32 KiB."
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: 408,
    title: "Request Timeout",
    detail: "The request was not complete in time."
  }
}

const expectationFailed: Problem.Problem = {
  status: 417,
  title: "Expectation Failed",
  detail: "The only expectation that can be met is 100-continue."
}

const headersOf = (body: string, requestId: string) => ({
  "Content-Type": Problem.contentType,
  "Content-Length": String(Buffer.byteLength(body)),
  "Cache-Control": "no-store",
  "X-Content-Type-Options": "nosniff",
  "X-Request-Id": requestId,
  Connection: "close"
})

const respond = (response: Http.ServerResponse, problem: Problem.Problem) => {
  const requestId = crypto.randomUUID()
  const body = JSON.stringify(Problem.bodyOf(problem, requestId))
  response.writeHead(problem.status, headersOf(body, requestId)).end(body)
}

/** An answer for a connection on which Node has found no request to answer. */
const rawResponse = (problem: Problem.Problem): string => {
  const requestId = crypto.randomUUID()
  const body = JSON.stringify(Problem.bodyOf(problem, requestId))
  const headers = Object.entries(headersOf(body, requestId)).map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 ${problem.status} ${problem.title}\r\n${headers.join("")}\r\n${body}`
}

const urlOf = (host: string, port: number) => `http://${host.includes(":") ? `[${host}]` : host}:${port}`

/**
 * How long connections that are kept alive may bring one more request while the server closes, in milliseconds. It is
 * answered, and tells them to close; a client that is cut off between two requests may have sent the next one already.
 */
const grace = 100

/** How long connections are accepted that came before the server closes, in milliseconds. */
const longestAccepting = 1_000

/**
 * A server that listens with a handler, and drains when the scope closes. `onDrain` is called when it begins to.
 *
 * @internal
 */
export const make = (
  handler: Handler,
  options: Options,
  onDrain: () => void = () => {}
): Effect.Effect<Context.Tag.Service<Server>, HttpServerError.ServeError, Scope.Scope> =>
  Effect.gen(function* () {
    const runFork = Runtime.runFork(yield* Effect.runtime<never>())
    const host = options.host ?? "127.0.0.1"
    const drain = Duration.toMillis(options.drain ?? Duration.seconds(10))
    const headersTimeout = Duration.toMillis(options.headersTimeout ?? Duration.seconds(10))
    const requestTimeout = Duration.toMillis(options.requestTimeout ?? Duration.seconds(30))
    const responseTimeout = Duration.toMillis(options.responseTimeout ?? Duration.minutes(1))
    const checkInterval = Math.min(2_000, headersTimeout, requestTimeout, responseTimeout)
    const inFlight = new Set<Http.ServerResponse>()
    const connections = new Map<Duplex, Connection>()
    /** Sent before a connection is closed, after the responses to earlier requests on it. */
    const pendingErrorResponses = new Map<Duplex, string>()
    let accepted = 0
    let closing = false
    let graceIsOver = false

    const end = (socket: Duplex, errorResponse: string) => {
      if (socket.writable) socket.end(errorResponse)
      else socket.destroy()
    }

    const isAnswering = (socket: Duplex): boolean => {
      for (const { req } of inFlight) if (req.socket === socket) return true
      return false
    }

    const sendPendingError = (socket: Duplex) => {
      const errorResponse = pendingErrorResponses.get(socket)
      if (errorResponse === undefined || isAnswering(socket)) return
      pendingErrorResponses.delete(socket)
      end(socket, errorResponse)
    }

    const endAfterResponses = (socket: Duplex, errorResponse: string) => {
      if (isAnswering(socket)) pendingErrorResponses.set(socket, errorResponse)
      else end(socket, errorResponse)
    }

    const track = (response: Http.ServerResponse) => {
      // A hit is answered by now, unless it waits for the answer to a request before it on the same connection.
      if (response.writableEnded && response.socket !== null) return
      inFlight.add(response)
      response.once("close", () => {
        inFlight.delete(response)
        sendPendingError(response.req.socket)
        // A connection whose answer had begun before the drain was kept alive by it.
        if (graceIsOver) setImmediate(closeIdle)
      })
    }

    const server = Http.createServer({
      headersTimeout: Math.min(headersTimeout, requestTimeout),
      requestTimeout,
      keepAliveTimeout: Duration.toMillis(options.keepAliveTimeout ?? Duration.seconds(5)),
      connectionsCheckingInterval: checkInterval,
      maxHeaderSize: 32 * 1024,
      // Node would answer its absence with an empty body.
      requireHostHeader: false
    })
    server.on("connection", (socket) => {
      accepted++
      connections.set(socket, { socket, last: undefined, unsent: undefined })
      socket.once("close", () => {
        connections.delete(socket)
        pendingErrorResponses.delete(socket)
      })
    })
    server.on("request", (request, response) => {
      const connection = connections.get(request.socket)
      if (connection !== undefined) connection.last = response
      // Nobody knows how long a chunked body is, and nobody reads it.
      if (closing || request.headers["transfer-encoding"] !== undefined) response.setHeader("Connection", "close")
      const hosts = hostsOf(request)
      if (hosts > 1) respond(response, twoHosts)
      else if (hosts === 0 && request.httpVersion === "1.1") respond(response, withoutHost)
      else handler(request, response)
      track(response)
    })
    server.on("checkExpectation", (_, response) => respond(response, expectationFailed))
    server.on("clientError", (error: NodeJS.ErrnoException, socket: Duplex) => {
      if (!socket.writable || error.code === "ECONNRESET") {
        socket.destroy()
        return
      }
      const problem = problems[error.code ?? ""] ?? malformed
      const last = connections.get(socket)?.last
      // An error between two requests is answered after the first of them.
      if (last === undefined || last.req.complete) return endAfterResponses(socket, rawResponse(problem))
      // The rest of this request's body never comes, and Node leaves a handler that waits for it waiting.
      last.once("close", () => last.req.destroy(error))
      if (last.headersSent) endAfterResponses(socket, "")
      else respond(last, problem)
    })

    const checkUnsent = () => {
      const now = performance.now()
      for (const connection of connections.values()) {
        const { socket, unsent } = connection
        const sent = socket.bytesWritten - socket.writableLength
        if (socket.writableLength === 0) connection.unsent = undefined
        else if (unsent === undefined || sent >= unsent.position) {
          connection.unsent = { position: socket.bytesWritten, since: now }
        } else if (now - unsent.since >= responseTimeout) socket.destroy()
      }
    }

    // Node has no limit for a client that does not read.
    yield* Effect.acquireRelease(
      Effect.sync(() => setInterval(checkUnsent, checkInterval).unref()),
      (timer) => Effect.sync(() => clearInterval(timer))
    )

    const listen = Effect.async<Net.AddressInfo, HttpServerError.ServeError>((resume) => {
      const fail = (cause: Error) => resume(Effect.fail(new HttpServerError.ServeError({ cause })))
      server.once("error", fail)
      server.listen({ host, port: options.port ?? 8080 }, () => {
        server.off("error", fail)
        server.on("error", (error) => runFork(Effect.logError("the server cannot accept a connection", error)))
        const address = server.address()
        resume(
          address === null || typeof address === "string"
            ? Effect.dieMessage("a server on a port has no address")
            : Effect.succeed(address)
        )
      })
    })

    let idle: NodeJS.Timeout | undefined
    const closeIdle = () => {
      graceIsOver = true
      clearTimeout(idle)
      // Node takes a connection for idle as soon as its answer is complete, also where the client has not taken all of it.
      for (const { socket } of connections.values()) {
        if (socket.writableLength > 0) {
          idle = setTimeout(() => setImmediate(closeIdle), grace)
          return
        }
      }
      server.closeIdleConnections()
      // Node takes one that has not brought anything yet for one that is about to.
      for (const { socket } of connections.values()) if (socket.bytesRead === 0) socket.destroy()
    }

    /**
     * Node accepts one connection in a turn of its loop, so that under load others wait in the kernel, and would be reset.
     * Nobody is told to close meanwhile: who comes back with a new connection would have to be waited for as well.
     */
    const acceptWhatWaits = (began: number) =>
      Effect.async<void>((resume) => {
        const until = began + Math.min(longestAccepting, drain / 2)
        const look = (before: number) =>
          setImmediate(() => {
            if (accepted > before && performance.now() < until) look(accepted)
            else resume(Effect.void)
          })
        look(-1)
      })

    const stop = (began: number) =>
      Effect.async<void>((resume) => {
        closing = true
        // Node's own list lacks the connections on which it has found an error.
        const deadline = setTimeout(
          () => {
            for (const { socket } of connections.values()) socket.destroy()
          },
          began + drain - performance.now()
        )
        // After what has arrived is read: a server that is busy may see the end of the grace before it sees that.
        idle = setTimeout(() => setImmediate(closeIdle), Math.min(grace, drain))
        // Unlike the one of `http`, this leaves the connections as they are.
        Net.Server.prototype.close.call(server, () => {
          clearTimeout(deadline)
          clearTimeout(idle)
          server.close()
          resume(Effect.void)
        })
        for (const response of inFlight) if (!response.headersSent) response.setHeader("Connection", "close")
      })

    const close = Effect.sync(onDrain).pipe(
      Effect.zipRight(Effect.sleep(options.drainDelay ?? Duration.zero)),
      Effect.zipRight(Effect.sync(() => performance.now())),
      Effect.tap(acceptWhatWaits),
      Effect.flatMap(stop)
    )

    const address = yield* Effect.acquireRelease(listen, () => close)
    return { address, url: urlOf(host, address.port) }
  })
