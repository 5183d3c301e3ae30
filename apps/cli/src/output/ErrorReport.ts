import type { ListHotspotSessionConfigError, PaginationError, ProjectLookupError } from "@hotspot-session/core"
import { problemText } from "@hotspot-session/fleet/FileProblem"
import type { ConfigurationError } from "@hotspot-session/settings/ConfigurationError"
import { ExitCode, exitCodeOf } from "@hotspot-session/settings/ExitCode"
import * as Duration from "effect/Duration"
import type { Interruption } from "../Interruption.js"
import type { Origin } from "../Origin.js"
import type { UsageError } from "../UsageError.js"
import type { WriteError } from "../WriteErrors.js"
import type { Colours } from "./Colours.js"
import { originTexts } from "./ConfigFields.js"
import { printable, printableJson } from "./Printable.js"

export type CommandError =
  | ListHotspotSessionConfigError
  | PaginationError
  | ProjectLookupError
  | UsageError
  | ConfigurationError
  | WriteError

export const exitCode = (error: CommandError): ExitCode => {
  switch (error._tag) {
    case "UsageError":
      return ExitCode.usage
    case "ConfigNotFound":
    case "IncompleteUsers":
      return ExitCode.rejected
    case "PlanError":
      return error.reason === "unknownConfig" || error.reason === "incompleteUsers"
        ? ExitCode.rejected
        : ExitCode.configuration
    case "InvalidFile":
      return ExitCode.configuration
    case "ChangedSinceShown":
    case "ChangedSincePlanned":
      return ExitCode.changed
    case "CreateUnknown":
      return ExitCode.unknownOutcome
    case "NotVerified":
      return ExitCode.negative
    case "OutputError":
      return ExitCode.output
    default:
      return exitCodeOf(error)
  }
}

/** What happened and why, with a line for each source that was tried, or for each problem of a file. */
const messageLines = (error: CommandError): ReadonlyArray<string> => {
  if (error._tag === "CredentialsError" && error.attempted.length > 0) {
    return [`${error.reason}:`, ...error.attempted.map(({ reason, source }) => `  ${source}: ${reason}`)]
  }
  return error._tag === "InvalidFile"
    ? [`${error.message}:`, ...error.problems.map((problem) => `  ${problemText(problem)}`)]
    : [error.message]
}

export const hintOf = (error: CommandError): string | undefined =>
  error._tag === "CredentialsError" && error.refused !== true
    ? `${error.hint ?? ""} Without an account, try --demo.`.trim()
    : error.hint

type ErrorOrigin = Partial<Origin> | undefined

const originText = (origin: ErrorOrigin): string =>
  origin === undefined
    ? ""
    : `${originTexts({ project_id: "", ...origin })
        .filter((text) => text !== "")
        .join(" ")}: `

/** An error as text: what happened and why, then what to do. */
export const textReport = (error: CommandError, origin: ErrorOrigin, { bold, red }: Colours): string => {
  const [first = "", ...more] = messageLines(error).map(printable)
  const hint = hintOf(error)
  const lines = [
    `${red("hotspot-session:")} ${printable(originText(origin))}${bold(first)}`,
    ...more,
    ...(hint === undefined ? [] : [`  ${printable(hint)}`])
  ]
  return `${lines.join("\n")}\n`
}

const fieldsOf = <E extends CommandError>({ _tag, ...fields }: E): object => fields

/** The message and the fields of an error. The message of missing credentials is the reason, because the fields list the sources. */
const messageAndFields = (
  error: CommandError
): readonly [message: string, fields: object & { readonly operation_hint?: unknown }] => {
  if (error._tag === "CredentialsError") {
    const { _tag, reason, ...fields } = error
    return [reason, fields]
  }
  if (error._tag === "CreateUnknown") {
    const { new_configurations } = error
    return [
      error.message,
      { ...fieldsOf(error.cause), ...(new_configurations === undefined ? {} : { new_configurations }) }
    ]
  }
  return [error.message, fieldsOf(error)]
}

/** An error as fields for JSON; `retry_after` is in seconds. The hint of the operation is part of `hint`. */
export const errorFields = (error: CommandError): object => {
  const [message, { operation_hint, ...fields }] = messageAndFields(error)
  return {
    tag: error._tag,
    message,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    exit_code: exitCode(error),
    ...fields,
    ...("retry_after" in error && error.retry_after !== undefined
      ? { retry_after: Duration.toSeconds(error.retry_after) }
      : {})
  }
}

export const jsonReport = (error: CommandError, origin: ErrorOrigin): string =>
  `${printableJson({ error: { ...errorFields(error), ...(origin === undefined ? {} : { origin }) } })}\n`

/** An interruption as an error in JSON. */
export const jsonInterruption = ({ fields, hint, message }: Interruption, code: ExitCode): string =>
  `${printableJson({ error: { tag: "Interrupted", message, ...(hint === undefined ? {} : { hint }), exit_code: code, ...fields } })}\n`

/** An interruption as text. */
export const textInterruption = ({ hint, message, text }: Interruption): string =>
  text ?? `${printable([message, hint].filter((part) => part !== undefined).join(" "))}\n`
