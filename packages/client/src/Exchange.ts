import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { isSuccess, type WriteOutcome } from "@hotspot-session/core"
import { isWebPage } from "@hotspot-session/core/ErrorContext"
import * as Monotonic from "@hotspot-session/core/Monotonic"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import type * as Tracer from "effect/Tracer"
import type { CredentialsError, ErrorContext, Operation, TransportError } from "./Core.js"
import type { Credential } from "./Credentials.js"
import { flatMap, mapError, onExit, onSettled } from "./LeanEffect.js"
import { type Read, type Response, redacted, requestIdOf } from "./Response.js"
import { scrub } from "./Scrub.js"
import { clockOf, timeLimited } from "./TimeLimit.js"
import * as Tracing from "./Tracing.js"
import type { InFlight, Received, Transport } from "./Transport.js"
import { isTimedOut, type TransportFailure, timedOut, transportError } from "./TransportFailure.js"

/** An error, and what is known about the change that the request was to make. */
export interface ExchangeFailure<E> {
  readonly error: E | TransportError | CredentialsError
  readonly outcome: WriteOutcome
}

/**
 * The outcome without a complete response, which confirms nothing whatever its status: a proxy may have sent the head before it
 * lost the service.
 */
const outcomeOf = ({ isSent }: TransportFailure): WriteOutcome => (isSent ? "unknown" : "not_done")

const outcomeOfStatus = (operation: Pick<Operation, "success">, status: number): WriteOutcome =>
  isSuccess(operation, status) ? "done" : status >= 400 && status < 500 ? "not_done" : "unknown"

/** The service never sends a web page, and nothing says whether the request has reached it. */
const outcomeOfResponse = (operation: Pick<Operation, "success">, { status, text }: Response): WriteOutcome =>
  isSuccess(operation, status) && isWebPage(text) ? "unknown" : outcomeOfStatus(operation, status)

interface Options<A, E> {
  readonly operation: Pick<Operation, "method" | "path" | "success">
  readonly context: ErrorContext
  /** Absent if the request needs none. */
  readonly credential?: Credential | undefined
  readonly projectId?: string | undefined
  /** Secrets in the body of the request. */
  readonly secrets?: ReadonlyArray<string> | undefined
  /** Time limit in milliseconds, for authorising and sending together. */
  readonly timeout: number
  /** The caller that gives it aborts it, and ends its span, when the fiber is interrupted. */
  readonly inFlight?: InFlight | undefined
  /** The span of the call. Default: the fiber's. */
  readonly parent?: Tracer.Span | undefined
  readonly read: Read<A, E>
}

/** Authorises and sends a request, and reads the response, in a span. Runs in `fiber`. */
export const exchange = <A, E>(
  fiber: Fiber.RuntimeFiber<unknown, unknown>,
  transport: Transport,
  request: HttpClientRequest.HttpClientRequest,
  options: Options<A, E>
): Effect.Effect<A, ExchangeFailure<E>> => {
  const { context, inFlight, operation, parent } = options
  const { attempts = 1, url = "" } = context
  const span = Tracing.makeSpan(fiber, Tracing.requestSpanName(operation), () => ({
    kind: "client",
    attributes: Tracing.requestAttributes(operation, url, attempts - 1),
    parent
  }))
  const exchanged = send(fiber, transport, Tracing.continueTrace(request, fiber, span), options, span)
  if (span === undefined) return exchanged
  const end = (exit: Exit.Exit<A, ExchangeFailure<E>>) => {
    const shown = Exit.mapError(exit, ({ error }) => error)
    Tracing.end(fiber, span, shown)
  }
  if (inFlight === undefined) return onExit(exchanged, end)
  inFlight.span = span
  return onSettled(exchanged, end)
}

const send = <A, E>(
  fiber: Fiber.RuntimeFiber<unknown, unknown>,
  transport: Transport,
  request: HttpClientRequest.HttpClientRequest,
  { context, credential, inFlight, operation, projectId, read, secrets = [], timeout }: Options<A, E>,
  span: Tracer.Span | undefined
): Effect.Effect<A, ExchangeFailure<E>> => {
  const clock = clockOf(fiber)
  const at = clock.unsafeCurrentTimeMillis()
  const startedAt = Monotonic.millisOf(clock)
  const authorized =
    credential === undefined
      ? Effect.succeed(request)
      : mapError(
          Tracing.within(
            span,
            timeLimited(credential.authorize(request, { projectId, at }), timeout, () =>
              Effect.fail(transportError(timedOut(timeout), context, String))
            )
          ),
          (error): ExchangeFailure<E> => ({ error, outcome: "not_done" })
        )

  return flatMap(authorized, (request) => {
    const hiding = (added: Received["secrets"]) => (text: string) =>
      scrub(text, request, [...secrets, ...(transport.secretsFor?.(request.url) ?? []), ...(added?.() ?? [])])
    // What authorising took is part of the limit.
    const remaining = timeout - (Monotonic.millisOf(clock) - startedAt)
    return Effect.matchEffect(transport.exchange(request, remaining, inFlight, span), {
      onFailure: (failure) => {
        // The message names the whole limit, not what was left of it.
        const shown = isTimedOut(failure) ? timedOut(timeout, failure) : failure
        const error = transportError(shown, context, hiding(failure.secrets))
        Tracing.annotate(span, () => ({ "error.type": error.reason }))
        return Effect.fail({
          error,
          outcome: failure.status === undefined ? outcomeOf(failure) : outcomeOfStatus(operation, failure.status)
        })
      },
      onSuccess: (response) => {
        Tracing.annotate(span, () => {
          const requestId = requestIdOf(response)
          return {
            "http.response.status_code": response.status,
            ...(requestId === undefined ? {} : { "hotspot_session.request_id": hiding(response.secrets)(requestId) })
          }
        })
        const result = read(response)
        if (Either.isRight(result)) return Effect.succeed(result.right)
        const isDone = isSuccess(operation, response.status)
        Tracing.annotate(span, () => ({ "error.type": isDone ? "DecodeError" : String(response.status) }))
        // A failure is read again without the secrets that the response may echo, because the error quotes the response.
        return Either.mapLeft(
          read(redacted(response, hiding(response.secrets))),
          (error): ExchangeFailure<E> => ({ error, outcome: outcomeOfResponse(operation, response) })
        )
      }
    })
  })
}
