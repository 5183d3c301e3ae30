/**
 * An `HttpClient` over undici's dispatch, without Node's streams and without promises between the socket and the fiber.
 * Loaded only when its layer is built: undici takes longer to load than a short program runs.
 */
import { isAscii } from "node:buffer"
import { Readable } from "node:stream"
import type { ReadableStream } from "node:stream/web"
import * as Cookies from "@effect/platform/Cookies"
import * as Headers from "@effect/platform/Headers"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as HttpIncomingMessage from "@effect/platform/HttpIncomingMessage"
import * as UrlParams from "@effect/platform/UrlParams"
import * as NodeStream from "@effect/platform-node/NodeStream"
import * as Undici from "@effect/platform-node/Undici"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Inspectable from "effect/Inspectable"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { maxTimerMillis } from "../Deadline.js"
import { type Send, withDirect } from "../Exchange.js"
import { plainUrl } from "../PlainUrl.js"

/** How many bytes of a body are buffered before the consumer reads them. */
const maxReadAhead = 256 * 1024

/** A response body as it arrives. */
class Body {
  private chunks: Array<Buffer> = []
  private buffered = 0
  private hasEnded = false
  private error: Error | undefined
  /** Whether the whole body is read, so that the server is not slowed down. */
  private isReadWhole: boolean
  private bytes: Buffer | undefined
  private waiting: Array<() => void> = []
  private readonly controller: Undici.Dispatcher.DispatchController

  constructor(controller: Undici.Dispatcher.DispatchController, isReadWhole: boolean) {
    this.controller = controller
    this.isReadWhole = isReadWhole
  }

  push(chunk: Buffer): void {
    this.chunks.push(chunk)
    this.buffered += chunk.length
    if (this.isReadWhole) return
    if (this.buffered > maxReadAhead) this.controller.pause()
    this.wake()
  }

  end(error?: Error): void {
    this.hasEnded = true
    this.error = error
    this.wake()
  }

  private wake(): void {
    if (this.waiting.length === 0) return
    const waiting = this.waiting
    this.waiting = []
    for (const resume of waiting) resume()
  }

  abort(): void {
    if (!this.hasEnded) this.controller.abort(new Undici.errors.RequestAbortedError())
  }

  private concatenate(): Buffer {
    const [first, second] = this.chunks
    const bytes = first !== undefined && second === undefined ? first : Buffer.concat(this.chunks)
    this.chunks = []
    this.bytes = bytes
    return bytes
  }

  /** The whole body, if it has arrived. */
  get complete(): Buffer | undefined {
    return this.hasEnded && this.error === undefined ? (this.bytes ?? this.concatenate()) : undefined
  }

  private whole(): Effect.Effect<Buffer, Error> {
    return this.error === undefined ? Effect.succeed(this.bytes ?? this.concatenate()) : Effect.fail(this.error)
  }

  /** Waits for the whole body. */
  get all(): Effect.Effect<Buffer, Error> {
    if (this.hasEnded) return this.whole()
    return Effect.async((resume) => {
      const complete = () => resume(this.whole())
      if (this.hasEnded) return complete()
      this.isReadWhole = true
      this.waiting.push(complete)
      this.controller.resume()
      return Effect.sync(() => this.abort())
    })
  }

  /** The buffered chunks, or the next one. Fails with `None` at the end. */
  get next(): Effect.Effect<ReadonlyArray<Buffer>, Option.Option<Error>> {
    return Effect.async((resume) => {
      const deliver = () => {
        const { chunks, error } = this
        if (chunks.length > 0) {
          this.chunks = []
          this.buffered = 0
          this.controller.resume()
          resume(Effect.succeed(chunks))
        } else if (this.hasEnded) resume(Effect.fail(Option.fromNullable(error)))
        else this.waiting.push(deliver)
      }
      deliver()
      return Effect.sync(() => this.abort())
    })
  }
}

/** Decodes UTF-8 without a byte order mark. ASCII, which nearly every page is, is copied instead of decoded. */
const textOf = (bytes: Buffer): string =>
  isAscii(bytes)
    ? bytes.toString("latin1")
    : bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf
      ? bytes.toString("utf8", 3)
      : bytes.toString("utf8")

type UndiciHeaders = Record<string, string | Array<string> | undefined>

const areSingle = (headers: UndiciHeaders): headers is Record<string, string> => {
  for (const name in headers) if (typeof headers[name] !== "string") return false
  return true
}

/** The names are in lower case and the object is not shared, so that it need not be copied. */
const headersOf = (headers: UndiciHeaders): Headers.Headers =>
  areSingle(headers) ? Headers.unsafeFromRecord(headers) : Headers.fromInput(headers)

class Response extends Inspectable.Class implements HttpClientResponse.HttpClientResponse {
  readonly [HttpIncomingMessage.TypeId]: HttpIncomingMessage.TypeId = HttpIncomingMessage.TypeId
  readonly [HttpClientResponse.TypeId]: HttpClientResponse.TypeId = HttpClientResponse.TypeId
  readonly request: HttpClientRequest.HttpClientRequest
  readonly status: number
  readonly headers: Headers.Headers
  readonly remoteAddress = Option.none<string>()
  private readonly setCookie: string | Array<string> | undefined
  private readonly body: Body

  constructor(request: HttpClientRequest.HttpClientRequest, status: number, headers: UndiciHeaders, body: Body) {
    super()
    this.request = request
    this.status = status
    this.setCookie = headers["set-cookie"]
    this.headers = headersOf(headers)
    this.body = body
  }

  get cookies(): Cookies.Cookies {
    return this.setCookie === undefined ? Cookies.empty : Cookies.fromSetCookie(this.setCookie)
  }

  private readonly fail = (cause: unknown): HttpClientError.ResponseError =>
    new HttpClientError.ResponseError({ request: this.request, response: this, reason: "Decode", cause })

  private read<A>(read: (bytes: Buffer) => A): Effect.Effect<A, HttpClientError.ResponseError> {
    const bytes = this.body.complete
    if (bytes !== undefined) return Effect.try({ try: () => read(bytes), catch: this.fail })
    return Effect.matchEffect(this.body.all, {
      onFailure: (error) => Effect.fail(this.fail(error)),
      onSuccess: (bytes) => Effect.try({ try: () => read(bytes), catch: this.fail })
    })
  }

  get text(): Effect.Effect<string, HttpClientError.ResponseError> {
    return this.read(textOf)
  }

  get json(): Effect.Effect<unknown, HttpClientError.ResponseError> {
    return this.read((bytes) => (bytes.length === 0 ? null : (JSON.parse(textOf(bytes)) as unknown)))
  }

  get arrayBuffer(): Effect.Effect<ArrayBuffer, HttpClientError.ResponseError> {
    return this.read((bytes) => new Uint8Array(bytes).buffer)
  }

  get urlParamsBody(): Effect.Effect<UrlParams.UrlParams, HttpClientError.ResponseError> {
    return this.read((bytes) => UrlParams.fromInput(new URLSearchParams(textOf(bytes))))
  }

  get formData(): Effect.Effect<FormData, HttpClientError.ResponseError> {
    const type = this.headers["content-type"]
    const headers = type === undefined ? {} : { "content-type": type }
    return Effect.flatMap(this.arrayBuffer, (bytes) =>
      Effect.tryPromise({ try: () => new globalThis.Response(bytes, { headers }).formData(), catch: this.fail })
    )
  }

  get stream(): Stream.Stream<Uint8Array, HttpClientError.ResponseError> {
    return Stream.repeatEffectChunkOption(
      Effect.mapBoth(this.body.next, { onFailure: Option.map(this.fail), onSuccess: Chunk.unsafeFromArray })
    ).pipe(Stream.ensuring(Effect.sync(() => this.body.abort())))
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
  readonly body: Undici.Dispatcher.DispatchOptions["body"]
  readonly headers: Record<string, string>
}

const contentOf = ({ body, headers }: HttpClientRequest.HttpClientRequest): Effect.Effect<Content> => {
  switch (body._tag) {
    case "Empty":
      return Effect.succeed({ body: null, headers })
    case "Uint8Array":
      return Effect.succeed({ body: body.body, headers })
    case "Raw":
      return Effect.succeed({ body: body.body as Content["body"], headers })
    case "FormData":
      return Effect.sync(() => {
        // Undici accepts only its own class.
        const response = new globalThis.Response(body.formData)
        return {
          body: response.body === null ? null : Readable.fromWeb(response.body as ReadableStream),
          headers: { ...headers, "content-type": response.headers.get("content-type") ?? "multipart/form-data" }
        }
      })
    case "Stream":
      return Effect.map(NodeStream.toReadable(body.stream), (body) => ({ body, headers }))
  }
}

type Resume = (effect: Effect.Effect<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError>) => void

/** Receives undici's events of one request. */
class Handler implements Undici.Dispatcher.DispatchHandler {
  private readonly request: HttpClientRequest.HttpClientRequest
  resume: Resume = () => {}
  private controller: Undici.Dispatcher.DispatchController | undefined
  /** Whether to resume the caller of a successful request only with the whole body. */
  private readonly waitsForBody: boolean
  private body: Body | undefined
  private response: Response | undefined
  private isAborted = false

  constructor(request: HttpClientRequest.HttpClientRequest, waitsForBody: boolean) {
    this.request = request
    this.waitsForBody = waitsForBody
  }

  /** Aborts the request if it has not ended. A request that waits for a connection is aborted when it starts. */
  abort(): void {
    this.isAborted = true
    if (this.body !== undefined) this.body.abort()
    else this.controller?.abort(new Undici.errors.RequestAbortedError())
  }

  onRequestStart(controller: Undici.Dispatcher.DispatchController): void {
    this.controller = controller
    if (this.isAborted) controller.abort(new Undici.errors.RequestAbortedError())
  }

  onResponseStart(controller: Undici.Dispatcher.DispatchController, status: number, headers: UndiciHeaders): void {
    // An informational status such as 103 Early Hints; the final response follows.
    if (status < 200) return
    const waits = this.waitsForBody && status < 300
    this.body = new Body(controller, waits)
    this.response = new Response(this.request, status, headers, this.body)
    if (!waits) this.respond()
  }

  private respond(): void {
    const response = this.response
    this.response = undefined
    if (response !== undefined) this.resume(Effect.succeed(response))
  }

  onResponseData(_: Undici.Dispatcher.DispatchController, chunk: Buffer): void {
    this.body?.push(chunk)
  }

  onResponseEnd(): void {
    this.body?.end()
    this.respond()
  }

  onResponseError(_: Undici.Dispatcher.DispatchController, error: Error): void {
    if (this.body !== undefined) {
      this.body.end(error)
      this.respond()
    } else {
      this.resume(
        Effect.fail(new HttpClientError.RequestError({ request: this.request, reason: "Transport", cause: error }))
      )
    }
  }
}

/** Without time limits, which are the caller's responsibility. */
const send = (
  dispatcher: Undici.Dispatcher,
  request: HttpClientRequest.HttpClientRequest,
  url: Pick<URL, "origin" | "pathname" | "search">,
  waitsForBody: boolean,
  signal?: AbortSignal
): Effect.Effect<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError> => {
  const dispatch = ({ body, headers }: Content) =>
    Effect.suspend(() => {
      const handler = new Handler(request, waitsForBody)
      if (signal !== undefined) signal.onabort = () => handler.abort()
      const response = Effect.async<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError>(
        (resume) => {
          handler.resume = resume
          dispatcher.dispatch(
            {
              origin: url.origin,
              path: url.pathname + url.search,
              method: request.method,
              headers,
              body: body ?? null,
              headersTimeout: 0,
              bodyTimeout: 0
            },
            handler
          )
        }
      )
      return Effect.uninterruptibleMask((restore) =>
        Effect.catchAllCause(restore(response), (cause) => {
          handler.abort()
          return Effect.failCause(cause)
        })
      )
    })
  return request.body._tag === "Empty"
    ? dispatch({ body: null, headers: request.headers })
    : Effect.flatMap(contentOf(request), dispatch)
}

/** A client over a dispatcher with the platform's behaviour. */
const make = (dispatcher: Undici.Dispatcher): HttpClient.HttpClient =>
  HttpClient.make((request, url, signal) => send(dispatcher, request, url, false, signal))

/** The direct `send` of this library, which reads every response. */
const sendDirectly =
  (dispatcher: Undici.Dispatcher): Send =>
  (request) => {
    const isWhole = request.urlParams.length === 0 && Option.isNone(request.hash)
    const plain = isWhole ? plainUrl(request.url) : undefined
    if (plain !== undefined) return send(dispatcher, request, plain, true)
    const url = UrlParams.makeUrl(request.url, request.urlParams, request.hash)
    return Either.isRight(url)
      ? send(dispatcher, request, url.right, true)
      : Effect.fail(new HttpClientError.RequestError({ request, reason: "InvalidUrl", cause: url.left }))
  }

/** Undici has special values for no limit. */
const unlessUnlimited = <A>(limit: number, unlimited: A): number | A =>
  limit === Number.POSITIVE_INFINITY ? unlimited : limit

/** The settings of `layer`. */
export interface Settings {
  readonly connectTimeoutMillis: number
  readonly maxSockets: number
  readonly maxBodyBytes: number
}

/** Keeps connections alive and closes them with the layer's scope. */
export const layer = (settings: Settings): Layer.Layer<HttpClient.HttpClient> =>
  Layer.scoped(
    HttpClient.HttpClient,
    Effect.map(
      Effect.acquireRelease(
        Effect.sync(
          () =>
            new Undici.Agent({
              connections: unlessUnlimited(settings.maxSockets, null),
              connectTimeout: settings.connectTimeoutMillis > maxTimerMillis ? 0 : settings.connectTimeoutMillis,
              maxResponseSize: unlessUnlimited(settings.maxBodyBytes, -1)
            })
        ),
        (agent) => Effect.promise(() => agent.destroy())
      ),
      (agent) => withDirect(make(agent), sendDirectly(agent))
    )
  )
