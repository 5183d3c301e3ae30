import type { ListHotspotSessionConfigError, PaginationError, ProjectLookupError } from "@hotspot-session/core"
import type { ConfigurationError } from "@hotspot-session/settings/ConfigurationError"
import { ExitCode, exitCodeOf } from "@hotspot-session/settings/ExitCode"
import * as Duration from "effect/Duration"
import type { UsageError } from "../UsageError.js"
import type { Colours } from "./Colours.js"
import { type Origin, originTexts } from "./ConfigFields.js"
import { printable, printableJson } from "./Printable.js"

/** Everything that a command can fail with. */
export type CommandError =
  | ListHotspotSessionConfigError
  | PaginationError
  | ProjectLookupError
  | UsageError
  | ConfigurationError

/** How a command ends that fails with an error. */
export const exitCode = (error: CommandError): ExitCode =>
  error._tag === "UsageError" ? ExitCode.usage : exitCodeOf(error)

/** What happened and why; a list where there were several places to look at. */
const happened = (error: CommandError): ReadonlyArray<string> =>
  error._tag === "CredentialsError" && error.attempted.length > 0
    ? [`${error.reason}:`, ...error.attempted.map(({ reason, source }) => `  ${source}: ${reason}`)]
    : [error.message]

/** What to do. */
export const advice = (error: CommandError): string | undefined =>
  error._tag === "CredentialsError" && error.refused !== true
    ? `${error.hint ?? ""} Without an account, try --demo.`.trim()
    : error.hint

/** The project that an error is about, where there are several. */
export type Where = Partial<Origin> | undefined

const whereText = (where: Where): string =>
  where === undefined
    ? ""
    : `${originTexts({ project_id: "", ...where })
        .filter((text) => text !== "")
        .join(" ")}: `

/** For people: what happened and why, then what to do. */
export const humanReport = (error: CommandError, where: Where, { bold, red }: Colours): string => {
  const [first = "", ...more] = happened(error).map(printable)
  const hint = advice(error)
  const lines = [
    `${red("hotspot-session:")} ${printable(whereText(where))}${bold(first)}`,
    ...more,
    ...(hint === undefined ? [] : [`  ${printable(hint)}`])
  ]
  return `${lines.join("\n")}\n`
}

/** The message of an error and its fields. That of missing credentials is the reason, because fields list the sources. */
const messageAndFields = (error: CommandError): readonly [message: string, fields: object] => {
  if (error._tag === "CredentialsError") {
    const { _tag, reason, ...fields } = error
    return [reason, fields]
  }
  const { _tag, ...fields } = error
  return [error.message, fields]
}

/** An error's fields, for programs; `retry_after` is in seconds. */
export const errorFields = (error: CommandError): object => {
  const [message, fields] = messageAndFields(error)
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

/** For programs: one JSON object on one line. */
export const jsonReport = (error: CommandError, where: Where): string =>
  `${printableJson({ error: { ...errorFields(error), ...(where === undefined ? {} : { origin: where }) } })}\n`
