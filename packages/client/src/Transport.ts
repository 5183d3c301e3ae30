/**
 * One way to send a request and to read the whole response within a time limit. Every `HttpClient` is a transport; a client
 * may bring a faster one of its own.
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as HttpIncomingMessage from "@effect/platform/HttpIncomingMessage"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { flow, identity } from "effect/Function"
import * as Option from "effect/Option"
import type * as Tracer from "effect/Tracer"
import { DecodedResponse } from "./DecodedResponse.js"
import { errorBodyTimeout, requiresBody } from "./RequiredBody.js"
import type { Response } from "./Response.js"
import { fromBytes, fromText } from "./ResponseText.js"
import { secretsOf } from "./Scrub.js"
import { redactSensitiveHeaders } from "./SensitiveHeaders.js"
import { timeLimited } from "./TimeLimit.js"
import { within } from "./Tracing.js"
import { failureOf, type TransportFailure, timedOut, undecodable } from "./TransportFailure.js"

/**
 * The request of a call that is under way. A call that already watches for its own interruption aborts its request itself,
 * which costs a sixth less than a call whose request has a canceller of its own.
 */
export class InFlight {
  private request: { readonly abort: () => void } | undefined
  /** The span of the last request. */
  span: Tracer.Span | undefined

  start(request: { readonly abort: () => void }): void {
    this.request = request
  }

  /** Aborts the request if it has not ended. */
  abort(): void {
    this.request?.abort()
  }
}

/** A response that a transport has read. */
export interface Received extends Response {
  /** Secrets that a client of the application has added to the request. A function, so that no log of the response shows them. */
  readonly secrets?: (() => ReadonlyArray<string>) | undefined
}

/** Sends requests. Follows no redirects, and shows headers to no log and no span. */
export interface Transport {
  /**
   * `timeout` is in milliseconds, from the start to the end of the response. The caller that gives `inFlight` aborts it when the
   * fiber is interrupted. `span` is the parent of the spans that a client of the application may make.
   */
  readonly exchange: (
    request: HttpClientRequest.HttpClientRequest,
    timeout: number,
    inFlight?: InFlight,
    span?: Tracer.Span
  ) => Effect.Effect<Received, TransportFailure>
  /** Maximum size of a body in bytes, encoded and decoded. */
  readonly maxBodyBytes: number
  /** Secrets that it adds to a request to a URL itself, such as the password of a proxy. */
  readonly secretsFor?: ((url: string) => ReadonlyArray<string>) | undefined
}

const TypeId: unique symbol = Symbol.for("@hotspot-session/client/Transport")

/** A client that brings a transport of its own. Clients that are derived from it do not. */
interface TransportHttpClient extends HttpClient.HttpClient {
  readonly [TypeId]: Transport
}

/** Adds a transport to a client. It must send what the client would send. */
export const withTransport = (client: HttpClient.HttpClient, transport: Transport): TransportHttpClient =>
  Object.assign(client, { [TypeId]: transport })

const hasTransport = (client: HttpClient.HttpClient): client is TransportHttpClient => TypeId in client

/** `fetch` would follow a redirect and send the token to its target. Keeps the other settings of `fetch`. */
const withoutRedirects = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.mapInputContext(effect, (context: Context.Context<R>) =>
    Context.add(context, FetchHttpClient.RequestInit, {
      ...Option.getOrUndefined(Context.getOption(context, FetchHttpClient.RequestInit)),
      redirect: "manual"
    })
  )

/** Maximum size of a body where the client has no limit of its own. */
export const defaultMaxBodyBytes = 64 * 1024 * 1024

/** Without a content coding as text, which stays readable if a client of the application has read it before. */
const readBody = (
  response: HttpClientResponse.HttpClientResponse,
  maxBytes: number
): Effect.Effect<string | ArrayBuffer, TransportFailure> => {
  const { headers } = response
  const body = Effect.suspend(
    (): Effect.Effect<string | ArrayBuffer, HttpClientError.HttpClientError> =>
      headers["content-encoding"] === undefined ? response.text : response.arrayBuffer
  )
  return body.pipe(
    HttpIncomingMessage.withMaxBodySize(Option.liftPredicate(maxBytes, Number.isFinite)),
    Effect.mapError((error) => failureOf(error, { hasResponse: true, maxBytes }))
  )
}

/** What a transport has of a body. */
type Body = Pick<Response, "text" | "problem">

/** The text of what the platform gives as a body. On Node, its `ArrayBuffer` is none. */
const textOf = (
  body: string | ArrayBuffer | Uint8Array,
  { headers, status }: HttpClientResponse.HttpClientResponse,
  maxBytes: number
): Either.Either<Body, TransportFailure> => {
  const options = { headers, isRequired: requiresBody(status), maxBytes }
  return Either.mapBoth(
    typeof body === "string"
      ? fromText(body, options)
      : fromBytes(body instanceof Uint8Array ? body : new Uint8Array(body), options),
    {
      onLeft: (problem) => undecodable(problem, status),
      onRight: ({ problem, text }) => ({ text, problem })
    }
  )
}

/** What is known of a response before its body is read. */
type Head = Pick<HttpClientResponse.HttpClientResponse, "status" | "headers">

const withBody = ({ headers, status }: Head, body: Body): Effect.Effect<Response> =>
  Effect.map(Clock.currentTimeMillis, (receivedAt) => ({ status, headers, ...body, receivedAt }))

/** An error whose body is late, too large or incomplete is an error without a body. */
const withoutBody = ({ detail, status }: Partial<TransportFailure> = {}): Body => ({
  text: undefined,
  ...(status === undefined ? {} : { problem: detail })
})

const readResponse = (
  response: HttpClientResponse.HttpClientResponse,
  maxBytes: number
): Effect.Effect<Response, TransportFailure> => {
  const body = Effect.flatMap(readBody(response, maxBytes), (body) => textOf(body, response, maxBytes))
  const available = requiresBody(response.status)
    ? body
    : body.pipe(
        Effect.timeoutTo({ duration: errorBodyTimeout, onSuccess: identity<Body>, onTimeout: () => withoutBody() }),
        Effect.catchAll((failure) => Effect.succeed(withoutBody(failure)))
      )
  return Effect.flatMap(available, (body) => withBody(response, body))
}

/** The status determines the error, also where a client of the application fails because of the response. */
const responseOf = (error: HttpClientError.HttpClientError): HttpClientResponse.HttpClientResponse | undefined =>
  error._tag === "ResponseError" && !requiresBody(error.response.status) ? error.response : undefined

/** The transport that any client is. The options are those of the transport below it. */
export const fromHttpClient = (
  client: HttpClient.HttpClient,
  { maxBodyBytes = defaultMaxBodyBytes, secretsFor }: Partial<Transport> = {}
): Transport => {
  /** What the client has added to the request that was `sent`. */
  const added = (sent: HttpClientRequest.HttpClientRequest, request: HttpClientRequest.HttpClientRequest) =>
    sent === request ? undefined : () => [...secretsOf(sent), ...(secretsFor?.(sent.url) ?? [])]
  const { execute } = client.pipe(
    redactSensitiveHeaders,
    // The platform's span would contain every header. The attempt has its own span.
    HttpClient.withTracerDisabledWhen(() => true),
    HttpClient.transformResponse(withoutRedirects)
  )
  return {
    maxBodyBytes,
    secretsFor,
    exchange: (request, timeout, _, span) =>
      Effect.suspend(() => {
        let head: Head | undefined
        let secrets: Received["secrets"]
        const withSecrets = <E extends TransportFailure>(received: Effect.Effect<Received, E>) =>
          secrets === undefined
            ? received
            : Effect.mapBoth(received, {
                onFailure: (failure) => ({ ...failure, secrets }),
                onSuccess: (response) => ({ ...response, secrets })
              })
        const exchanged = execute(request).pipe(
          Effect.catchAll((error) => {
            const response = responseOf(error)
            return response === undefined
              ? Effect.fail({
                  ...failureOf(error, { hasResponse: false, maxBytes: maxBodyBytes }),
                  secrets: added(error.request, request)
                })
              : Effect.succeed(response)
          }),
          Effect.flatMap((response) => {
            head = response
            secrets = added(response.request, request)
            return withSecrets(readResponse(response, maxBodyBytes))
          })
        )
        // An error whose body is late is an error without a body.
        const onTimeout = () =>
          head === undefined || requiresBody(head.status)
            ? Effect.fail(timedOut(timeout))
            : withSecrets(withBody(head, withoutBody()))
        return within(span, timeLimited(exchanged, timeout, onTimeout))
      })
  }
}

/** The transport of a client. One that is derived from a `given` client has the same limit, and hides the same secrets. */
export const of = (client: HttpClient.HttpClient, given = client): Transport =>
  hasTransport(client) ? client[TypeId] : fromHttpClient(client, hasTransport(given) ? given[TypeId] : {})

/**
 * A client that the application may derive others from, which may read the bodies of its responses, and may give `fetch` other
 * settings, but not follow redirects by them.
 */
export const derivable = (client: HttpClient.HttpClient): HttpClient.HttpClient => {
  const transport = of(client)
  const decoded = Effect.map(
    (response: HttpClientResponse.HttpClientResponse) => new DecodedResponse(response, transport.maxBodyBytes)
  )
  return withTransport(HttpClient.transformResponse(client, flow(withoutRedirects, decoded)), transport)
}
