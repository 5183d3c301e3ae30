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
import type { Answer } from "./Answer.js"
import { parseHttpDate, parseRetryAfter } from "./RetryAfter.js"
import { redactSensitiveHeaders } from "./SensitiveHeaders.js"
import * as Tracing from "./Tracing.js"
import { transportError } from "./TransportFailure.js"

/** `fetch` would follow a redirect and take the token along. */
const withoutRedirects = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.mapInputContext(effect, (context: Context.Context<R>) =>
    Context.add(context, FetchHttpClient.RequestInit, {
      ...Option.getOrUndefined(Context.getOption(context, FetchHttpClient.RequestInit)),
      redirect: "manual"
    })
  )

/**
 * Of clients that have one: the same client for whom the platform's spans, logs and finalizers are of no use. It shows
 * nothing to anybody, follows no redirects, and expects that each answer is read or interrupted.
 */
const directClients = new WeakMap<HttpClient.HttpClient, HttpClient.HttpClient>()

/** A client, which this library asks by another one, in a more direct way. */
export const withDirect = (client: HttpClient.HttpClient, direct: HttpClient.HttpClient): HttpClient.HttpClient => {
  directClients.set(client, direct)
  return client
}

/** A client whose requests show no headers in the platform's spans and logs. */
export const discreet = (client: HttpClient.HttpClient): HttpClient.HttpClient =>
  directClients.get(client) ??
  client.pipe(
    redactSensitiveHeaders,
    // The platform's span would show every header. The attempt's own span takes its place.
    HttpClient.withTracerDisabledWhen(() => true),
    HttpClient.transformResponse(withoutRedirects)
  )

/** The body of an error only fills the error in: it is not waited for longer than this. */
const errorBodyTimeout = Duration.seconds(5)

const readErrorBody = (response: HttpClientResponse.HttpClientResponse): Effect.Effect<string | undefined> =>
  response.text.pipe(
    Effect.timeoutOption(errorBodyTimeout),
    Effect.map(Option.getOrUndefined),
    Effect.orElseSucceed(() => undefined)
  )

/** What a server answered. */
export interface Exchanged {
  readonly answer: Answer
  readonly headers: Headers.Headers
}

const isSuccess = (status: number): boolean => status === 200 || status === 201

const answerOf = (
  { headers, status }: HttpClientResponse.HttpClientResponse,
  body: string | undefined,
  now: number
): Exchanged => {
  const { date, "retry-after": retryAfter, "x-iam-trace-id": traceId, "x-request-id": requestId } = headers
  const answer: Answer = {
    status,
    requestId: requestId ?? traceId,
    retryAfter: parseRetryAfter(retryAfter, date, now),
    clockSkew: status === 200 || date === undefined ? Option.none() : Option.some(parseHttpDate(date) - now),
    body
  }
  return { answer, headers }
}

const readAnswer = (
  response: HttpClientResponse.HttpClientResponse
): Effect.Effect<Exchanged, HttpClientError.HttpClientError> => {
  const body: Effect.Effect<string | undefined, HttpClientError.HttpClientError> = isSuccess(response.status)
    ? response.text
    : readErrorBody(response)
  return Effect.flatMap(body, (body) =>
    Effect.clockWith((clock) => Effect.succeed(answerOf(response, body, clock.unsafeCurrentTimeMillis())))
  )
}

/** Sends a request that is authorised already, and reads its answer, whatever the status. */
export const exchange = (
  client: HttpClient.HttpClient,
  request: HttpClientRequest.HttpClientRequest,
  context: ErrorContext,
  withoutSecrets: (text: string) => string
): Effect.Effect<Exchanged, TransportError> =>
  client.execute(request).pipe(
    Effect.flatMap(readAnswer),
    Effect.mapError((error) => transportError(error, context, withoutSecrets)),
    Effect.tap(({ answer }) =>
      Tracing.annotate(() => ({
        "http.response.status_code": answer.status,
        ...(answer.requestId === undefined ? {} : { "hotspot_session.request_id": withoutSecrets(answer.requestId) })
      }))
    )
  )

/** An answer as an error may quote it. */
export const quotable = (answer: Answer, withoutSecrets: (text: string) => string): Answer => ({
  ...answer,
  requestId: answer.requestId === undefined ? undefined : withoutSecrets(answer.requestId),
  body: answer.body === undefined ? undefined : withoutSecrets(answer.body)
})

const defaultPort = (protocol: string): number => (protocol === "https:" ? 443 : 80)

/** The attributes of a request's span, after OpenTelemetry's conventions for HTTP clients. */
export const spanAttributes = (method: string, url: string): Record<string, unknown> => {
  const { hostname, port, protocol } = new URL(url)
  return {
    "http.request.method": method,
    "server.address": hostname,
    "server.port": port === "" ? defaultPort(protocol) : Number(port),
    "url.full": url
  }
}
