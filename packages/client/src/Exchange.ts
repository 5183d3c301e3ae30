import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import type * as Headers from "@effect/platform/Headers"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as HttpTraceContext from "@effect/platform/HttpTraceContext"
import type { ErrorContext, TransportError } from "@hotspot-session/core"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Answer } from "./Answer.js"
import { parseHttpDate, parseRetryAfter } from "./RetryAfter.js"
import { redactSensitiveHeaders } from "./SensitiveHeaders.js"
import { transportError } from "./TransportFailure.js"

/** A client whose requests show no headers in the platform's spans and logs. */
export const discreet = (client: HttpClient.HttpClient): HttpClient.HttpClient =>
  client.pipe(
    redactSensitiveHeaders,
    // The platform's span would show every header. The attempt's own span takes its place.
    HttpClient.withTracerDisabledWhen(() => true)
  )

/** The body of an error only fills the error in: it is not waited for longer than this. */
const errorBodyTimeout = Duration.seconds(5)

/** `fetch` would follow a redirect and take the token along. */
const withoutRedirects = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.mapInputContext(effect, (context: Context.Context<R>) =>
    Context.add(context, FetchHttpClient.RequestInit, {
      ...Option.getOrUndefined(Context.getOption(context, FetchHttpClient.RequestInit)),
      redirect: "manual"
    })
  )

/** Continues the trace beyond the request: `traceparent` and `b3`. */
export const continueTrace = (request: HttpClientRequest.HttpClientRequest) =>
  Effect.match(Effect.currentSpan, {
    onFailure: () => request,
    onSuccess: (span) => HttpClientRequest.setHeaders(request, HttpTraceContext.toHeaders(span))
  })

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

const readAnswer = (response: HttpClientResponse.HttpClientResponse) =>
  Effect.gen(function* () {
    const isSuccess = response.status === 200 || response.status === 201
    const body = isSuccess ? yield* response.text : yield* readErrorBody(response)
    const now = yield* Clock.currentTimeMillis
    const { date, "retry-after": retryAfter, "x-iam-trace-id": traceId, "x-request-id": requestId } = response.headers
    const answer: Answer = {
      status: response.status,
      requestId: requestId ?? traceId,
      retryAfter: parseRetryAfter(retryAfter, date, now),
      clockSkew: Option.map(Option.fromNullable(date), (date) => parseHttpDate(date) - now),
      body
    }
    return { answer, headers: response.headers }
  })

/** Sends a request that is authorised already, and reads its answer, whatever the status. */
export const exchange = (
  client: HttpClient.HttpClient,
  request: HttpClientRequest.HttpClientRequest,
  context: ErrorContext,
  withoutSecrets: (text: string) => string
): Effect.Effect<Exchanged, TransportError> =>
  client.execute(request).pipe(
    Effect.flatMap(readAnswer),
    withoutRedirects,
    Effect.mapError((error) => transportError(error, context, withoutSecrets)),
    Effect.tap(({ answer }) =>
      Effect.annotateCurrentSpan({
        "http.response.status_code": answer.status,
        ...(answer.requestId === undefined ? {} : { "hotspot_session.request_id": withoutSecrets(answer.requestId) })
      })
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
