import * as Http from "node:http"
import * as Net from "node:net"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import { Demo } from "../src/index.js"
import * as SignatureCheck from "../src/SignatureCheck.js"

/** What came back. */
export interface Answer {
  readonly status: number
  readonly headers: Http.IncomingHttpHeaders
  readonly text: string
}

/** The connection broke; `answer` is what had come until then. */
export class Broken extends Data.TaggedError("Broken")<{
  readonly code: string | undefined
  readonly answer: Answer | undefined
}> {}

/** One request over a connection of its own. Ends with its fiber. */
export const send = (
  url: string,
  options: { readonly method?: string; readonly headers?: Record<string, string>; readonly body?: string } = {}
): Effect.Effect<Answer, Broken> =>
  Effect.async<Answer, Broken>((resume) => {
    const request = Http.request(url, {
      method: options.method ?? "GET",
      headers: {
        ...(options.headers ?? { "x-auth-token": Demo.token }),
        // Node frames a body by itself only for methods that usually have one.
        ...(options.body === undefined ? {} : { "content-length": Buffer.byteLength(options.body) })
      },
      agent: false
    })
    let answer: Answer | undefined
    const fail = (error: NodeJS.ErrnoException) => resume(Effect.fail(new Broken({ code: error.code, answer })))
    request.on("error", fail)
    request.on("response", (response) => {
      let text = ""
      response.setEncoding("utf8")
      answer = { status: response.statusCode ?? 0, headers: response.headers, text }
      response.on("data", (chunk: string) => {
        text += chunk
        answer = { status: response.statusCode ?? 0, headers: response.headers, text }
      })
      response.on("error", fail)
      response.on("end", () => answer !== undefined && resume(Effect.succeed(answer)))
    })
    request.end(options.body)
    return Effect.sync(() => request.destroy())
  })

/** The body of an answer as JSON. */
export const json = (answer: Answer): unknown => JSON.parse(answer.text)

/** The list operation of a project. */
export const listUrl = (endpoint: string, projectId: string, query = ""): string =>
  `${endpoint}/v1/${projectId}/hotspot-session-config${query === "" ? "" : `?${query}`}`

/** The headers of a signed `GET` at a time, epoch milliseconds. What `headers` has is signed as well. */
export const signed = (
  url: string,
  time: number,
  options: {
    readonly accessKey?: string
    readonly secretKey?: string
    readonly headers?: Record<string, string>
    readonly method?: string
  } = {}
): Record<string, string> => {
  const { host, pathname, search } = new URL(url)
  const accessKey = options.accessKey ?? Demo.accessKey
  const date = SignatureCheck.formatDate(time)
  const headers = { host, ...options.headers, "x-sdk-date": date }
  const names = Object.keys(headers).sort()
  const canonical = SignatureCheck.canonicalRequest(
    { method: options.method ?? "GET", path: pathname, query: search.slice(1), headers, body: new Uint8Array() },
    names
  )
  const signature = SignatureCheck.sign(canonical, date, options.secretKey ?? Demo.secretKey)
  return {
    ...headers,
    authorization: `SDK-HMAC-SHA256 Access=${accessKey}, SignedHeaders=${names.join(";")}, Signature=${signature}`
  }
}

/** Sends bytes as they are, and gives everything that comes back until the other side closes. */
export const raw = (endpoint: string, text: string): Effect.Effect<string> =>
  Effect.async<string>((resume) => {
    const url = new URL(endpoint)
    const socket = Net.connect(Number(url.port), url.hostname)
    let received = ""
    socket.setEncoding("utf8")
    socket.on("data", (chunk: string) => {
      received += chunk
    })
    // A reset after the answer is as good as an end.
    socket.on("error", () => {})
    socket.on("close", () => resume(Effect.succeed(received)))
    socket.write(text)
    return Effect.sync(() => socket.destroy())
  })

/** The body of the only answer in raw text, as JSON. */
export const rawJson = (text: string): unknown => JSON.parse(text.slice(text.indexOf("\r\n\r\n") + 4))

/** A request for a token. */
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
