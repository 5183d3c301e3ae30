import type * as Cookies from "@effect/platform/Cookies"
import * as Headers from "@effect/platform/Headers"
import * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as HttpIncomingMessage from "@effect/platform/HttpIncomingMessage"
import * as UrlParams from "@effect/platform/UrlParams"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Inspectable from "effect/Inspectable"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { decode } from "./ContentCoding.js"
import { errorBodyTimeout, requiresBody } from "./RequiredBody.js"
import { fromBytes } from "./ResponseText.js"
import { type BodyProblem, FailureError, timedOut, tooLarge, undecodable } from "./TransportFailure.js"

type Read<A> = Effect.Effect<A, HttpClientError.ResponseError>

/**
 * The response of another client, with its body decoded. The body is read once, so that each reader leaves it to others,
 * which the platform's clients promise only of the text.
 */
export class DecodedResponse extends Inspectable.Class implements HttpClientResponse.HttpClientResponse {
  readonly [HttpIncomingMessage.TypeId]: HttpIncomingMessage.TypeId = HttpIncomingMessage.TypeId
  readonly [HttpClientResponse.TypeId]: HttpClientResponse.TypeId = HttpClientResponse.TypeId
  readonly request: HttpClientRequest.HttpClientRequest
  readonly status: number
  /** Without those that describe the body as it was sent. */
  readonly headers: Headers.Headers
  readonly text: Read<string>
  private readonly source: HttpClientResponse.HttpClientResponse
  private readonly octets: Read<Uint8Array>

  constructor(source: HttpClientResponse.HttpClientResponse, maxBytes: number) {
    super()
    const { headers, request, status } = source
    this.source = source
    this.request = request
    this.status = status
    this.headers = Headers.remove(headers, ["content-encoding", "content-length"])
    const undecoded = (problem: BodyProblem) => this.failed(new FailureError(undecodable(problem, status)))
    const decoded = Effect.suspend(() => source.arrayBuffer).pipe(
      HttpIncomingMessage.withMaxBodySize(Option.liftPredicate(maxBytes, Number.isFinite)),
      Effect.mapError(({ cause, description }) => this.failed(cause, description)),
      Effect.filterOrFail(
        // Not all clients keep to the limit.
        ({ byteLength }) => byteLength <= maxBytes,
        () => this.failed(new FailureError(tooLarge(maxBytes)))
      ),
      Effect.flatMap((body) =>
        // On Node, the platform's `ArrayBuffer` is none.
        Either.mapLeft(decode(new Uint8Array(body), headers["content-encoding"] ?? "", maxBytes), undecoded)
      )
    )
    const limited = requiresBody(status)
      ? decoded
      : Effect.timeoutFail(decoded, {
          duration: errorBodyTimeout,
          onTimeout: () => this.failed(new FailureError(timedOut(errorBodyTimeout)))
        })
    this.octets = Effect.runSync(Effect.cached(limited))
    this.text = Effect.flatMap(this.octets, (bytes) =>
      Either.mapBoth(fromBytes(bytes, { headers: this.headers, isRequired: requiresBody(status), maxBytes }), {
        onLeft: undecoded,
        onRight: ({ text = "" }) => text
      })
    )
  }

  private readonly failed = (cause: unknown, description?: string): HttpClientError.ResponseError =>
    new HttpClientError.ResponseError({
      request: this.request,
      response: this,
      reason: "Decode",
      cause,
      ...(description === undefined ? {} : { description })
    })

  private parse<A>(parse: (text: string) => A): Read<A> {
    return Effect.tryMap(this.text, { try: parse, catch: (cause) => this.failed(cause) })
  }

  get cookies(): Cookies.Cookies {
    return this.source.cookies
  }

  get remoteAddress(): Option.Option<string> {
    return this.source.remoteAddress
  }

  get json(): Read<unknown> {
    return this.parse((text) => (text === "" ? null : JSON.parse(text)))
  }

  get urlParamsBody(): Read<UrlParams.UrlParams> {
    return this.parse((text) => UrlParams.fromInput(new URLSearchParams(text)))
  }

  get arrayBuffer(): Read<ArrayBuffer> {
    return Effect.map(this.octets, (bytes) => new Uint8Array(bytes).buffer)
  }

  get formData(): Read<FormData> {
    const headers = { "content-type": this.headers["content-type"] ?? "" }
    return Effect.flatMap(this.arrayBuffer, (bytes) =>
      Effect.tryPromise({
        try: () => new Response(bytes, { headers }).formData(),
        catch: (cause) => this.failed(cause)
      })
    )
  }

  get stream(): Stream.Stream<Uint8Array, HttpClientError.ResponseError> {
    return Stream.fromEffect(Effect.map(this.octets, (bytes) => new Uint8Array(bytes)))
  }

  toJSON(): unknown {
    return HttpIncomingMessage.inspect(this, {
      _id: "@effect/platform/HttpClientResponse",
      request: this.request.toJSON(),
      status: this.status
    })
  }
}
