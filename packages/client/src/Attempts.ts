import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { type RetryStop, type WriteOutcome, withContext } from "@hotspot-session/core"
import * as Monotonic from "@hotspot-session/core/Monotonic"
import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import type * as Tracer from "effect/Tracer"
import { type CallableOperation, readResponse } from "./CallableOperation.js"
import { type CallError, CredentialsError, type ErrorContext, type Operation, TransportError } from "./Core.js"
import type * as Credentials from "./Credentials.js"
import { exchange } from "./Exchange.js"
import { flatMap, mapError } from "./LeanEffect.js"
import type { Decision, RetryPolicy } from "./RetryPolicy.js"
import { type RetryQuota, retryCost, timeoutRetryCost } from "./RetryQuota.js"
import type * as Telemetry from "./Telemetry.js"
import { timeLimited } from "./TimeLimit.js"
import * as Tracing from "./Tracing.js"
import type { InFlight, Transport } from "./Transport.js"
import { isTimedOut } from "./TransportFailure.js"

/** A call whose input and options have been checked, and which runs in `fiber`. */
export interface CheckedCall<Output> {
  readonly operation: CallableOperation<never, Output>
  /** Without secrets, for errors and spans. */
  readonly url: string
  /** Secrets in the input. */
  readonly secrets: ReadonlyArray<string> | undefined
  /** The request before it is authorised. */
  readonly request: HttpClientRequest.HttpClientRequest
  readonly projectId: string | undefined
  readonly transport: Transport
  readonly credentials: Credentials.Service
  readonly policy: RetryPolicy
  readonly quota: RetryQuota
  readonly fiber: Fiber.RuntimeFiber<unknown, unknown>
  readonly clock: Clock.Clock
  readonly metrics: Telemetry.CallMetrics
  readonly inFlight: InFlight
  readonly span: Tracer.Span | undefined
  /** On the clock of `Monotonic`. */
  readonly startedAt: number
  /** Time limit of the call, in milliseconds. */
  readonly timeout: number
  /** Time limit of an attempt, in milliseconds. */
  readonly attemptTimeout: number
}

/** Milliseconds until the call must end. */
const remainingOf = ({ clock, startedAt, timeout }: CheckedCall<unknown>): number =>
  startedAt + timeout - Monotonic.millisOf(clock)

interface AttemptFailure {
  readonly error: CallError
  readonly outcome: WriteOutcome
  /** Absent if there was none to send. */
  readonly credential?: Credentials.Credential
}

/** The error of a call whose time ends while its first credentials are awaited. The service is not at fault. */
const notInTime = (timeout: number): CredentialsError =>
  new CredentialsError({
    reason: `The credentials were not available within ${Duration.format(Duration.millis(timeout))}, the time limit of the call`,
    hint: "Check that IAM, or what else issues the credentials, can be reached and responds, or give the call more time.",
    transient: true,
    unavailable: true
  })

/**
 * One attempt of a call: gets a credential, sends one request and reads the response. `attempts` counts from 1; `hasSent` is
 * whether an earlier one has sent a request.
 */
const attempt = <Output>(
  call: CheckedCall<Output>,
  attempts: number,
  hasSent: boolean
): Effect.Effect<Output, AttemptFailure> => {
  const { fiber, inFlight, metrics, operation, projectId, request, span, transport, url } = call
  const context: ErrorContext = { operation: operation.name, method: operation.method, url, attempts }
  const deadlineExceeded = () =>
    new TransportError({
      ...context,
      reason: "deadline",
      detail: `no response within ${Duration.format(Duration.millis(call.timeout))}, retries included`
    })
  const credential = mapError(
    Tracing.within(
      span,
      timeLimited(call.credentials.get, remainingOf(call), () =>
        Effect.fail(hasSent ? deadlineExceeded() : notInTime(call.timeout))
      )
    ),
    (error): AttemptFailure => ({
      error:
        error._tag === "TransportError"
          ? error
          : new CredentialsError({ ...error, operation: operation.name, attempts }),
      outcome: "not_done"
    })
  )
  return flatMap(credential, (credential) => {
    const remaining = remainingOf(call)
    const isLast = remaining <= call.attemptTimeout
    metrics.attemptStarted()
    const exchanged = exchange(fiber, transport, request, {
      operation,
      context,
      credential,
      projectId,
      secrets: call.secrets,
      timeout: isLast ? remaining : call.attemptTimeout,
      inFlight,
      parent: span,
      read: readResponse(operation, context)
    })
    return Effect.mapError(exchanged, ({ error, outcome }): AttemptFailure => {
      const isDeadline = isLast && error._tag === "TransportError" && isTimedOut(error)
      return { error: isDeadline ? deadlineExceeded() : error, outcome, credential }
    })
  })
}

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

const costOf = (error: CallError): number =>
  error._tag === "TransportError" && error.reason === "timeout" ? timeoutRetryCost : retryCost

const tooLate: Decision = { _tag: "Stop", reason: "elapsed" }

/** What follows a failed attempt: the policy decides, unless the operation, the deadline or the quota forbids another one. */
const decide = (
  call: CheckedCall<unknown>,
  failure: AttemptFailure,
  attempts: number,
  freshCredentials: boolean
): Effect.Effect<Decision> => {
  if (!isRepeatable(call.operation, failure)) return Effect.succeed({ _tag: "Stop" })
  const { error } = failure
  const remaining = remainingOf(call)
  const decided = call.policy.decide({
    error,
    attempts,
    elapsed: Duration.millis(Monotonic.millisOf(call.clock) - call.startedAt),
    remaining: Duration.millis(remaining),
    freshCredentials
  })
  return timeLimited(decided, remaining, () => Effect.succeed(tooLate)).pipe(
    Effect.map((decision): Decision => {
      if (decision._tag === "Stop") return decision
      if (Duration.toMillis(decision.delay) >= remainingOf(call)) return tooLate
      const isPaid = freshCredentials || call.quota.take(costOf(error))
      return isPaid ? decision : { _tag: "Stop", reason: "quota" }
    })
  )
}

/** Whether a 401 was the response to a credential that the credentials can replace. */
const refresh = (call: CheckedCall<unknown>, { credential, error }: AttemptFailure): Effect.Effect<boolean> =>
  credential !== undefined && error._tag === "Unauthorized"
    ? timeLimited(call.credentials.invalidate(credential), remainingOf(call), () => Effect.succeed(false))
    : Effect.succeed(false)

const logRetry = (
  { operation, request }: CheckedCall<unknown>,
  { error }: AttemptFailure,
  attempts: number,
  delay: Duration.Duration
): Effect.Effect<void> => {
  /** The ID that the caller has given to the request. */
  const requestId = request.headers["x-request-id"]
  return Effect.logDebug(`${operation.name}: attempt ${attempts} failed, retrying in ${Duration.format(delay)}`).pipe(
    Effect.annotateLogs({
      error: error._tag,
      message: error.message,
      ...(requestId === undefined ? {} : { request_id: requestId })
    })
  )
}

/**
 * Makes attempts, numbered from 1, until one succeeds or the operation, the policy, the quota or the deadline ends the call.
 * If a delay would exceed the deadline, the call fails immediately with the current error.
 */
export const withRetries = <Output>(call: CheckedCall<Output>): Effect.Effect<Output, CallError> => {
  const { metrics, operation, quota } = call

  const loop = (
    attempts: number,
    hasSent: boolean,
    hasRefreshed: boolean,
    wasUnknown: boolean
  ): Effect.Effect<Output, CallError> =>
    Effect.matchEffect(attempt(call, attempts, hasSent), {
      onSuccess: (value) => {
        metrics.attemptEnded("ok")
        quota.give()
        return Effect.succeed(value)
      },
      onFailure: (failure) => {
        const retried = Effect.gen(function* () {
          const { credential, error, outcome } = failure
          // Without a credential, no request was sent.
          if (credential !== undefined) metrics.attemptEnded(error._tag)
          const freshCredentials = (yield* refresh(call, failure)) && !hasRefreshed
          const decision = yield* decide(call, failure, attempts, freshCredentials)
          if (decision._tag === "Stop") {
            return yield* Effect.fail(
              finalError(operation, error, { retry_stop: decision.reason, outcome: outcomeOfCall(outcome, wasUnknown) })
            )
          }
          yield* logRetry(call, failure, attempts, decision.delay)
          yield* Effect.sleep(decision.delay)
          metrics.retried(error._tag)
          return yield* loop(
            attempts + 1,
            hasSent || credential !== undefined,
            hasRefreshed || freshCredentials,
            wasUnknown || outcome === "unknown"
          )
        })
        return Tracing.within(call.span, retried)
      }
    })

  return loop(1, false, false, false)
}
