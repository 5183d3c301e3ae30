import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import type * as Headers from "@effect/platform/Headers"
import * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import type { ErrorContext, TransportError } from "@hotspot-session/core"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Response } from "./Response.js"
import { parseHttpDate, parseRetryAfter } from "./RetryAfter.js"
import { redactSensitiveHeaders } from "./SensitiveHeaders.js"
import * as Tracing from "./Tracing.js"
import { transportError } from "./TransportFailure.js"

/** `fetch` would follow a redirect and send the token to its target. */
const withoutRedirects = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.mapInputContext(effect, (context: Context.Context<R>) =>
    Context.add(context, FetchHttpClient.RequestInit, {
      ...Option.getOrUndefined(Context.getOption(context, FetchHttpClient.RequestInit)),
      redirect: "manual"
    })
  )

export type Send = HttpClient.HttpClient["execute"]

/**
 * The direct `send` of clients that have one, which bypasses the platform's spans, logs and finalizers. It exposes no
 * headers, follows no redirects, and requires that each response is read or interrupted.
 */
const directSends = new WeakMap<HttpClient.HttpClient, Send>()

/** Registers the direct `send` of a client. */
export const withDirect = (client: HttpClient.HttpClient, send: Send): HttpClient.HttpClient => {
  directSends.set(client, send)
  return client
}

/** The `send` of a client, without headers in the platform's spans and logs. */
export const withoutTelemetry = (client: HttpClient.HttpClient): Send =>
  directSends.get(client) ??
  client.pipe(
    redactSensitiveHeaders,
    // The platform's span would contain every header. The attempt has its own span.
    HttpClient.withTracerDisabledWhen(() => true),
    HttpClient.transformResponse(withoutRedirects)
  ).execute

/** The body of an error is optional, so reading it has a short time limit. */
const errorBodyTimeout = Duration.seconds(5)

const readErrorBody = (response: HttpClientResponse.HttpClientResponse): Effect.Effect<string | undefined> =>
  response.text.pipe(
    Effect.timeoutOption(errorBodyTimeout),
    Effect.map(Option.getOrUndefined),
    Effect.orElseSucceed(() => undefined)
  )

interface Exchanged {
  readonly response: Response
  readonly headers: Headers.Headers
}

/** Skips `Retry-After` and `Date`, which matter only after a failure. */
const readSuccess = (
  response: HttpClientResponse.HttpClientResponse
): Effect.Effect<Exchanged, HttpClientError.HttpClientError> =>
  Effect.map(response.text, (body) => ({
    response: {
      status: response.status,
      requestId: requestIdOf(response.headers),
      retryAfter: Option.none(),
      clockSkew: Option.none(),
      body
    },
    headers: response.headers
  }))

const requestIdOf = (headers: Headers.Headers): string | undefined =>
  headers["x-request-id"] ?? headers["x-iam-trace-id"]

const readOther = (
  response: HttpClientResponse.HttpClientResponse
): Effect.Effect<Exchanged, HttpClientError.HttpClientError> => {
  const { headers, status } = response
  // IAM creates a token with a 201, whose body is required for the time of expiry by the server's clock.
  const readBody: Effect.Effect<string | undefined, HttpClientError.HttpClientError> =
    status === 201 ? response.text : readErrorBody(response)
  return Effect.flatMap(readBody, (body) =>
    Effect.clockWith((clock) => {
      const now = clock.unsafeCurrentTimeMillis()
      const { date, "retry-after": retryAfter } = headers
      const read: Response = {
        status,
        requestId: requestIdOf(headers),
        retryAfter: parseRetryAfter(retryAfter, date, now),
        clockSkew: date === undefined ? Option.none() : Option.some(parseHttpDate(date) - now),
        body
      }
      return Effect.succeed({ response: read, headers })
    })
  )
}

/** Sends an authorised request and reads the response, whatever its status. */
export const exchange = (
  send: Send,
  request: HttpClientRequest.HttpClientRequest,
  context: ErrorContext,
  withoutSecrets: (text: string) => string
): Effect.Effect<Exchanged, TransportError> =>
  Effect.matchEffect(
    Effect.flatMap(send(request), (response) =>
      response.status === 200 ? readSuccess(response) : readOther(response)
    ),
    {
      onFailure: (error) => Effect.fail(transportError(error, context, withoutSecrets)),
      onSuccess: (exchanged) =>
        Tracing.annotated(exchanged, ({ response: { requestId, status } }) => ({
          "http.response.status_code": status,
          ...(requestId === undefined ? {} : { "hotspot_session.request_id": withoutSecrets(requestId) })
        }))
    }
  )

/** Removes secrets from a response, so that an error may quote it. */
export const redacted = (response: Response, withoutSecrets: (text: string) => string): Response => ({
  ...response,
  requestId: response.requestId === undefined ? undefined : withoutSecrets(response.requestId),
  body: response.body === undefined ? undefined : withoutSecrets(response.body)
})

const defaultPort = (protocol: string): number => (protocol === "https:" ? 443 : 80)

/** The attributes of a request's span, by OpenTelemetry's semantic conventions for HTTP clients. */
export const spanAttributes = (method: string, url: string): Record<string, unknown> => {
  const { hostname, port, protocol } = new URL(url)
  return {
    "http.request.method": method,
    "server.address": hostname,
    "server.port": port === "" ? defaultPort(protocol) : Number(port),
    "url.full": url
  }
}
