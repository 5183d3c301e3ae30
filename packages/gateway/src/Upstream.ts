import type { HotspotSession } from "@hotspot-session/client"
import type { CallError, WriteOutcome } from "@hotspot-session/core"
import { Monotonic } from "@hotspot-session/core"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import type { CallResult, Circuits, Permit } from "./Circuits.js"
import * as CallerShare from "./caller/CallerShare.js"
import type { Caller } from "./caller/Callers.js"
import type { TokenVerdicts } from "./caller/TokenVerdicts.js"
import * as Failure from "./Failure.js"
import type { JsonOperation } from "./JsonOperation.js"
import type { Metrics } from "./Metrics.js"
import type { RequestParameters } from "./RequestParameters.js"

/** Why a call failed. */
export interface UpstreamFailure {
  readonly failure: Failure.Failure
  /** Whether the upstream is unavailable, as opposed to refusing the request. */
  readonly isOutage: boolean
  /** What is known about the change of a write. */
  readonly outcome: WriteOutcome
}

/**
 * Calls an operation for the request of a caller. The result is JSON. `beforeSending` runs once the call has got its place; if
 * it fails, nothing is sent.
 */
export type CallUpstream = (
  operation: JsonOperation,
  values: RequestParameters["values"],
  caller: Pick<Caller, "id" | "credentials">,
  requestId: string,
  beforeSending?: Effect.Effect<void, UpstreamFailure>
) => Effect.Effect<Uint8Array, UpstreamFailure>

export interface Settings {
  readonly name: string
  /** Its name in metrics and logs; absent while it is the only one. */
  readonly label: () => string | undefined
  readonly mode: Failure.CredentialsMode
  readonly circuits: Circuits | undefined
  /** Shared fairly by the callers. */
  readonly maxCalls: number
  readonly verdicts: TokenVerdicts
  readonly metrics: Metrics
}

/** Neither a 429 nor a failure of IAM means that the upstream is unavailable. */
const resultOfError = (error: CallError): CallResult => {
  if (error._tag === "CredentialsError" || error._tag === "InvalidRequest") return "interrupted"
  if (error._tag === "TransportError") return "failed"
  return error._tag !== "DecodeError" && error.status >= 500 ? "failed" : "responded"
}

/** The client says it of every request that it has sent. */
const outcomeOf = (error: CallError): WriteOutcome =>
  error.outcome ?? (error._tag === "InvalidRequest" || error._tag === "CredentialsError" ? "not_done" : "unknown")

/** How a call ended: `result` for the breaker, `outcome` for the metrics. */
interface Ended {
  readonly result: CallResult
  readonly outcome: string
}

const ok: Ended = { result: "succeeded", outcome: "ok" }

const failureOf = (cause: Cause.Cause<CallError>): Ended =>
  Option.match(Cause.failureOption(cause), {
    onSome: (error) => ({ result: resultOfError(error), outcome: error._tag }),
    onNone: () => ({ result: "interrupted", outcome: Cause.isInterruptedOnly(cause) ? "interrupted" : "defect" })
  })

const logGatewayError = (
  error: CallError,
  failure: Failure.Failure,
  { requestId, upstream }: { readonly requestId: string; readonly upstream: string | undefined }
) =>
  Failure.isGatewayError(failure)
    ? Effect.annotateLogs(Effect.logWarning(error.message), {
        request_id: requestId,
        error: error._tag,
        error_code: failure.error_code,
        ...(upstream === undefined ? {} : { cloud: upstream }),
        ...(error.hint === undefined ? {} : { hint: error.hint })
      })
    : Effect.void

/** A call that is admitted. */
interface Admitted {
  readonly permit: Permit | undefined
  readonly releasePlace: () => void
  readonly startedAt: number
}

/** How long a call waits for a place, in milliseconds: callers take turns instead of failing in turn. */
const maxWaitForPlace = 2_000

/** About how often it looks for one, in milliseconds. */
const pollInterval = 100

/** The failure of a call that is not made. */
export const notSent = (failure: Failure.Failure, isOutage = false): UpstreamFailure => ({
  failure,
  isOutage,
  outcome: "not_done"
})

/** An upstream. The clients that are passed to the result share its circuits and its limit of calls. */
export const make = (settings: Settings): ((client: HotspotSession.Service) => CallUpstream) => {
  const { circuits, label, maxCalls, metrics, mode, name, verdicts } = settings
  const calls = CallerShare.make(maxCalls, verdicts)

  /** `undefined` if there is no place now. */
  const acquire = (
    caller: string,
    projectId: string,
    now: number
  ): Either.Either<Admitted | undefined, UpstreamFailure> => {
    const refusal = verdicts.refusalOf(caller, { upstream: name, projectId }, now)
    if (refusal !== undefined) {
      metrics.refused("token")
      return Either.left(notSent(refusal))
    }
    const releasePlace = calls.take(caller, now)
    if (releasePlace === undefined) return Either.right(undefined)
    const permit = circuits?.acquire(caller, projectId, now)
    if (permit?.allowed === false) {
      releasePlace()
      metrics.refused("circuit")
      return Either.left(notSent(Failure.circuitOpen(permit.retryAfter), true))
    }
    return Either.right({ permit, releasePlace, startedAt: now })
  }

  const admit = (caller: string, projectId: string, until?: number): Effect.Effect<Admitted, UpstreamFailure> =>
    Effect.flatMap(Monotonic.currentMillis, (now) => {
      const acquired = acquire(caller, projectId, now)
      if (Either.isLeft(acquired)) return Effect.fail(acquired.left)
      if (acquired.right !== undefined) return Effect.succeed(acquired.right)
      if (until !== undefined && now >= until) {
        metrics.refused("calls")
        return Effect.fail(notSent(Failure.overloaded, true))
      }
      return Effect.flatMap(Random.nextRange(0.5 * pollInterval, 1.5 * pollInterval), Effect.sleep).pipe(
        Effect.interruptible,
        Effect.zipRight(admit(caller, projectId, until ?? now + maxWaitForPlace))
      )
    })

  /** Frees the place of a call that has ended, and counts how it ended. `random` matters only if it has failed. */
  const release = (
    { permit, releasePlace, startedAt }: Admitted,
    { outcome, result }: Ended,
    now: number,
    random: number
  ) => {
    releasePlace()
    if (permit !== undefined) circuits?.release(permit, result, now, random)
    metrics.upstream(outcome, (now - startedAt) / 1_000, label())
  }

  /** Frees the place of a call that was not sent. */
  const giveBack = ({ permit, releasePlace }: Admitted, now: number) => {
    releasePlace()
    if (permit !== undefined) circuits?.release(permit, "interrupted", now, 0)
  }

  return (client) => (operation, values, caller, requestId, beforeSending) => {
    const refused = { upstream: name, projectId: values.project_id }
    const succeeded = (admitted: Admitted, body: Uint8Array) =>
      Effect.map(Monotonic.currentMillis, (now) => {
        release(admitted, ok, now, 0)
        verdicts.accept(caller.id, now)
        return body
      })
    const failed = (admitted: Admitted, cause: Cause.Cause<CallError>) =>
      Effect.flatMap(Effect.zip(Monotonic.currentMillis, Random.next), ([now, random]) => {
        release(admitted, failureOf(cause), now, random)
        return Effect.catchAll(Effect.failCause(cause), (error) => {
          const failure = Failure.fromError(error, mode)
          if (error._tag === "Unauthorized") verdicts.refuse(caller.id, refused, failure, now)
          return Effect.zipRight(
            logGatewayError(error, failure, { requestId, upstream: label() }),
            Effect.fail<UpstreamFailure>({ failure, isOutage: Failure.isOutage(error), outcome: outcomeOf(error) })
          )
        })
      })
    return Effect.uninterruptibleMask((restore) =>
      Effect.flatMap(admit(caller.id, values.project_id), (admitted) => {
        const { credentials } = caller
        const calledAs = (admitted: Admitted) =>
          Effect.matchCauseEffect(
            restore(client.call(operation, values, { credentials, headers: { "x-request-id": requestId } })),
            {
              onFailure: (cause) => failed(admitted, cause),
              onSuccess: (body) => succeeded(admitted, body)
            }
          )
        if (beforeSending === undefined) return calledAs(admitted)
        return Effect.matchCauseEffect(restore(beforeSending), {
          onFailure: (cause) =>
            Effect.flatMap(Monotonic.currentMillis, (now) => {
              giveBack(admitted, now)
              return Effect.failCause(cause)
            }),
          // The duration is that of the cloud, without what came before.
          onSuccess: () => Effect.flatMap(Monotonic.currentMillis, (startedAt) => calledAs({ ...admitted, startedAt }))
        })
      })
    )
  }
}
