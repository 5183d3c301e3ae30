import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as HttpTraceContext from "@effect/platform/HttpTraceContext"
import {
  CredentialsError,
  type ErrorContext,
  type ListHotspotSessionConfigError,
  type ListHotspotSessionConfigResponse,
  TransportError
} from "@hotspot-session/core"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type { Answer } from "./Answer.js"
import type * as Credentials from "./Credentials.js"
import { createRequest, operation, route } from "./listHotspotSessionConfig/CreateRequest.js"
import { readResponse } from "./listHotspotSessionConfig/ReadResponse.js"
import { parseRetryAfter } from "./RetryAfter.js"
import { redactSensitiveHeaders, scrub } from "./SensitiveHeaders.js"
import * as Telemetry from "./Telemetry.js"
import { transportError } from "./TransportFailure.js"

/** What all attempts of a client have in common. */
export interface Settings {
  readonly client: HttpClient.HttpClient
  /** How long an attempt may take. */
  readonly timeout: Duration.Duration
  readonly userAgent: string
}

/** A failed attempt: its error, and whether the credentials can give a fresh one after a 401. */
export interface AttemptFailure {
  readonly error: ListHotspotSessionConfigError
  readonly freshCredentials: boolean
}

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
const continueTrace = (request: HttpClientRequest.HttpClientRequest) =>
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

const readAnswer = (response: HttpClientResponse.HttpClientResponse, withoutSecrets: (text: string) => string) =>
  Effect.gen(function* () {
    const requestId = response.headers["x-request-id"]
    const body = response.status === 200 ? yield* response.text : yield* readErrorBody(response)
    const answer: Answer = {
      status: response.status,
      requestId: requestId === undefined ? undefined : withoutSecrets(requestId),
      retryAfter: parseRetryAfter(
        response.headers["retry-after"],
        response.headers["date"],
        yield* Clock.currentTimeMillis
      ),
      body
    }
    return answer
  })

/** One request and its answer. */
const exchange = (settings: Settings, url: string, credential: Credentials.Credential, context: ErrorContext) =>
  Effect.gen(function* () {
    const request = yield* createRequest(url, settings.userAgent).pipe(
      continueTrace,
      Effect.flatMap(credential.authorize)
    )
    const withoutSecrets = (text: string) => scrub(text, request)
    const answer = yield* settings.client.execute(request).pipe(
      Effect.flatMap((response) => readAnswer(response, withoutSecrets)),
      withoutRedirects,
      Effect.mapError((error) => transportError(error, context, withoutSecrets))
    )
    yield* Effect.annotateCurrentSpan({
      "http.response.status_code": answer.status,
      ...(answer.requestId === undefined ? {} : { "hotspot_session.request_id": answer.requestId })
    })
    // What cannot be read is read once more without the secrets that it may echo, for the error quotes it.
    return yield* Either.orElse(readResponse(answer, context), () =>
      readResponse({ ...answer, body: answer.body === undefined ? undefined : withoutSecrets(answer.body) }, context)
    )
  })

/** The client's requests as attempts are to make them: no headers in the platform's spans and logs. */
export const settings = (options: Settings): Settings => ({
  ...options,
  client: options.client.pipe(
    redactSensitiveHeaders,
    // The platform's span would show every header. The attempt's own span takes its place.
    HttpClient.withTracerDisabledWhen(() => true)
  )
})

const defaultPort = (protocol: string): number => (protocol === "https:" ? 443 : 80)

/** An attempt at a call: a credential, one request, one answer. `attempts` counts from 1. */
export const attempt = (
  settings: Settings,
  url: string,
  credentials: Credentials.Service,
  attempts: number
): Effect.Effect<ListHotspotSessionConfigResponse, AttemptFailure> => {
  const context: ErrorContext = { operation, method: "GET", url, attempts }
  const { hostname, port, protocol } = new URL(url)
  const fail = (error: ListHotspotSessionConfigError, freshCredentials = false) =>
    Effect.fail<AttemptFailure>({ error, freshCredentials })

  return credentials.get.pipe(
    Effect.catchAll((error) => fail(new CredentialsError({ ...error, operation }))),
    Effect.flatMap((credential) =>
      exchange(settings, url, credential, context).pipe(
        Effect.timeoutFail({
          duration: settings.timeout,
          onTimeout: () =>
            new TransportError({
              ...context,
              reason: "timeout",
              detail: `no answer within ${Duration.format(settings.timeout)}`
            })
        }),
        Telemetry.trackAttempt(operation),
        Effect.withSpan(`GET ${route}`, {
          kind: "client",
          captureStackTrace: false,
          attributes: {
            "http.request.method": "GET",
            "http.request.resend_count": attempts - 1,
            "server.address": hostname,
            "server.port": port === "" ? defaultPort(protocol) : Number(port),
            "url.full": url
          }
        }),
        Effect.catchAll((error) =>
          error._tag === "Unauthorized"
            ? Effect.flatMap(credentials.invalidate(credential), (fresh) => fail(error, fresh))
            : fail(error)
        )
      )
    )
  )
}
