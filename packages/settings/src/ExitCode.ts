import type { ListHotspotSessionConfigError, PaginationError, ProjectLookupError } from "@hotspot-session/core"
import type { ConfigurationError } from "./ConfigurationError.js"

/** How the commands end, for scripts. */
export const ExitCode = {
  ok: 0,
  /** The answer is no: a difference was found, or a trouble. */
  negative: 1,
  /** The gateway cannot listen on its port. */
  cannotListen: 1,
  /** The command line is wrong; nothing was done. */
  usage: 2,
  /** A setting is missing or cannot be right; nothing was sent. */
  configuration: 3,
  /** There are no credentials, or they are refused or lack a permission. */
  authentication: 4,
  /** The service rejects the request, or what it answers cannot be used. */
  rejected: 5,
  /** The service cannot be reached, does not answer in time, or fails. */
  unavailable: 6,
  /** Of several projects, some could be listed and some not, or for different reasons. */
  partial: 7,
  /** A bug of the program. */
  bug: 70,
  /** What was asked for cannot be written, as on a full disk. */
  output: 74,
  interrupted: 130,
  /** Not of the gateway, which a SIGTERM ends as it should. */
  terminated: 143
} as const

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode]

/** The exit code of an error. */
export const exitCodeOf = (
  error: ListHotspotSessionConfigError | PaginationError | ProjectLookupError | ConfigurationError
): ExitCode => {
  switch (error._tag) {
    case "InvalidRequest":
      return ExitCode.usage
    case "ConfigurationError":
    case "ProjectLookupError":
      return ExitCode.configuration
    case "CredentialsError":
      return error.unavailable ? ExitCode.unavailable : ExitCode.authentication
    case "Unauthorized":
    case "Forbidden":
      return ExitCode.authentication
    case "BadRequest":
    case "NotFound":
    case "MethodNotAllowed":
    case "DecodeError":
    case "PaginationError":
      return ExitCode.rejected
    case "TooManyRequests":
    case "InternalServerError":
    case "ServiceUnavailable":
    case "TransportError":
      return ExitCode.unavailable
    case "UnexpectedStatus":
      return error.status >= 500 ? ExitCode.unavailable : ExitCode.rejected
  }
}
