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
import * as Option from "effect/Option"
import type * as Tracer from "effect/Tracer"
import type { BodyProblem } from "./ContentCoding.js"
import type { Response } from "./Response.js"
import { fromBytes, fromText } from "./ResponseText.js"
import { secretsOf } from "./Scrub.js"
import { redactSensitiveHeaders } from "./SensitiveHeaders.js"
import { timeLimited } from "./TimeLimit.js"
import { within } from "./Tracing.js"
import { failureOf, type TransportFailure, timedOut } from "./TransportFailure.js"

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
   * `timeout` is in milliseconds, from the start to the end of the response. Who gives `inFlight` aborts it when the fiber is
   * interrupted. `span` is the parent of the spans that a client of the application may make.
   */
  readonly exchange: (
    request: HttpClientRequest.HttpClientRequest,
    timeout: number,
    inFlight?: InFlight,
    span?: Tracer.Span
  ) => Effect.Effect<Received, TransportFailure>
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

/**
 * The body of an error is optional, so reading it has a short time limit, in milliseconds. A body is required only with a
 * status of success.
 */
export const errorBodyTimeout = 5_000

/** Whether a response is useless without its body. */
export const requiresBody = (status: number): boolean => status < 300

/** `fetch` would follow a redirect and send the token to its target. */
const withoutRedirects = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.mapInputContext(effect, (context: Context.Context<R>) =>
    Context.add(context, FetchHttpClient.RequestInit, {
      ...Option.getOrUndefined(Context.getOption(context, FetchHttpClient.RequestInit)),
      redirect: "manual"
    })
  )

/** The failure if a body cannot be decoded. */
export const undecodable = (problem: BodyProblem, status: number): TransportFailure => ({
  ...problem,
  isSent: true,
  status
})

/** The failure if a body, as it is sent, is too large. */
export const tooLarge = (maxBytes: number): TransportFailure => ({
  reason: "size",
  detail: `the body is larger than ${maxBytes} bytes`,
  isSent: true
})

/** Maximum size of a body in bytes, encoded and decoded, where the client has no limit of its own. */
export const defaultMaxBodyBytes = 64 * 1024 * 1024

/** The platform's clients over `node:http` enforce a limit, but their error has no code. */
const isTooLarge = ({ cause }: HttpClientError.HttpClientError): boolean =>
  cause instanceof Error && cause.message === "maxBytes exceeded"

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
    Effect.mapError((error) => (isTooLarge(error) ? tooLarge(maxBytes) : failureOf(error, true)))
  )
}

/** The text of what the platform gives as a body. On Node, its `ArrayBuffer` is none. */
const textOf = (
  body: string | ArrayBuffer | Uint8Array | undefined,
  { headers, status }: HttpClientResponse.HttpClientResponse,
  maxBytes: number
): Either.Either<Pick<Response, "text" | "problem">, TransportFailure> => {
  if (body === undefined) return Either.right({ text: undefined })
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

const withBody = ({ headers, status }: Head, body: Pick<Response, "text" | "problem">): Effect.Effect<Response> =>
  Effect.map(Clock.currentTimeMillis, (receivedAt) => ({ status, headers, ...body, receivedAt }))

const readResponse = (
  response: HttpClientResponse.HttpClientResponse,
  maxBytes: number
): Effect.Effect<Response, TransportFailure> => {
  const body = readBody(response, maxBytes)
  const available = requiresBody(response.status)
    ? body
    : body.pipe(
        Effect.timeoutOption(errorBodyTimeout),
        Effect.map(Option.getOrUndefined),
        Effect.orElseSucceed(() => undefined)
      )
  return Effect.flatMap(available, (body) =>
    Effect.flatMap(textOf(body, response, maxBytes), (read) => withBody(response, read))
  )
}

/** The transport that any client is. `secretsFor` is that of the transport below it. */
export const fromHttpClient = (
  client: HttpClient.HttpClient,
  maxBodyBytes = defaultMaxBodyBytes,
  secretsFor?: Transport["secretsFor"]
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
    secretsFor,
    exchange: (request, timeout, _, span) =>
      Effect.suspend(() => {
        let head: Head | undefined
        const exchanged = execute(request).pipe(
          Effect.mapError((error) => ({ ...failureOf(error, false), secrets: added(error.request, request) })),
          Effect.flatMap((response) => {
            head = response
            const read = readResponse(response, maxBodyBytes)
            const secrets = added(response.request, request)
            return secrets === undefined
              ? read
              : Effect.mapBoth(read, {
                  onFailure: (failure) => ({ ...failure, secrets }),
                  onSuccess: (received): Received => ({ ...received, secrets })
                })
          })
        )
        // An error whose body is late is an error without a body.
        const onTimeout = () =>
          head === undefined || requiresBody(head.status)
            ? Effect.fail(timedOut(timeout))
            : withBody(head, { text: undefined })
        return within(span, timeLimited(exchanged, timeout, onTimeout))
      })
  }
}

/** The transport of a client. One that the application derives from a `given` client hides the same secrets. */
export const of = (client: HttpClient.HttpClient, given = client): Transport =>
  hasTransport(client)
    ? client[TypeId]
    : fromHttpClient(client, defaultMaxBodyBytes, hasTransport(given) ? given[TypeId].secretsFor : undefined)
