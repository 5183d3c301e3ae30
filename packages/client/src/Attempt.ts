import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type { Outcome } from "@hotspot-session/core"
import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { type CallableOperation, readResponse } from "./CallableOperation.js"
import { type CallError, CredentialsError, type ErrorContext, TransportError } from "./Core.js"
import type * as Credentials from "./Credentials.js"
import { exchange, within } from "./Exchange.js"
import type { RetryPolicy } from "./RetryPolicy.js"
import type { RetryQuota } from "./RetryQuota.js"
import * as Telemetry from "./Telemetry.js"
import * as Tracing from "./Tracing.js"
import type { Transport } from "./Transport.js"

/** A call whose input and options have been checked. */
export interface CheckedCall<Output> {
  readonly operation: CallableOperation<never, Output>
  readonly url: string
  /** The request before it is authorised. */
  readonly request: HttpClientRequest.HttpClientRequest
  readonly projectId: string | undefined
  readonly transport: Transport
  readonly credentials: Credentials.Service
  readonly policy: RetryPolicy
  readonly quota: RetryQuota
  readonly clock: Clock.Clock
  readonly startedAt: number
  /** Time limit of the call, in milliseconds. */
  readonly timeout: number
  /** Time limit of an attempt, in milliseconds. */
  readonly attemptTimeout: number
}

/** Milliseconds until the call must end. */
export const remainingOf = ({ clock, startedAt, timeout }: CheckedCall<unknown>): number =>
  startedAt + timeout - clock.unsafeCurrentTimeMillis()

export interface AttemptFailure {
  readonly error: CallError
  readonly outcome: Outcome
  /** Whether the error is a 401 and the credentials can provide a fresh credential. */
  readonly freshCredentials: boolean
}

/** One attempt of a call: gets a credential, sends one request and reads the response. `attempts` counts from 1. */
export const attempt = <Output>(call: CheckedCall<Output>, attempts: number): Effect.Effect<Output, AttemptFailure> => {
  const { credentials, operation, projectId, request, transport, url } = call
  const context: ErrorContext = { operation: operation.name, method: operation.method, url, attempts }
  const deadlineExceeded = () =>
    new TransportError({
      ...context,
      reason: "deadline",
      detail: `no response within ${Duration.format(Duration.millis(call.timeout))}, retries included`
    })
  const remaining = remainingOf(call)

  return Effect.matchEffect(within(credentials.get, remaining, deadlineExceeded), {
    onFailure: (error) =>
      Effect.fail<AttemptFailure>({
        error:
          error._tag === "TransportError"
            ? error
            : new CredentialsError({ ...error, operation: operation.name, attempts }),
        outcome: "not_done",
        freshCredentials: false
      }),
    onSuccess: (credential) => {
      const remaining = remainingOf(call)
      const isLast = remaining <= call.attemptTimeout
      return exchange(transport, request, {
        operation,
        context,
        credential,
        projectId,
        timeout: isLast ? remaining : call.attemptTimeout,
        read: readResponse(operation, context)
      }).pipe(
        Telemetry.attemptOf(operation.name),
        Tracing.withSpan(`${operation.method} ${operation.path}`, () => ({
          kind: "client",
          attributes: { ...Tracing.requestAttributes(operation.method, url), "http.request.resend_count": attempts - 1 }
        })),
        Effect.catchAll(({ error, outcome }) => {
          const isDeadline =
            isLast && error._tag === "TransportError" && error.reason === "timeout" && error.code === undefined
          const failure = { error: isDeadline ? deadlineExceeded() : error, outcome }
          return error._tag === "Unauthorized"
            ? Effect.flatMap(credentials.invalidate(credential), (freshCredentials) =>
                Effect.fail<AttemptFailure>({ ...failure, freshCredentials })
              )
            : Effect.fail<AttemptFailure>({ ...failure, freshCredentials: false })
        })
      )
    }
  })
}
