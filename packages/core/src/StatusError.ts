import type * as Cause from "effect/Cause"
import type * as Duration from "effect/Duration"
import { type ErrorContext, pageHint, withDetails } from "./ErrorContext.js"
import { TaggedError } from "./TaggedError.js"

/**
 * What is known about a response besides its status.
 *
 * @category errors
 * @since 0.1.0
 */
export interface StatusErrorDetails extends ErrorContext {
  /** Error code of the response body. */
  readonly error_code?: string | undefined
  /** Error message of the response body. */
  readonly error_msg?: string | undefined
  /** ID of the request, from the response body or its `X-Request-Id`. */
  readonly request_id?: string | undefined
  /** The response's `Retry-After`. */
  readonly retry_after?: Duration.Duration | undefined
  /**
   * How far the server's clock is ahead of this machine's, in seconds; negative if it is behind. Present on a 401 with a
   * skew of at least one minute, because a signature is valid for 15 minutes.
   */
  readonly clock_skew?: number | undefined
  /** The start of an undocumented body, at most 200 characters. */
  readonly excerpt?: string | undefined
}

const describe = (summary: string, error: StatusErrorDetails & { readonly status: number }): string => {
  const why = error.error_msg ?? (error.excerpt === undefined ? "no reason given" : `“${error.excerpt}”`)
  const code = error.error_code === undefined ? "" : ` [${error.error_code}]`
  return withDetails(`${summary} (${error.status}): ${why}${code}`, error)
}

interface StatusFacts {
  readonly status: number
  /** The start of the message. */
  readonly summary: string
  /** What to do, unless the operation, `hintOf` or the page of a proxy says more. */
  readonly hint: string
  /** What the details say to do. */
  readonly hintOf?: (details: StatusErrorDetails) => string | undefined
  readonly retryable: boolean
}

/** The class of the errors of one status. */
const StatusClass = <Tag extends string, const Facts extends StatusFacts>(
  tag: Tag,
  { hint, hintOf, retryable, status, summary }: Facts
): (new (
  fields?: StatusErrorDetails
) => Cause.YieldableError & { readonly _tag: Tag } & StatusErrorDetails & {
    /** The status of the response. */
    readonly status: Facts["status"]
    /** What to do. */
    get hint(): string | undefined
    /** Whether the same request may succeed later. */
    get retryable(): boolean
  }) => {
  class Base extends TaggedError(tag)<StatusErrorDetails> {
    readonly status: Facts["status"] = status
    override get message(): string {
      return describe(summary, this)
    }
    get hint(): string | undefined {
      return this.operation_hint ?? hintOf?.(this) ?? pageHint(this.excerpt) ?? hint
    }
    get retryable(): boolean {
      return retryable
    }
  }
  // The declared type has the accessors as fields, as its users see them.
  return Base as never
}

/**
 * 400: the service cannot understand the request. Not retried.
 *
 * @category errors
 * @since 0.1.0
 */
export class BadRequest extends StatusClass("BadRequest", {
  status: 400,
  summary: "The service rejected the request",
  hint: "Check the parameters of the request.",
  retryable: false
}) {}

const unauthorizedHints: ReadonlyArray<readonly [RegExp, string]> = [
  [
    /signature expired/i,
    "By the server's clock the signature is older than 15 minutes. Set this machine's clock, then try again."
  ],
  [
    /signature fail|APIGW\.0301.*secret/i,
    "The secret key does not belong to the access key, or a character of it is missing. Copy both again. Five failures in a row lock the pair for five minutes."
  ],
  [
    /reach the limit/i,
    "The access key is locked after five failed signatures. Wait five minutes and check the secret key before trying again."
  ],
  [/\bak\b.*not exist/i, "The access key is unknown. Check that it is complete, active and of this account."],
  [
    /0307|must be updated|expired/i,
    "The token has expired or was issued for another region. Get a new one for the region of the endpoint."
  ],
  [/decrypt token/i, "The token is damaged, incomplete or issued for another region. Get a new one."]
]

/** A signature is valid for 15 minutes, minus the time that the request takes. */
const maxSkewSeconds = 14 * 60

const clockHint = (skew: number): string =>
  `This machine's clock is ${Math.round(Math.abs(skew) / 60)} minutes ${skew > 0 ? "behind" : "ahead of"} the server's, and a signature is valid for 15 minutes. Set the clock, then try again.`

/**
 * 401: the credentials are missing, wrong or expired. Not retried, except once if the credentials can provide a fresh token.
 *
 * @category errors
 * @since 0.1.0
 */
export class Unauthorized extends StatusClass("Unauthorized", {
  status: 401,
  summary: "Authentication failed",
  hint: "Check that the credentials are complete, have not expired and belong to the endpoint's region.",
  // No accessor that overrides another: in the declarations of the base class it is a property.
  hintOf: ({ clock_skew, error_code = "", error_msg = "" }) =>
    clock_skew !== undefined && Math.abs(clock_skew) >= maxSkewSeconds
      ? clockHint(clock_skew)
      : unauthorizedHints.find(([pattern]) => pattern.test(`${error_code} ${error_msg}`))?.[1],
  retryable: false
}) {}

/**
 * 403: the credentials are valid, but lack the permission. Not retried.
 *
 * @category errors
 * @since 0.1.0
 */
export class Forbidden extends StatusClass("Forbidden", {
  status: 403,
  summary: "No permission",
  hint: "Ask an administrator for a role or policy with Workspace permissions in this project, and check the project ID.",
  retryable: false
}) {}

/**
 * 404: there is no such resource, or the endpoint does not serve this API. Not retried.
 *
 * @category errors
 * @since 0.1.0
 */
export class NotFound extends StatusClass("NotFound", {
  status: 404,
  summary: "Not found",
  hint: "Check the project ID, and that the endpoint is Workspace's in the region of the project.",
  retryable: false
}) {}

/**
 * 405: the method is not allowed. Not retried.
 *
 * @category errors
 * @since 0.1.0
 */
export class MethodNotAllowed extends StatusClass("MethodNotAllowed", {
  status: 405,
  summary: "The method is not allowed",
  hint: "A proxy, or an endpoint other than Workspace's, does not allow the method. Check the endpoint.",
  retryable: false
}) {}

/**
 * 429: too many requests. The gateway in front of the service sends it; the documentation page does not list it. Retried,
 * not before `retry_after`.
 *
 * @category errors
 * @since 0.1.0
 */
export class TooManyRequests extends StatusClass("TooManyRequests", {
  status: 429,
  summary: "Too many requests",
  hint: "Wait a minute, or send fewer requests.",
  retryable: true
}) {}

/**
 * 500: the service failed. Not retried: the documentation calls it an internal error, not a temporary one.
 *
 * @category errors
 * @since 0.1.0
 */
export class InternalServerError extends StatusClass("InternalServerError", {
  status: 500,
  summary: "The service failed",
  hint: "Try again later. If it persists, give the request ID to the cloud's support.",
  retryable: false
}) {}

/**
 * 503: the service is temporarily unavailable. Retried, not before `retry_after`.
 *
 * @category errors
 * @since 0.1.0
 */
export class ServiceUnavailable extends StatusClass("ServiceUnavailable", {
  status: 503,
  summary: "The service is unavailable",
  hint: "Try again later. If it persists, check the cloud's status page or give the request ID to its support.",
  retryable: true
}) {}

/**
 * A status without a specific class, such as a redirect, 413 or 504. Retried for 502 and 504, which a gateway
 * returns if the service behind it did not respond.
 *
 * @category errors
 * @since 0.1.0
 */
export class UnexpectedStatus extends TaggedError("UnexpectedStatus")<
  StatusErrorDetails & {
    /** The status of the response. */
    readonly status: number
  }
> {
  override get message(): string {
    return describe("Unexpected status", this)
  }
  get hint(): string | undefined {
    if (this.operation_hint !== undefined) return this.operation_hint
    const page = pageHint(this.excerpt)
    if (page !== undefined) return page
    if (this.retryable) return "The gateway could not reach the service. Try again later."
    if (this.status >= 300 && this.status < 400) {
      return "Redirects are not followed, because that would send the credentials to another host. Check the endpoint."
    }
    return "Check that the endpoint is Workspace's, and that no proxy responds in its place."
  }
  get retryable(): boolean {
    return this.status === 502 || this.status === 504
  }
}

/**
 * The errors that correspond to a response status.
 *
 * @category errors
 * @since 0.1.0
 */
export type StatusError =
  | BadRequest
  | Unauthorized
  | Forbidden
  | NotFound
  | MethodNotAllowed
  | TooManyRequests
  | InternalServerError
  | ServiceUnavailable
  | UnexpectedStatus

const statusErrors = {
  400: BadRequest,
  401: Unauthorized,
  403: Forbidden,
  404: NotFound,
  405: MethodNotAllowed,
  429: TooManyRequests,
  500: InternalServerError,
  503: ServiceUnavailable
} as const

const hasOwnClass = (code: number): code is keyof typeof statusErrors => Object.hasOwn(statusErrors, code)

/**
 * The error of a status. Only the status decides the class; the details fill it in.
 *
 * @category errors
 * @since 0.1.0
 */
export const statusError = (code: number, details: StatusErrorDetails = {}): StatusError =>
  hasOwnClass(code) ? new statusErrors[code](details) : new UnexpectedStatus({ ...details, status: code })
