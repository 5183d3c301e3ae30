import * as Http from "node:http"
import * as Net from "node:net"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import { assert } from "vitest"
import { Demo } from "../src/index.js"
import * as SignatureCheck from "../src/SignatureCheck.js"

/** A response, as received so far. */
export interface ReceivedResponse {
  readonly status: number
  readonly headers: Http.IncomingHttpHeaders
  readonly text: string
}

/** The connection failed; `response` is what had been received before. */
class ConnectionError extends Data.TaggedError("ConnectionError")<{
  readonly code: string | undefined
  readonly response: ReceivedResponse | undefined
}> {}

/** Sends a request over a new connection, which is closed if the fiber is interrupted. */
export const send = (
  url: string,
  options: { readonly method?: string; readonly headers?: Record<string, string>; readonly body?: string } = {}
): Effect.Effect<ReceivedResponse, ConnectionError> =>
  Effect.async<ReceivedResponse, ConnectionError>((resume) => {
    const request = Http.request(url, {
      method: options.method ?? "GET",
      headers: {
        ...(options.headers ?? { "x-auth-token": Demo.token }),
        // Node sets the length of a body only for methods that usually have one.
        ...(options.body === undefined ? {} : { "content-length": Buffer.byteLength(options.body) })
      },
      agent: false
    })
    let received: ReceivedResponse | undefined
    const fail = (error: NodeJS.ErrnoException) =>
      resume(Effect.fail(new ConnectionError({ code: error.code, response: received })))
    request.on("error", fail)
    request.on("response", (response) => {
      let text = ""
      response.setEncoding("utf8")
      received = { status: response.statusCode ?? 0, headers: response.headers, text }
      response.on("data", (chunk: string) => {
        text += chunk
        received = { status: response.statusCode ?? 0, headers: response.headers, text }
      })
      response.on("error", fail)
      response.on("end", () => received !== undefined && resume(Effect.succeed(received)))
    })
    request.end(options.body)
    return Effect.sync(() => request.destroy())
  })

/** The body of a response as JSON. */
export const json = (response: ReceivedResponse): unknown => JSON.parse(response.text)

/** The list operation of a project. */
export const listUrl = (endpoint: string, projectId: string, query = ""): string =>
  `${endpoint}/v1/${projectId}/hotspot-session-config${query === "" ? "" : `?${query}`}`

/** Fails if a request has ended by the time that a later one has, with a response or an error. */
export const staysOpen = <A, E>(request: Fiber.Fiber<A, E>, endpoint: string): Effect.Effect<void, ConnectionError> =>
  Effect.gen(function* () {
    assert.strictEqual((yield* send(listUrl(endpoint, Demo.projectId))).status, 200)
    assert.isTrue(Option.isNone(yield* Fiber.poll(request)))
    yield* Fiber.interrupt(request)
  })

/** A configuration. */
export const configUrl = (endpoint: string, configId: string, projectId: string = Demo.projectId): string =>
  `${listUrl(endpoint, projectId)}/${encodeURIComponent(configId)}`

/** The users of a configuration. */
export const usersUrl = (endpoint: string, configId: string, query = ""): string =>
  `${configUrl(endpoint, configId)}/non-migration-users${query === "" ? "" : `?${query}`}`

/** Sends a JSON body with the demo token. */
export const sendJson = (
  method: "POST" | "PATCH",
  url: string,
  body: unknown
): Effect.Effect<ReceivedResponse, ConnectionError> =>
  send(url, {
    method,
    headers: { "x-auth-token": Demo.token, "content-type": "application/json" },
    body: typeof body === "string" ? body : JSON.stringify(body)
  })

/** The headers of a request signed at a time in epoch milliseconds. The given `headers` are signed too. */
export const signed = (
  url: string,
  time: number,
  options: {
    readonly accessKey?: string
    readonly secretKey?: string
    readonly headers?: Record<string, string>
    readonly method?: string
    readonly body?: string
  } = {}
): Record<string, string> => {
  const { host, pathname, search } = new URL(url)
  const accessKey = options.accessKey ?? Demo.accessKey
  const date = SignatureCheck.formatDate(time)
  const headers = { host, ...options.headers, "x-sdk-date": date }
  const names = Object.keys(headers).sort()
  const canonical = SignatureCheck.canonicalRequest(
    {
      method: options.method ?? "GET",
      path: pathname,
      query: search.slice(1),
      headers,
      body: Buffer.from(options.body ?? "")
    },
    names
  )
  const signature = SignatureCheck.sign(canonical, date, options.secretKey ?? Demo.secretKey)
  return {
    ...headers,
    authorization: `SDK-HMAC-SHA256 Access=${accessKey}, SignedHeaders=${names.join(";")}, Signature=${signature}`
  }
}

/** Sends text unchanged, and returns everything received until the server closes the connection. */
export const raw = (endpoint: string, text: string, later?: string): Effect.Effect<string> =>
  Effect.async<string>((resume) => {
    const url = new URL(endpoint)
    const socket = Net.connect(Number(url.port), url.hostname)
    let received = ""
    socket.setEncoding("utf8")
    socket.on("data", (chunk: string) => {
      received += chunk
    })
    // The server may reset the connection after its response.
    socket.on("error", () => {})
    socket.on("close", () => resume(Effect.succeed(received)))
    socket.write(text)
    if (later !== undefined) setTimeout(() => socket.write(later), 5)
    return Effect.sync(() => socket.destroy())
  })

/** The body of a single raw response, as JSON. */
export const rawJson = (text: string): unknown => JSON.parse(text.slice(text.indexOf("\r\n\r\n") + 4))

/** The body of a token request. */
export const tokenBody = (
  scope: unknown = { project: { id: Demo.projectId } },
  user: Readonly<Record<string, unknown>> = {}
): string =>
  JSON.stringify({
    auth: {
      identity: {
        methods: ["password"],
        password: {
          user: { name: Demo.userName, password: Demo.password, domain: { name: Demo.domainName }, ...user }
        }
      },
      scope
    }
  })
