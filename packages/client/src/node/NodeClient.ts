/**
 * An `HttpClient` over `node:http`, for requests and responses of any kind. The platform's own is in a module with its client
 * over undici, which takes longer to load than a short program runs.
 */
import * as Http from "node:http"
import { pipeline, Readable } from "node:stream"
import type { ReadableStream } from "node:stream/web"
import * as Cookies from "@effect/platform/Cookies"
import * as Headers from "@effect/platform/Headers"
import type * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as HttpIncomingMessage from "@effect/platform/HttpIncomingMessage"
import * as UrlParams from "@effect/platform/UrlParams"
import * as NodeStream from "@effect/platform-node/NodeStream"
import * as Effect from "effect/Effect"
import * as Inspectable from "effect/Inspectable"
import * as Option from "effect/Option"
import type * as Stream from "effect/Stream"

/** The agents of both protocols. */
export interface Agents {
  readonly http: Http.Agent
  readonly https: Http.Agent
}

type Read<A> = Effect.Effect<A, HttpClientError.ResponseError>

class NodeResponse extends Inspectable.Class implements HttpClientResponse.HttpClientResponse {
  readonly [HttpIncomingMessage.TypeId]: HttpIncomingMessage.TypeId = HttpIncomingMessage.TypeId
  readonly [HttpClientResponse.TypeId]: HttpClientResponse.TypeId = HttpClientResponse.TypeId
  readonly request: HttpClientRequest.HttpClientRequest
  readonly text: Read<string>
  private readonly source: Http.IncomingMessage

  constructor(request: HttpClientRequest.HttpClientRequest, source: Http.IncomingMessage) {
    super()
    this.request = request
    this.source = source
    this.text = Effect.runSync(
      Effect.cached(this.read((maxBytes) => NodeStream.toString(() => source, { onFailure: this.failed, maxBytes })))
    )
  }

  private readonly failed = (cause: unknown): HttpClientError.ResponseError =>
    new HttpClientError.ResponseError({ request: this.request, response: this, reason: "Decode", cause })

  private read<A>(body: (maxBytes: Parameters<typeof NodeStream.toString>[1]["maxBytes"]) => Read<A>): Read<A> {
    return Effect.flatMap(HttpIncomingMessage.MaxBodySize, (limit) => body(Option.getOrUndefined(limit)))
  }

  private parse<A>(parse: (text: string) => A): Read<A> {
    return Effect.tryMap(this.text, { try: parse, catch: this.failed })
  }

  get status(): number {
    return this.source.statusCode ?? 0
  }

  get headers(): Headers.Headers {
    return Headers.fromInput(this.source.headers)
  }

  get cookies(): Cookies.Cookies {
    return Cookies.fromSetCookie(this.source.headers["set-cookie"] ?? [])
  }

  get remoteAddress(): Option.Option<string> {
    return Option.fromNullable(this.source.socket.remoteAddress)
  }

  get json(): Read<unknown> {
    return this.parse((text) => (text === "" ? null : JSON.parse(text)))
  }

  get urlParamsBody(): Read<UrlParams.UrlParams> {
    return this.parse((text) => UrlParams.fromInput(new URLSearchParams(text)))
  }

  get arrayBuffer(): Read<ArrayBuffer> {
    return this.read((maxBytes) =>
      NodeStream.toUint8Array(() => this.source, { onFailure: this.failed, maxBytes })
    ).pipe(
      Effect.map(
        ({ buffer, byteLength, byteOffset }) => buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer
      )
    )
  }

  get formData(): Read<FormData> {
    const { "content-type": type = "" } = this.source.headers
    return Effect.flatMap(this.arrayBuffer, (bytes) =>
      Effect.tryPromise({
        try: () => new Response(bytes, { headers: { "content-type": type } }).formData(),
        catch: this.failed
      })
    )
  }

  get stream(): Stream.Stream<Uint8Array, HttpClientError.ResponseError> {
    return NodeStream.fromReadable(() => this.source, this.failed)
  }

  toJSON(): unknown {
    return HttpIncomingMessage.inspect(this, {
      _id: "@effect/platform/HttpClientResponse",
      request: this.request.toJSON(),
      status: this.status
    })
  }
}

interface Content {
  readonly headers?: Record<string, string>
  readonly body?: unknown
}

const contentOf = (body: HttpBody.HttpBody): Effect.Effect<Content> => {
  switch (body._tag) {
    case "Empty":
      return Effect.succeed({})
    case "Raw":
    case "Uint8Array":
      return Effect.succeed({ body: body.body })
    case "Stream":
      return Effect.map(NodeStream.toReadable(body.stream), (body) => ({ body }))
    case "FormData":
      return Effect.sync(() => {
        const { body: encoded, headers } = new Response(body.formData)
        return {
          headers: Object.fromEntries(headers),
          body: encoded === null ? undefined : Readable.fromWeb(encoded as ReadableStream)
        }
      })
  }
}

/** Aborts a request, and its response, when the client's scope is closed before the response is read. */
export const make = (agents: Agents): HttpClient.HttpClient =>
  HttpClient.make((request, url, signal) =>
    Effect.flatMap(contentOf(request.body), ({ body, headers }) =>
      Effect.async((resume) => {
        const fail = (cause: unknown) =>
          resume(new HttpClientError.RequestError({ request, reason: "Transport", cause }))
        try {
          const sent = Http.request(url, {
            agent: url.protocol === "https:" ? agents.https : agents.http,
            method: request.method,
            headers: { ...request.headers, ...headers },
            signal
          })
            .on("error", fail)
            .once("response", (source) => resume(Effect.succeed(new NodeResponse(request, source))))
          if (body instanceof Readable) pipeline(body, sent, (error) => error && fail(error))
          else sent.end(body)
        } catch (cause) {
          fail(cause)
        }
      })
    )
  )
