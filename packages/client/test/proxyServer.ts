import * as Http from "node:http"
import * as Https from "node:https"
import * as Net from "node:net"
import type { Duplex } from "node:stream"
import { Effect } from "effect"

interface ProxyOptions {
  /** `user:password`. */
  readonly credentials?: string
  /** The status of each CONNECT; 0 never responds. Default: opens the tunnel. */
  readonly connectStatus?: number
  /** The response to each forwarded request. Default: that of the server. */
  readonly forwardedResponse?: { readonly status: number; readonly type?: string; readonly body?: string }
  readonly headers?: Record<string, string>
  /** Serves TLS. */
  readonly tls?: { readonly cert: string; readonly key: string }
}

/** A proxy that records what it is asked for. */
export const makeProxy = ({
  connectStatus = 200,
  credentials,
  forwardedResponse,
  headers = {},
  tls
}: ProxyOptions = {}) =>
  Effect.acquireRelease(
    Effect.async<{ readonly port: number; readonly seen: Array<string>; readonly close: () => void }>((resume) => {
      const seen: Array<string> = []
      const sockets = new Set<Duplex>()
      const expected = credentials && `Basic ${Buffer.from(credentials).toString("base64")}`
      const isAuthorized = (request: Http.IncomingMessage) =>
        expected === undefined || request.headers["proxy-authorization"] === expected
      const forward: Http.RequestListener = (request, response) => {
        seen.push(`${request.method} ${request.url}`)
        if (!isAuthorized(request)) {
          response.writeHead(407, { "proxy-authenticate": 'Basic realm="test"', ...headers }).end()
          return
        }
        if (forwardedResponse !== undefined) {
          const { body = "", status, type = "text/html" } = forwardedResponse
          response.writeHead(status, { "content-type": type, ...headers }).end(body)
          return
        }
        const { "proxy-authorization": _, ...others } = request.headers
        request.pipe(
          Http.request(String(request.url), { method: request.method, headers: others }, (answer) => {
            response.writeHead(answer.statusCode ?? 0, answer.headers)
            answer.pipe(response)
          }).on("error", () => response.writeHead(502).end())
        )
      }
      const server = tls === undefined ? Http.createServer(forward) : Https.createServer(tls, forward)
      server.on("connect", (request, socket) => {
        seen.push(`CONNECT ${request.url}`)
        if (connectStatus === 0) return
        const status = isAuthorized(request) ? connectStatus : 407
        if (status !== 200) {
          const lines = Object.entries({ "proxy-authenticate": 'Basic realm="test"', ...headers })
          socket.end(
            `HTTP/1.1 ${status} ${Http.STATUS_CODES[status]}\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join("")}content-length: 0\r\n\r\n`
          )
          return
        }
        const { hostname, port } = new URL(`http://${request.url}`)
        const upstream = Net.connect(Number(port) || 80, hostname.replace(/^\[|\]$/g, ""), () => {
          socket.write("HTTP/1.1 200 Connection established\r\n\r\n")
          upstream.pipe(socket).pipe(upstream)
        })
        upstream.on("error", () => socket.destroy())
        socket.on("error", () => upstream.destroy())
      })
      server.on("connection", (socket) => {
        sockets.add(socket)
        socket.on("error", () => {})
      })
      server.listen(0, "127.0.0.1", () =>
        resume(
          Effect.succeed({
            port: (server.address() as Net.AddressInfo).port,
            seen,
            close: () => {
              for (const socket of sockets) socket.destroy()
              server.close()
            }
          })
        )
      )
    }),
    ({ close }) => Effect.sync(close)
  )

/** A TLS server in front of another one. `beforeHandshake` gets each connection first. */
export const makeTlsServer = (
  tls: { readonly cert: string; readonly key: string },
  target: string,
  host = "127.0.0.1"
) =>
  Effect.acquireRelease(
    Effect.async<{ readonly port: number; readonly connections: () => number; readonly close: () => void }>(
      (resume) => {
        let connections = 0
        const sockets = new Set<Duplex>()
        const { port } = new URL(target)
        const server = Https.createServer(tls, (request, response) => {
          request.pipe(
            Http.request(
              { host: "127.0.0.1", port, path: request.url, method: request.method, headers: request.headers },
              (answer) => {
                response.writeHead(answer.statusCode ?? 0, answer.headers)
                answer.pipe(response)
              }
            )
          )
        })
        server.on("secureConnection", () => connections++)
        server.on("connection", (socket) => {
          sockets.add(socket)
          socket.on("error", () => {})
        })
        server.listen(0, host, () =>
          resume(
            Effect.succeed({
              port: (server.address() as Net.AddressInfo).port,
              connections: () => connections,
              close: () => {
                for (const socket of sockets) socket.destroy()
                server.close()
              }
            })
          )
        )
      }
    ),
    ({ close }) => Effect.sync(close)
  )
