import { createHash } from "node:crypto"
import * as Http from "node:http"
import * as Net from "node:net"
import { Credentials, type HotspotSession, RetryPolicy } from "@hotspot-session/client"
import { NodeHotspotSession } from "@hotspot-session/client/node"
import { Gateway } from "@hotspot-session/gateway"
import { NodeGateway } from "@hotspot-session/gateway/node"
import { Context, Effect, FiberRef, Layer, Logger, Redacted } from "effect"

export const projectId = "0123456789abcdef0123456789abcdef"
export const contractPath = `/v1/${projectId}/hotspot-session-config`
export const token = "MIIFcanary-token-0123456789"
export const ownToken = "MIIFown-canary-9876543210"

export const documentedPage = {
  items: [
    {
      id: "895110260098859008",
      project_id: projectId,
      hotspot_session_migration_enable: true,
      hotspot_exit_session_num: 4,
      non_migrate_users: [{ user_id: "da16f9b8", user_name: "test" }]
    }
  ]
}

export const apiKey = "hsg_canary-api-key"
export const apiKeyHash = createHash("sha256").update(apiKey).digest("hex")
export const withApiKey = { headers: { "x-api-key": apiKey } }

export interface Reply {
  readonly status?: number
  readonly headers?: Http.OutgoingHttpHeaders
  readonly body?: string
}

/** A server that stands in for the cloud, and the requests that it received. */
export const makeUpstream = (reply: (request: Http.IncomingMessage, index: number) => Reply | "reset" | "stall") =>
  Effect.acquireRelease(
    Effect.async<{ endpoint: string; requests: Array<Http.IncomingMessage>; server: Http.Server }>((resume) => {
      const requests: Array<Http.IncomingMessage> = []
      const server = Http.createServer((request, response) => {
        requests.push(request)
        const result = reply(request, requests.length - 1)
        if (result === "stall") return
        if (result === "reset") {
          request.socket.destroy()
          return
        }
        response.writeHead(result.status ?? 200, result.headers ?? {}).end(result.body ?? "")
      }).listen(0, "127.0.0.1", () => {
        const { port } = server.address() as Net.AddressInfo
        resume(Effect.succeed({ endpoint: `http://127.0.0.1:${port}`, requests, server }))
      })
    }),
    ({ server }) =>
      Effect.sync(() => {
        server.closeAllConnections()
        server.close()
      })
  )

export const page = (body: unknown = documentedPage): Reply => ({
  status: 200,
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body)
})

type ClientOptions = Partial<HotspotSession.Options>

/** A client that does not retry by default. */
export const client = (
  endpoint: string,
  options: ClientOptions = {},
  credentials: Layer.Layer<Credentials.Credentials> = Gateway.layerNoCredentials
) => NodeHotspotSession.layer({ retry: RetryPolicy.none, ...options, endpoint }).pipe(Layer.provide(credentials))

export const ownCredentials = Credentials.layerToken(Redacted.make(ownToken))

/** A gateway on a free port; `logs` contains its log and its access log. */
export const makeGateway = <E>(
  layer: Layer.Layer<HotspotSession.HotspotSession, E>,
  options: NodeGateway.ServerOptions = {}
) =>
  Effect.gen(function* () {
    const logs: Array<string> = []
    const logger = Logger.replace(
      Logger.defaultLogger,
      Logger.make((entry) => void logs.push(Logger.jsonLogger.log(entry)))
    )
    const before = yield* FiberRef.get(FiberRef.currentLoggers)
    const context = yield* Layer.build(
      NodeGateway.layerServer({
        port: 0,
        // Otherwise each test would wait at its end for the connections that `fetch` keeps alive.
        drain: 0,
        accessLog: (entry) => Effect.sync(() => void logs.push(JSON.stringify(entry))),
        ...options
      }).pipe(Layer.provide(layer), Layer.provide(logger))
    )
    // The layer's logger stays installed, and would receive the log of the next gateway.
    yield* FiberRef.set(FiberRef.currentLoggers, before)
    const { address, metricsUrl, reload, url } = Context.get(context, NodeGateway.Server)
    return { url, metricsUrl, port: address.port, logs, reload }
  })

export interface TestResponse {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The body as JSON. */
  readonly json: Record<string, unknown>
}

export const readResponse = async (response: Response): Promise<TestResponse> => {
  const text = await response.text()
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: text.startsWith("{") ? JSON.parse(text) : {}
  }
}

export const send = (
  url: string,
  init: RequestInit = { headers: { "x-auth-token": token } }
): Effect.Effect<TestResponse> =>
  Effect.promise((signal) => fetch(url, { redirect: "manual", signal, ...init }).then(readResponse))

/** Sends bytes, and returns everything received until the server closes the connection or the timeout. */
export const raw = (port: number, bytes: string, millis = 1_000): Effect.Effect<string> =>
  Effect.async((resume) => {
    let received = ""
    const socket = Net.connect(port, "127.0.0.1", () => socket.write(bytes, "latin1"))
    const timer = setTimeout(() => socket.destroy(), millis)
    socket.setEncoding("utf8")
    socket.on("data", (chunk) => {
      received += chunk
    })
    socket.on("error", () => {})
    socket.on("close", () => {
      clearTimeout(timer)
      resume(Effect.succeed(received))
    })
  })
