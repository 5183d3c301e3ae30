/** Calls operations of IAM, without retries: a call of the service retries what may pass, with its credentials. */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { withContext } from "@hotspot-session/core"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { type CallableOperation, readResponse } from "./CallableOperation.js"
import { acceptEncoding } from "./ContentCoding.js"
import {
  CredentialsError,
  type DecodeError,
  type ErrorContext,
  type Operation,
  type StatusError,
  type TransportError
} from "./Core.js"
import type * as Credentials from "./Credentials.js"
import { baseUrl } from "./Endpoint.js"
import { type ExchangeFailure, exchange } from "./Exchange.js"
import { createRequest, requestUrl } from "./Request.js"
import * as Transport from "./Transport.js"

/** Milliseconds for a request to IAM. */
const timeout = 30_000

/** Checks the endpoint, which users write by hand in files and the environment. */
const checkEndpoint = (endpoint: string): Either.Either<string, CredentialsError> =>
  Either.mapLeft(
    baseUrl(endpoint),
    (problem) =>
      new CredentialsError({
        reason: `The IAM endpoint ${problem}`,
        hint: "Give an endpoint such as https://iam.ap-southeast-1.myhuaweicloud.com, or a region, whose endpoint is known."
      })
  )

export type IamError = StatusError | TransportError | DecodeError | CredentialsError

/** An operation of IAM, whose input needs no check. */
export type IamOperation<Output> = Operation & Pick<CallableOperation<never, Output>, "decode" | "ignoresBody">

export const contextOf = (
  operation: Operation,
  endpoint: string,
  input: Readonly<Record<string, unknown>>
): Either.Either<ErrorContext & { readonly url: string }, CredentialsError> =>
  Either.map(checkEndpoint(endpoint), (endpoint) => ({
    operation: operation.name,
    method: operation.method,
    // The parameters are in the query, where any text can be.
    url: Either.getOrThrow(requestUrl(operation, endpoint, input)),
    attempts: 1
  }))

const baseRequest = HttpClientRequest.get("", {
  headers: { accept: "application/json", "accept-encoding": acceptEncoding }
})

interface Options {
  readonly endpoint: string
  /** Authorises the request. Default: none. */
  readonly credential?: Credentials.Credential
  /** Secrets in the input. */
  readonly secrets?: ReadonlyArray<string>
  /** More headers. */
  readonly headers?: Readonly<Record<string, string>>
}

/** The general hints of errors are about the service. */
export const withIamHint = <E extends IamError>(error: E): E =>
  error.hint?.includes("Workspace")
    ? withContext(error, {
        operation_hint:
          error._tag === "Forbidden"
            ? "Ask an administrator for a role or policy with permission to list projects, or set the project ID."
            : "Check that the IAM endpoint is IAM's, and that no proxy responds in its place."
      })
    : error

export const callIam = <Output>(
  operation: IamOperation<Output>,
  input: Readonly<Record<string, unknown>>,
  { headers = {}, ...options }: Options
): Effect.Effect<Output, IamError, HttpClient.HttpClient> =>
  Effect.gen(function* () {
    const context = yield* contextOf(operation, options.endpoint, input)
    const client = yield* HttpClient.HttpClient
    const request = Either.getOrThrow(createRequest(operation, context.url, input, baseRequest))
    return yield* Effect.withFiberRuntime<Output, ExchangeFailure<StatusError | DecodeError>>((fiber) =>
      exchange(fiber, Transport.of(client), HttpClientRequest.setHeaders(request, headers), {
        ...options,
        operation,
        context,
        timeout,
        read: readResponse(operation, context)
      })
    ).pipe(Effect.mapError(({ error }) => withIamHint(error)))
  })

/** A secret as it is, and as JSON escapes it. */
export const formsOf = (secret: string): ReadonlyArray<string> => [secret, JSON.stringify(secret).slice(1, -1)]

/** The hint of a response that refuses the request, unless the clock explains it. */
const hintOf = (error: Exclude<IamError, CredentialsError>, refused: string): string | undefined => {
  const isRefused = "status" in error && error.status >= 400 && error.status < 500 && !error.retryable
  return isRefused && !("clock_skew" in error && error.clock_skew !== undefined) ? refused : error.hint
}

/** The error of credentials that IAM did not issue. `refused` is what to do if IAM refuses the request. */
export const notIssued = (error: IamError, what: string, refused: string): CredentialsError =>
  error._tag === "CredentialsError"
    ? error
    : new CredentialsError({
        reason: `${what}: ${error.message}`,
        hint: hintOf(error, refused),
        transient: error.retryable,
        ...("retry_after" in error ? { retry_after: error.retry_after } : {}),
        unavailable:
          error._tag === "TransportError"
            ? !/^ERR_PROXY_40[17]$/.test(error.code ?? "")
            : error._tag === "TooManyRequests" || error.status >= 500
      })
