import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import {
  CredentialsError,
  type ErrorContext,
  type ListHotspotSessionConfigError,
  type ListHotspotSessionConfigResponse,
  TransportError
} from "@hotspot-session/core"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Credentials from "./Credentials.js"
import { boundedWithin } from "./Deadline.js"
import { exchange, redacted, type Send } from "./Exchange.js"
import { createRequest, operation, route } from "./listHotspotSessionConfig/CreateRequest.js"
import { readResponse } from "./listHotspotSessionConfig/ReadResponse.js"
import { scrub } from "./SensitiveHeaders.js"
import * as Telemetry from "./Telemetry.js"
import * as Tracing from "./Tracing.js"

/** What all attempts of a client have in common. */
export interface Settings {
  readonly send: Send
  /** How long an attempt may take. */
  readonly timeout: Duration.Duration
  /** The request without its URL. */
  readonly request: HttpClientRequest.HttpClientRequest
  /** What the spans of all requests have in common. */
  readonly spanAttributes: Record<string, unknown>
}

/** A failed attempt: its error, and whether the credentials can give a fresh one after a 401. */
export interface AttemptFailure {
  readonly error: ListHotspotSessionConfigError
  readonly freshCredentials: boolean
}

/** A call, whose attempts are all alike. */
export interface Call {
  readonly url: string
  readonly projectId: string
}

/** One request and its answer. */
const request = (settings: Settings, call: Call, credential: Credentials.Credential, context: ErrorContext) =>
  Effect.withFiberRuntime<HttpClientRequest.HttpClientRequest, CredentialsError>((fiber) =>
    credential.authorize(Tracing.continueTrace(createRequest(settings.request, call.url), fiber), call)
  ).pipe(
    Effect.flatMap((request) => {
      const withoutSecrets = (text: string) => scrub(text, request)
      return Effect.flatMap(exchange(settings.send, request, context, withoutSecrets), ({ answer }) =>
        // What cannot be read is read once more without the secrets that it may echo, for the error quotes it.
        Either.orElse(readResponse(answer, context), () => readResponse(redacted(answer, withoutSecrets), context))
      )
    })
  )

const onEnd = Telemetry.attemptEnded(operation)

/** An attempt at a call, which is `bounded`: a credential, one request, one answer. `attempts` counts from 1. */
export const attempt = (
  settings: Settings,
  call: Call,
  credentials: Credentials.Service,
  attempts: number
): Effect.Effect<ListHotspotSessionConfigResponse, AttemptFailure> => {
  const context: ErrorContext = { operation, method: "GET", url: call.url, attempts }
  const fail = (error: ListHotspotSessionConfigError, freshCredentials = false) =>
    Effect.fail<AttemptFailure>({ error, freshCredentials })
  const onTimeout = () =>
    new TransportError({
      ...context,
      reason: "timeout",
      detail: `no answer within ${Duration.format(settings.timeout)}`
    })

  return Effect.matchEffect(credentials.get, {
    onFailure: (error) => fail(new CredentialsError({ ...error, operation, attempts })),
    onSuccess: (credential) =>
      request(settings, call, credential, context).pipe(
        boundedWithin({ duration: settings.timeout, onTimeout, onEnd }),
        Tracing.withSpan(`GET ${route}`, () => ({
          kind: "client",
          attributes: {
            ...settings.spanAttributes,
            "url.full": call.url,
            "http.request.resend_count": attempts - 1
          }
        })),
        Effect.catchAll((error) =>
          error._tag === "Unauthorized"
            ? Effect.flatMap(credentials.invalidate(credential), (fresh) => fail(error, fresh))
            : fail(error)
        )
      )
  })
}
