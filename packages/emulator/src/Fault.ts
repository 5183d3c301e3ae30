import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as Issues from "./Issues.js"

/**
 * What a fault applies to:
 *
 * - `list`: the operation that lists configurations
 * - `iam`: the operations by which IAM issues tokens and lists projects
 * - `metadata`: the metadata service of a server in the cloud
 *
 * @category models
 */
export const Target = Schema.Literal("list", "iam", "metadata")

/**
 * @category models
 */
export type Target = typeof Target.Type

/**
 * The body that goes with an injected status:
 *
 * - `documented`: the service's own, `{error_code, error_msg}`; the documentation's example under 200
 * - `gateway`: that of the gateway in front of it, `{error_code, error_msg, request_id}`
 * - `iam`: IAM's `{error: {code, message, title}}`
 * - `html`: a page, as proxies answer
 * - `empty`: none
 * - `truncated`: JSON that ends in the middle, in a complete answer
 * - `echo`: the gateway's, with a message that repeats the request's headers, secrets included, as the real gateway does
 *   where a signature fails
 *
 * @category models
 */
export const StatusBody = Schema.Literal("documented", "gateway", "iam", "html", "empty", "truncated", "echo")

/**
 * @category models
 */
export type StatusBody = typeof StatusBody.Type

const optional = { exact: true } as const

const occurrence = {
  /** The share of requests that it hits, 0 to 1. Default: 1, all. */
  rate: Schema.optionalWith(
    Schema.Number.pipe(
      Schema.between(0, 1, { message: () => ({ message: "must be a number from 0 to 1", override: true }) })
    ),
    optional
  ),
  /** How many requests it hits before it is dropped, 1 to 1,000,000,000. Default: no end. */
  times: Schema.optionalWith(
    Schema.Int.pipe(
      Schema.between(1, 1_000_000_000, {
        message: () => ({ message: "must be an integer from 1 to 1000000000", override: true })
      })
    ),
    optional
  )
}

const targeted = {
  ...occurrence,
  /** What it applies to. Default: `list`. */
  target: Schema.optionalWith(Target, optional)
}

/**
 * Answers with a status, without looking at credentials or parameters.
 *
 * @category models
 */
export const Status = Schema.Struct({
  kind: Schema.Literal("status"),
  /** 200 to 599. Lower ones do not end a request and cannot be sent as an answer. */
  status: Schema.Int.pipe(
    Schema.between(200, 599, { message: () => ({ message: "must be an integer from 200 to 599", override: true }) })
  ),
  /** Default: `documented`. A 204, 205 or 304 never has a body. */
  body: Schema.optionalWith(StatusBody, optional),
  /** Sent as it is in `Retry-After`: 1 to 100 visible ASCII characters. */
  retryAfter: Schema.optionalWith(
    Schema.String.pipe(
      Schema.pattern(/^[!-~](?:[ -~]{0,98}[!-~])?$/, {
        message: () => ({ message: "must be 1 to 100 visible ASCII characters", override: true })
      })
    ),
    optional
  ),
  ...targeted
}).annotations({ identifier: "StatusFault" })

/**
 * Waits before anything else. Combines with a fault that follows in the script.
 *
 * @category models
 */
export const Latency = Schema.Struct({
  kind: Schema.Literal("latency"),
  /** 0 to 600,000 milliseconds. */
  milliseconds: Schema.Int.pipe(
    Schema.between(0, 600_000, {
      message: () => ({ message: "must be an integer from 0 to 600000 milliseconds", override: true })
    })
  ),
  ...targeted
}).annotations({ identifier: "LatencyFault" })

const broken = <const K extends string>(kind: K) =>
  Schema.Struct({ kind: Schema.Literal(kind), ...targeted }).annotations({ identifier: `${kind}Fault` })

/**
 * Breaks the connection before any answer.
 *
 * @category models
 */
export const Reset = broken("reset")

/**
 * Never answers, and leaves the connection open.
 *
 * @category models
 */
export const Stall = broken("stall")

/**
 * Sends the headers and half of the body, then nothing, and leaves the connection open. Where the answer would not be a
 * success, it stays as it is.
 *
 * @category models
 */
export const StallBody = broken("stallBody")

/**
 * Sends half of the body that `Content-Length` announces, then breaks the connection. Where the answer would not be a
 * success, it stays as it is.
 *
 * @category models
 */
export const Truncate = broken("truncate")

/**
 * Answers with an HTML page under the status of success. Where the answer would not be a success, it stays as it is.
 *
 * @category models
 */
export const BadJson = broken("badJson")

const content = <const K extends string>(kind: K) =>
  Schema.Struct({ kind: Schema.Literal(kind), ...occurrence }).annotations({ identifier: `${kind}Fault` })

/**
 * Every optional field is `null`: those of the configurations, those of their users, `non_migrate_users` where there are
 * none, and `items` where the page is empty.
 *
 * @category models
 */
export const Nulls = content("nulls")

/**
 * The first configuration's `hotspot_exit_session_num` is a string. An empty page stays as it is.
 *
 * @category models
 */
export const WrongType = content("wrongType")

/**
 * `offset` is checked, but counts as 0.
 *
 * @category models
 */
export const IgnoreOffset = content("ignoreOffset")

/**
 * `offset` and `limit` are checked, but count as absent.
 *
 * @category models
 */
export const IgnoreParameters = content("ignoreParameters")

/**
 * A new configuration comes first in the project before the page is read, and stays until a reset.
 *
 * @category models
 */
export const Shift = content("shift")

/**
 * Something that goes wrong on purpose.
 *
 * Of the faults in the script, each request gets the first one that applies to it and fires, and any `latency` that fires
 * before it. A fault counts as used by a request that it fires for, whatever comes of the request.
 *
 * @category models
 */
export const Fault = Schema.Union(
  Status,
  Latency,
  Reset,
  Stall,
  StallBody,
  Truncate,
  BadJson,
  Nulls,
  WrongType,
  IgnoreOffset,
  IgnoreParameters,
  Shift
)

/**
 * @category models
 */
export type Fault = typeof Fault.Type

/**
 * The kind of a fault.
 *
 * @category models
 */
export type Kind = Fault["kind"]

/**
 * Every kind of fault.
 *
 * @category constants
 */
export const kinds: ReadonlyArray<Kind> = Fault.members.flatMap((member) => member.fields.kind.literals)

/**
 * What a fault applies to.
 *
 * @category conversions
 */
export const targetOf = (fault: Fault): Target => ("target" in fault ? fault.target : undefined) ?? "list"

/**
 * A list of faults, as the script's admin endpoint takes it. A field that a fault does not have is an error, so that a
 * misspelt one does not pass unnoticed.
 *
 * @category models
 */
export const Faults = Schema.Array(Fault).annotations({ parseOptions: { onExcessProperty: "error" } })

const targetedKinds: ReadonlySet<Kind> = new Set(
  Fault.members.filter((member) => "target" in member.fields).flatMap((member) => member.fields.kind.literals)
)

const shortKinds = kinds.filter((kind) => kind !== "status" && kind !== "latency")

const syntax = `Write a status (503), latency=200ms, or one of ${shortKinds.join(", ")}; then, if wanted, x and a number of times (503x2), : and a rate from 0 to 1 (503:0.1), ,body= and one of ${StatusBody.literals.join(", ")}, ,target= and one of ${Target.literals.join(", ")}, and last ,retry-after= and its value.`

const invalid = (text: string, why: string) =>
  Either.left(`${JSON.stringify(text.length > 100 ? `${text.slice(0, 99)}…` : text)} is not a fault: ${why}. ${syntax}`)

const decode = Schema.decodeUnknownEither(Fault, { onExcessProperty: "error" })

const normalize = (kind: string) => kind.toLowerCase().replaceAll("-", "")

const head = /^([a-z-]+|\d+)(?:=(\d+)(ms|s)?)?(?:x(\d+))?(?::(\d+(?:\.\d+)?(?:e[+-]?\d+)?|\.\d+))?$/i

/**
 * Reads a fault as a command line has it: `503`, `503x2` (twice), `503:0.1` (every tenth request), `503x2:0.5`,
 * `503,retry-after=7`, `401,body=iam`, `500,target=iam`, `latency=200ms`, `latency=2s:0.1`, `reset:0.05`, `stall-body`.
 * Upper and lower case and hyphens in kinds make no difference. `retry-after` comes last, because its value may contain
 * commas.
 *
 * Never throws; the left is a message that says what is wrong and what is possible.
 *
 * @example
 * ```ts
 * import { Fault } from "@hotspot-session/emulator"
 *
 * Fault.parse("503x2,retry-after=7") // right({ kind: "status", status: 503, times: 2, retryAfter: "7" })
 * ```
 *
 * @category conversions
 */
export const parse = (text: string): Either.Either<Fault, string> => {
  const retryAfterAt = text.search(/,\s*retry-after=/i)
  const retryAfter = retryAfterAt < 0 ? undefined : text.slice(text.indexOf("=", retryAfterAt) + 1)
  const [first = "", ...settings] = (retryAfterAt < 0 ? text : text.slice(0, retryAfterAt))
    .split(",")
    .map((_) => _.trim())
  const match = head.exec(first)
  const name = match?.[1]
  if (match === null || name === undefined) return invalid(text, "its form is unknown")
  const [, , amount, unit, times, rate] = match
  const fields: Record<string, unknown> = {}
  if (times !== undefined) fields.times = Number(times)
  if (rate !== undefined) fields.rate = Number(rate)
  for (const setting of settings) {
    const [key = "", value] = setting.split("=")
    if ((key !== "body" && key !== "target") || value === undefined) {
      return invalid(text, `${JSON.stringify(setting)} is not a setting`)
    }
    if (key in fields) return invalid(text, `${key} is there twice`)
    fields[key] = value
  }
  if (retryAfter !== undefined) fields.retryAfter = retryAfter
  const kind = /^\d/.test(name) ? "status" : kinds.find((kind) => normalize(kind) === normalize(name))
  if (kind === undefined) return invalid(text, `there is no kind ${JSON.stringify(name)}`)
  if (kind === "status") {
    if (!/^\d{3}$/.test(name)) return invalid(text, "a status has three digits")
    fields.status = Number(name)
  }
  if (kind === "latency") {
    if (amount === undefined) return invalid(text, "latency needs a time")
    fields.milliseconds = Number(amount) * (unit?.toLowerCase() === "s" ? 1000 : 1)
  } else if (amount !== undefined) return invalid(text, "only latency has a time")
  if (kind !== "status" && ("body" in fields || "retryAfter" in fields)) {
    return invalid(text, "only a status has body and retry-after")
  }
  if ("target" in fields && !targetedKinds.has(kind)) {
    return invalid(text, `${kind} has no target, it always applies to the list`)
  }
  const result = decode({ kind, ...fields })
  return Either.isRight(result) ? Either.right(result.right) : invalid(text, Issues.describe(result.left))
}

/**
 * Writes a fault as `parse` reads it.
 *
 * @category conversions
 */
export const format = (fault: Fault): string => {
  const what =
    fault.kind === "status"
      ? String(fault.status)
      : fault.kind === "latency"
        ? `latency=${fault.milliseconds}ms`
        : fault.kind
  const times = fault.times === undefined ? "" : `x${fault.times}`
  const rate = fault.rate === undefined ? "" : `:${fault.rate}`
  const body = "body" in fault && fault.body !== undefined ? `,body=${fault.body}` : ""
  const target = "target" in fault && fault.target !== undefined ? `,target=${fault.target}` : ""
  const retryAfter = "retryAfter" in fault && fault.retryAfter !== undefined ? `,retry-after=${fault.retryAfter}` : ""
  return `${what}${times}${rate}${body}${target}${retryAfter}`
}
