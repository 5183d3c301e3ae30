import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { type RetryStop, type WriteOutcome, withContext } from "@hotspot-session/core"
import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { type CallableOperation, readResponse } from "./CallableOperation.js"
import { type CallError, CredentialsError, type ErrorContext, type Operation, TransportError } from "./Core.js"
import type * as Credentials from "./Credentials.js"
import { exchange, within } from "./Exchange.js"
import type { Decision, RetryPolicy } from "./RetryPolicy.js"
import { type RetryQuota, retryCost, timeoutRetryCost } from "./RetryQuota.js"
import * as Telemetry from "./Telemetry.js"
import * as Tracing from "./Tracing.js"
import type { Transport } from "./Transport.js"
import { isTimedOut } from "./TransportFailure.js"

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
const remainingOf = ({ clock, startedAt, timeout }: CheckedCall<unknown>): number =>
  startedAt + timeout - clock.unsafeCurrentTimeMillis()

interface AttemptFailure {
  readonly error: CallError
  readonly outcome: WriteOutcome
  /** Whether the error is a 401 and the credentials can provide a fresh credential. */
  readonly freshCredentials: boolean
}

/** One attempt of a call: gets a credential, sends one request and reads the response. `attempts` counts from 1. */
const attempt = <Output>(call: CheckedCall<Output>, attempts: number): Effect.Effect<Output, AttemptFailure> => {
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
        clock: call.clock,
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
          const isDeadline = isLast && error._tag === "TransportError" && isTimedOut(error)
          const failure = { error: isDeadline ? deadlineExceeded() : error, outcome }
          return error._tag === "Unauthorized"
            ? within(credentials.invalidate(credential), remainingOf(call), () => false).pipe(
                Effect.merge,
                Effect.flatMap((freshCredentials) => Effect.fail<AttemptFailure>({ ...failure, freshCredentials }))
              )
            : Effect.fail<AttemptFailure>({ ...failure, freshCredentials: false })
        })
      )
    }
  })
}

const isTimeout = (error: CallError): boolean => error._tag === "TransportError" && error.reason === "timeout"

/** The outcome of a call, from that of its last attempt and whether an earlier one may have made the change. */
const outcomeOfCall = (last: WriteOutcome, wasUnknown: boolean): WriteOutcome =>
  wasUnknown && last === "not_done" ? "unknown" : last

const hintOf = ({ hints = {} }: Operation, error: CallError, outcome: WriteOutcome): string | undefined => {
  if (outcome === "unknown" && hints.unknown !== undefined) return hints.unknown
  if (error._tag === "TransportError" && error.reason === "size") return hints.size
  return error._tag in hints ? hints[error._tag as keyof typeof hints] : undefined
}

/**
 * The error of a call: that of its last attempt, why there was no other attempt, what is known about the change, and what
 * the operation advises.
 *
 * @internal
 */
export const finalError = (
  operation: Operation,
  error: CallError,
  { outcome, retry_stop }: { readonly outcome: WriteOutcome; readonly retry_stop?: RetryStop | undefined }
): CallError => {
  const isWrite = operation.idempotency !== "safe"
  const operation_hint = hintOf(operation, error, isWrite ? outcome : "not_done")
  return withContext(error, {
    ...(retry_stop === undefined ? {} : { retry_stop }),
    ...(isWrite ? { outcome } : {}),
    ...(operation_hint === undefined ? {} : { operation_hint })
  })
}

/** Whether sending the request again cannot have its effect twice. */
const isRepeatable = ({ idempotency }: Operation, { outcome }: AttemptFailure): boolean =>
  idempotency !== "none" || outcome === "not_done"

/**
 * Makes attempts, numbered from 1, until one succeeds or the operation, the policy, the quota or the deadline ends the call.
 * If a delay would exceed the deadline, the call fails immediately with the current error.
 */
export const withRetries = <Output>(call: CheckedCall<Output>): Effect.Effect<Output, CallError> => {
  const { operation, policy, quota } = call

  const decide = (failure: AttemptFailure, attempts: number, freshCredentials: boolean): Effect.Effect<Decision> => {
    if (!isRepeatable(operation, failure)) return Effect.succeed({ _tag: "Stop" })
    const { error } = failure
    const elapsed = Duration.millis(call.clock.unsafeCurrentTimeMillis() - call.startedAt)
    const stopped: Decision = { _tag: "Stop", why: "elapsed" }
    return within(policy.decide({ error, attempts, elapsed, freshCredentials }), remainingOf(call), () => stopped).pipe(
      Effect.merge,
      Effect.map((decision): Decision => {
        if (decision._tag === "Stop") return decision
        if (Duration.toMillis(decision.delay) >= remainingOf(call)) return stopped
        const isPaid = freshCredentials || quota.take(isTimeout(error) ? timeoutRetryCost : retryCost)
        return isPaid ? decision : { _tag: "Stop", why: "quota" }
      })
    )
  }

  const loop = (attempts: number, hasRefreshed: boolean, wasUnknown: boolean): Effect.Effect<Output, CallError> =>
    Effect.matchEffect(attempt(call, attempts), {
      onSuccess: (value) => {
        quota.give()
        return Effect.succeed(value)
      },
      onFailure: (failure) =>
        Effect.gen(function* () {
          const { error } = failure
          const freshCredentials = failure.freshCredentials && !hasRefreshed
          const decision = yield* decide(failure, attempts, freshCredentials)
          if (decision._tag === "Stop") {
            return yield* Effect.fail(
              finalError(operation, error, {
                retry_stop: decision.why,
                outcome: outcomeOfCall(failure.outcome, wasUnknown)
              })
            )
          }
          yield* Effect.logDebug(
            `${operation.name}: attempt ${attempts} failed, retrying in ${Duration.format(decision.delay)}`
          ).pipe(Effect.annotateLogs({ error: error._tag, message: error.message }))
          yield* Telemetry.countRetry(operation.name, error._tag)
          yield* Effect.sleep(decision.delay)
          return yield* loop(
            attempts + 1,
            hasRefreshed || freshCredentials,
            wasUnknown || failure.outcome === "unknown"
          )
        })
    })

  return loop(1, false, false)
}
