import * as Http from "node:http"
import type * as Net from "node:net"
import type { Duplex } from "node:stream"
import type * as HttpApp from "@effect/platform/HttpApp"
import * as HttpMiddleware from "@effect/platform/HttpMiddleware"
import type * as HttpServerError from "@effect/platform/HttpServerError"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { authorityOf } from "@hotspot-session/core"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import type * as Scope from "effect/Scope"
import * as GatewayError from "./GatewayError.js"

/** The parts of the emulator's state that the server uses. */
interface Source {
  readonly nextRequestId: () => string
  /** Epoch milliseconds. */
  readonly now: () => number
}

/** Responds to a request that Node's parser rejects. Node's own response would have no body. */
const respondRaw = (socket: Duplex, error: GatewayError.GatewayError, { nextRequestId, now }: Source): void => {
  const requestId = nextRequestId()
  const body = JSON.stringify(GatewayError.bodyOf(error, requestId))
  socket.end(
    `HTTP/1.1 ${error.status} ${Http.STATUS_CODES[error.status]}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nServer: api-gateway\r\nDate: ${new Date(now()).toUTCString()}\r\nX-Request-Id: ${requestId}\r\nConnection: close\r\n\r\n${body}`
  )
}

const parserErrors: ReadonlyMap<string, GatewayError.GatewayError> = new Map([
  ["HPE_HEADER_OVERFLOW", GatewayError.headersTooLarge],
  ["ERR_HTTP_REQUEST_TIMEOUT", GatewayError.requestTimeout]
])

/** Milliseconds that a client has to close a connection before the server closes it. */
const closeAfter = 1000

const makeNodeServer = (source: Source): Http.Server => {
  // A request without Host reaches the application, which has a better error than Node.
  const server = Http.createServer({ requireHostHeader: false })
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Net.Socket) => {
    if (!socket.writable || error.code === "ECONNRESET") {
      socket.destroy()
      return
    }
    socket.setTimeout(closeAfter, () => socket.destroy())
    respondRaw(socket, parserErrors.get(error.code ?? "") ?? GatewayError.badRequest, source)
  })
  server.on("connect", (_request, socket) => {
    socket.on("finish", () => socket.destroy())
    respondRaw(socket, GatewayError.badRequest, source)
  })
  server.on("checkExpectation", (request, response) => server.emit("request", request, response))
  return server
}

const formatEndpoint = (host: string, port: number): string => {
  const reachable = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host
  return `http://${authorityOf({ host: reachable, port })}`
}

/**
 * Serves an application on Node until the scope closes, and returns the endpoint. Closing the scope closes every connection
 * without waiting for requests.
 */
export const serve = Effect.fnUntraced(function* (
  app: HttpApp.Default,
  options: Source & { readonly host: string; readonly port: number }
): Effect.fn.Return<string, HttpServerError.ServeError, Scope.Scope> {
  const nodeServer = makeNodeServer(options)
  const sockets = new Set<Net.Socket>()
  nodeServer.on("connection", (socket) => {
    sockets.add(socket)
    socket.on("close", () => sockets.delete(socket))
  })
  // Not `HttpServer.serve`, which also accepts upgrades, unlike the cloud. The emulator represents another machine, so its
  // spans, which would contain tokens, do not belong in the traces of the application.
  const handler = yield* Effect.locally(
    NodeHttpServer.makeHandler(app),
    HttpMiddleware.currentTracerDisabledWhen,
    () => true
  )
  const upgrading = new WeakSet<Net.Socket>()
  nodeServer.on("request", (request, response) => {
    // Node skips the rest of what it has read after a request to upgrade, and takes what follows for the next request.
    if (upgrading.has(request.socket)) return
    if (request.headers.upgrade !== undefined) {
      upgrading.add(request.socket)
      response.setHeader("Connection", "close")
    }
    handler(request, response)
  })
  const server = yield* NodeHttpServer.make(() => nodeServer, { host: options.host, port: options.port }).pipe(
    // `ServeError` has no message of its own. That of Node has the code and the address.
    Effect.mapError((error) =>
      Predicate.hasProperty(error.cause, "message")
        ? Object.assign(error, { message: String(error.cause.message) })
        : error
    )
  )
  // Finalizers run in reverse order: this one runs before the server's own, which would wait for open connections.
  yield* Effect.addFinalizer(() =>
    Effect.async<void>((resume) => {
      nodeServer.close(() => resume(Effect.void))
      for (const socket of sockets) socket.destroy()
    })
  )
  return formatEndpoint(options.host, server.address._tag === "TcpAddress" ? server.address.port : options.port)
})
