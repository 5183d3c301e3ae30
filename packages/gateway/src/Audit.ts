import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import type { AuditEntry, AuditLog } from "./AuditLog.js"
import * as Failure from "./Failure.js"
import type { UpstreamFailure } from "./Upstream.js"

/** A write, as the audit describes it. */
export type AuditedWrite = Omit<AuditEntry, "time" | "event" | "outcome" | "status" | "error_code">

/** How long an entry may take to be kept. */
const maxWait = Duration.seconds(5)

const refused: UpstreamFailure = { failure: Failure.auditUnavailable, isOutage: false, outcome: "not_done" }

const resultOf = (
  exit: Exit.Exit<unknown, UpstreamFailure>
): Required<Pick<AuditEntry, "outcome" | "status">> & Pick<AuditEntry, "error_code"> => {
  if (Exit.isSuccess(exit)) return { outcome: "done", status: 200 }
  const { failure, outcome } = Option.getOrElse(Cause.failureOption(exit.cause), () => ({
    failure: Cause.isInterruptedOnly(exit.cause) ? Failure.unknownOutcome : Failure.internal,
    outcome: "unknown" as const
  }))
  return { outcome, status: failure.status, error_code: failure.error_code }
}

/**
 * Makes a write, which keeps its intent by the given effect right before it is sent, and keeps its result. What is not sent
 * has neither. Without an audit log, nothing is kept.
 */
export const around = <A>(
  log: AuditLog | undefined,
  audited: AuditedWrite,
  write: (intent: Effect.Effect<void, UpstreamFailure>) => Effect.Effect<A, UpstreamFailure>
): Effect.Effect<A, UpstreamFailure> => {
  if (log === undefined) return write(Effect.void)
  const keep = (event: AuditEntry["event"], result: Partial<ReturnType<typeof resultOf>> = {}) =>
    Effect.flatMap(Clock.currentTimeMillis, (now) =>
      // The result is kept while nothing can be interrupted, which would also hold for what the limit ends.
      Effect.timeout(
        Effect.interruptible(
          Effect.suspend(() => log({ time: new Date(now).toISOString(), event, ...audited, ...result }))
        ),
        maxWait
      )
    )
  const rejected = (cause: Cause.Cause<unknown>) =>
    Effect.zipRight(
      Effect.logError("a write is rejected, because the audit log cannot be written", cause).pipe(
        Effect.annotateLogs("request_id", audited.request_id)
      ),
      Effect.fail(refused)
    )
  const keepResult = (exit: Exit.Exit<unknown, UpstreamFailure>) => {
    const result = resultOf(exit)
    return Effect.catchAllCause(keep("result", result), (cause) =>
      Effect.annotateLogs(Effect.logError("the result of a write cannot be written to the audit log", cause), {
        request_id: audited.request_id,
        operation: audited.operation,
        outcome: result.outcome
      })
    )
  }
  return Effect.suspend(() => {
    let isIntended = false
    const intent = Effect.matchCauseEffect(keep("intent"), {
      onFailure: rejected,
      onSuccess: () =>
        Effect.sync(() => {
          isIntended = true
        })
    })
    return Effect.onExit(write(intent), (exit) => (isIntended ? keepResult(exit) : Effect.void))
  })
}
