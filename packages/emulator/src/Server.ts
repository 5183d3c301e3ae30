import * as Http from "node:http"
import type * as Net from "node:net"
import type { Duplex } from "node:stream"
import type * as HttpApp from "@effect/platform/HttpApp"
import * as HttpMiddleware from "@effect/platform/HttpMiddleware"
import type * as HttpServerError from "@effect/platform/HttpServerError"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as GatewayError from "./GatewayError.js"

/** What the server has of the emulator's state. */
interface Source {
  /** A new one for each call. */
  readonly nextRequestId: () => string
  /** Epoch milliseconds. */
  readonly now: () => number
}

/** An answer to what Node's parser does not let through to the application; Node's own have no body. */
const answerRaw = (socket: Duplex, error: GatewayError.GatewayError, { nextRequestId, now }: Source): void => {
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

/** Milliseconds after which a connection that is told to close is closed from here. */
const closeAfter = 1000

const makeNodeServer = (source: Source): Http.Server => {
  // A request without Host reaches the application, which has a better answer than Node.
  const server = Http.createServer({ requireHostHeader: false })
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Net.Socket) => {
    if (!socket.writable || error.code === "ECONNRESET") {
      socket.destroy()
      return
    }
    socket.setTimeout(closeAfter, () => socket.destroy())
    answerRaw(socket, parserErrors.get(error.code ?? "") ?? GatewayError.badRequest, source)
  })
  server.on("connect", (_request, socket) => {
    socket.on("finish", () => socket.destroy())
    answerRaw(socket, GatewayError.badRequest, source)
  })
  server.on("checkExpectation", (request, response) => server.emit("request", request, response))
  return server
}

const formatEndpoint = (host: string, port: number): string => {
  const reachable = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host
  return `http://${reachable.includes(":") ? `[${reachable}]` : reachable}:${port}`
}

/**
 * Serves an application on Node until the scope closes, and gives the endpoint. Closing breaks every connection, so that
 * it never waits for a request.
 */
export const serve = (
  app: HttpApp.Default,
  options: Source & { readonly host: string; readonly port: number }
): Effect.Effect<string, HttpServerError.ServeError, Scope.Scope> =>
  Effect.gen(function* () {
    const nodeServer = makeNodeServer(options)
    const sockets = new Set<Net.Socket>()
    nodeServer.on("connection", (socket) => {
      sockets.add(socket)
      socket.on("close", () => sockets.delete(socket))
    })
    // Not `HttpServer.serve`: it takes upgrades too, which the cloud does not. The emulator stands for another machine, so
    // its spans, which would hold tokens, do not belong in the traces of the application.
    const handler = yield* Effect.locally(
      NodeHttpServer.makeHandler(app),
      HttpMiddleware.currentTracerDisabledWhen,
      () => true
    )
    nodeServer.on("request", handler)
    const server = yield* NodeHttpServer.make(() => nodeServer, { host: options.host, port: options.port })
    // Finalizers run in reverse: this one goes before the server's own, which would wait for open connections.
    yield* Effect.addFinalizer(() =>
      Effect.async<void>((resume) => {
        nodeServer.close(() => resume(Effect.void))
        for (const socket of sockets) socket.destroy()
      })
    )
    return formatEndpoint(options.host, server.address._tag === "TcpAddress" ? server.address.port : options.port)
  })
