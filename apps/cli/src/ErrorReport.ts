import type { ListHotspotSessionConfigError, PaginationError } from "@hotspot-session/core"
import * as Duration from "effect/Duration"
import type { ConfigurationError, UsageError } from "./CliError.js"
import { ExitCode, exitCodeOf } from "./ExitCode.js"
import { printable } from "./Printable.js"

/** Everything that a command can fail with. */
export type CommandError = ListHotspotSessionConfigError | PaginationError | UsageError | ConfigurationError

/** How a command ends that fails with an error. */
export const exitCode = (error: CommandError): ExitCode => {
  if (error._tag === "UsageError") return ExitCode.usage
  if (error._tag === "ConfigurationError") return ExitCode.configuration
  return exitCodeOf(error)
}

/** For people: what happened and why, then what to do. */
export const humanReport = (error: CommandError): string => {
  const lines = [`hotspot-session: ${printable(error.message)}`]
  if (error.hint !== undefined) lines.push(`  ${printable(error.hint)}`)
  return `${lines.join("\n")}\n`
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
