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

/** What all attempts of a client share. */
export interface Settings {
  readonly send: Send
  /** Time limit of an attempt. */
  readonly timeout: Duration.Duration
  /** The request without its URL. */
  readonly request: HttpClientRequest.HttpClientRequest
  /** Attributes of every request's span. */
  readonly spanAttributes: Record<string, unknown>
}

export interface AttemptFailure {
  readonly error: ListHotspotSessionConfigError
  /** Whether the error is a 401 and the credentials can provide a fresh credential. */
  readonly freshCredentials: boolean
}

/** The parts of a call that all of its attempts share. */
export interface Call {
  readonly url: string
  readonly projectId: string
}

/** Sends one request and reads the response. */
const request = (settings: Settings, call: Call, credential: Credentials.Credential, context: ErrorContext) =>
  Effect.withFiberRuntime<HttpClientRequest.HttpClientRequest, CredentialsError>((fiber) =>
    credential.authorize(Tracing.continueTrace(createRequest(settings.request, call.url), fiber), call)
  ).pipe(
    Effect.flatMap((request) => {
      const withoutSecrets = (text: string) => scrub(text, request)
      return Effect.flatMap(exchange(settings.send, request, context, withoutSecrets), ({ response }) =>
        // A failure is read again without the secrets that the response may echo, because the error quotes the response.
        Either.orElse(readResponse(response, context), () => readResponse(redacted(response, withoutSecrets), context))
      )
    })
  )

const onEnd = Telemetry.attemptEnded(operation)

/**
 * One attempt of a call that is `bounded`: gets a credential, sends one request and reads the response. `attempts` counts
 * from 1.
 */
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
      detail: `no response within ${Duration.format(settings.timeout)}`
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
