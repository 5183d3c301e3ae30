import type { ListHotspotSessionConfigError, PaginationError, ProjectLookupError } from "@hotspot-session/core"
import type { ConfigurationError } from "./ConfigurationError.js"

export const ExitCode = {
  ok: 0,
  /** A negative result: a difference or a problem was found. */
  negative: 1,
  /** The gateway cannot listen on its port. */
  cannotListen: 1,
  /** The command line is invalid; nothing was done. */
  usage: 2,
  /** A setting is missing or invalid; nothing was sent. */
  configuration: 3,
  /** There are no credentials, or they are rejected or lack a permission. */
  authentication: 4,
  /** The service rejected the request, or its response cannot be used. */
  rejected: 5,
  /** The service cannot be reached, times out, or fails. */
  unavailable: 6,
  /** Some of several projects failed, or all failed with different exit codes. */
  partial: 7,
  /** What was shown has changed; nothing was written. */
  changed: 8,
  /** Whether a write was carried out is unknown. */
  unknownOutcome: 9,
  bug: 70,
  /** The output cannot be written, for example on a full disk. */
  output: 74,
  /** The terminal is gone. Not used by the gateway, which reads its files again. */
  hungUp: 129,
  interrupted: 130,
  /** Not used by the gateway, for which SIGTERM is a normal shutdown. */
  terminated: 143
} as const

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode]

/** Failures of a proxy that another attempt does not cure. */
const proxyExitCodes: Readonly<Record<string, ExitCode>> = {
  ERR_PROXY_401: ExitCode.authentication,
  ERR_PROXY_407: ExitCode.authentication,
  ERR_PROXY_SETTING: ExitCode.configuration
}

export const exitCodeOf = (
  error: ListHotspotSessionConfigError | PaginationError | ProjectLookupError | ConfigurationError
): ExitCode => {
  if ("outcome" in error && error.outcome === "unknown") return ExitCode.unknownOutcome
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
      return ExitCode.unavailable
    case "TransportError":
      return proxyExitCodes[error.code ?? ""] ?? ExitCode.unavailable
    case "UnexpectedStatus":
      return error.status >= 500 ? ExitCode.unavailable : ExitCode.rejected
  }
}
