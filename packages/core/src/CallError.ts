import { CredentialsError } from "./CredentialsError.js"
import { DecodeError } from "./DecodeError.js"
import type { ErrorContext } from "./ErrorContext.js"
import { InvalidRequest } from "./InvalidRequest.js"
import {
  BadRequest,
  Forbidden,
  InternalServerError,
  MethodNotAllowed,
  NotFound,
  ServiceUnavailable,
  type StatusError,
  TooManyRequests,
  Unauthorized,
  UnexpectedStatus
} from "./StatusError.js"
import { TransportError } from "./TransportError.js"

/**
 * Every error of a call, whichever the operation: one class for each documented status, one for 429, one for all other
 * statuses, and the errors without a response.
 *
 * @category errors
 * @since 0.1.0
 */
export type CallError = StatusError | TransportError | DecodeError | CredentialsError | InvalidRequest

/**
 * Every error of `listHotspotSessionConfig`. All operations have the same.
 *
 * @category errors
 * @since 0.1.0
 */
export type ListHotspotSessionConfigError = CallError

/**
 * The class of each tag.
 *
 * @internal
 */
export const errorClasses = {
  BadRequest,
  Unauthorized,
  Forbidden,
  NotFound,
  MethodNotAllowed,
  TooManyRequests,
  InternalServerError,
  ServiceUnavailable,
  UnexpectedStatus,
  TransportError,
  DecodeError,
  CredentialsError,
  InvalidRequest
}

/**
 * The same error with more of its context.
 *
 * @category conversions
 * @since 0.1.0
 */
export const withContext = <E extends CallError>(error: E, context: ErrorContext): E => {
  // The class of a tag is constructed from the fields of the errors with that tag, which the type of the table does not say.
  const Class = errorClasses[error._tag] as new (fields: E) => E
  return new Class({ ...error, ...context })
}
