import type { ListHotspotSessionConfigError, PaginationError, ProjectLookupError } from "@hotspot-session/core"
import * as Duration from "effect/Duration"
import type { ConfigurationError, UsageError } from "./CliError.js"
import { ExitCode, exitCodeOf } from "./ExitCode.js"
import { printable } from "./Printable.js"

/** Everything that a command can fail with. */
export type CommandError =
  | ListHotspotSessionConfigError
  | PaginationError
  | ProjectLookupError
  | UsageError
  | ConfigurationError

/** How a command ends that fails with an error. */
export const exitCode = (error: CommandError): ExitCode => {
  if (error._tag === "UsageError") return ExitCode.usage
  if (error._tag === "ConfigurationError") return ExitCode.configuration
  return exitCodeOf(error)
}

/** What happened and why; a list where there were several places to look at. */
const happened = (error: CommandError): ReadonlyArray<string> =>
  error._tag === "CredentialsError" && error.attempted.length > 0
    ? [`${error.reason}:`, ...error.attempted.map(({ reason, source }) => `  ${source}: ${reason}`)]
    : [error.message]

/** For people: what happened and why, then what to do. */
export const humanReport = (error: CommandError): string => {
  const [first = "", ...more] = happened(error)
  const advice = error._tag === "CredentialsError" ? `${error.hint ?? ""} Without an account, try --demo.` : error.hint
  const lines = [`hotspot-session: ${first}`, ...more, ...(advice === undefined ? [] : [`  ${advice.trim()}`])]
  return `${lines.map(printable).join("\n")}\n`
}

/** For programs: one JSON object on one line. Its fields are those of the error; `retry_after` is in seconds. */
export const jsonReport = (error: CommandError): string => {
  const { _tag, ...fields } = error
  return `${JSON.stringify({
    error: {
      tag: _tag,
      message: error.message,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      exit_code: exitCode(error),
      ...fields,
      ...("retry_after" in error && error.retry_after !== undefined
        ? { retry_after: Duration.toSeconds(error.retry_after) }
        : {})
    }
  })}\n`
}
