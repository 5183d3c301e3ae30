import { formatIssues, issuesOf } from "@hotspot-session/core"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"

/**
 * What a fault applies to:
 *
 * - `list`: the operation that lists configurations
 * - `iam`: the operations by which IAM issues tokens and lists projects
 * - `metadata`: the metadata service of an ECS
 *
 * @category models
 * @since 0.1.0
 */
export const Target = Schema.Literal("list", "iam", "metadata")

export type Target = typeof Target.Type

/**
 * The body of an injected status:
 *
 * - `documented`: the service's own, `{error_code, error_msg}`; the documentation's example under 200
 * - `gateway`: that of the gateway in front of it, `{error_code, error_msg, request_id}`
 * - `iam`: IAM's `{error: {code, message, title}}`
 * - `html`: an HTML page, like those of proxies
 * - `empty`: none
 * - `truncated`: truncated JSON in a complete response
 * - `echo`: the gateway's, with a message that contains the request's headers including secrets, as the real gateway does
 *   if a signature is wrong
 *
 * @category models
 * @since 0.1.0
 */
export const StatusBody = Schema.Literal("documented", "gateway", "iam", "html", "empty", "truncated", "echo")

const optional = { exact: true } as const

const mustBe = (expected: string) => ({ message: () => ({ message: `must be ${expected}`, override: true }) })

const integer = (min: number, max: number, unit = "") =>
  Schema.Int.pipe(Schema.between(min, max, mustBe(`an integer from ${min} to ${max}${unit}`)))

const occurrence = {
  /** The fraction of requests that the fault affects, 0 to 1. Default: 1, all requests. */
  rate: Schema.optionalWith(Schema.Number.pipe(Schema.between(0, 1, mustBe("a number from 0 to 1"))), optional),
  /** The number of requests that the fault affects before it is removed, 1 to 1,000,000,000. Default: unlimited. */
  times: Schema.optionalWith(integer(1, 1_000_000_000), optional)
}

const targeted = {
  ...occurrence,
  /** What the fault applies to. Default: `list`. */
  target: Schema.optionalWith(Target, optional)
}

/**
 * Responds with a status, without checking credentials or parameters.
 *
 * @category models
 * @since 0.1.0
 */
export const Status = Schema.Struct({
  kind: Schema.Literal("status"),
  /** 200 to 599. A lower status does not complete a response. */
  status: integer(200, 599),
  /** Default: `documented`. A 204, 205 or 304 never has a body. */
  body: Schema.optionalWith(StatusBody, optional),
  /** The value of `Retry-After`: 1 to 100 visible ASCII characters. */
  retryAfter: Schema.optionalWith(
    Schema.String.pipe(Schema.pattern(/^[!-~](?:[ -~]{0,98}[!-~])?$/, mustBe("1 to 100 visible ASCII characters"))),
    optional
  ),
  ...targeted
}).annotations({ identifier: "StatusFault" })

/**
 * Delays the response. Combines with a fault that follows in the script.
 *
 * @category models
 * @since 0.1.0
 */
export const Latency = Schema.Struct({
  kind: Schema.Literal("latency"),
  /** 0 to 600,000 milliseconds. */
  milliseconds: integer(0, 600_000, " milliseconds"),
  ...targeted
}).annotations({ identifier: "LatencyFault" })

/**
 * Breaks the connection or the response. The last three do not change a response that is not a success.
 *
 * - `reset`: resets the connection before any response
 * - `stall`: never responds, and keeps the connection open
 * - `stallBody`: sends the headers and half of the body, then nothing, and keeps the connection open
 * - `truncate`: sends half of the body that `Content-Length` announces, then closes the connection
 * - `badJson`: replaces the body by an HTML page
 *
 * @category models
 * @since 0.1.0
 */
export const Broken = Schema.Struct({
  kind: Schema.Literal("reset", "stall", "stallBody", "truncate", "badJson"),
  ...targeted
}).annotations({ identifier: "BrokenFault" })

/**
 * Changes the listing:
 *
 * - `nulls`: sets every optional field to `null`: those of configurations and of their users, `non_migrate_users` without
 *   users, and `items` of an empty page
 * - `wrongType`: turns the first configuration's `hotspot_exit_session_num` into a string; an empty page is not changed
 * - `ignoreOffset`: checks `offset`, but treats it as 0
 * - `ignoreParameters`: checks `offset` and `limit`, but treats them as absent
 * - `shift`: adds a new configuration at the start of the project before the page is read; it stays until a reset
 *
 * @category models
 * @since 0.1.0
 */
export const Content = Schema.Struct({
  kind: Schema.Literal("nulls", "wrongType", "ignoreOffset", "ignoreParameters", "shift"),
  ...occurrence
}).annotations({ identifier: "ContentFault" })

/**
 * A fault that the emulator injects.
 *
 * Each request gets the first fault of the script that applies to it and fires, and any `latency` that fires before it. A
 * fault that fires counts as used, whatever the outcome of the request.
 *
 * @category models
 * @since 0.1.0
 */
export const Fault = Schema.Union(Status, Latency, Broken, Content)

export type Fault = typeof Fault.Type

/**
 * The kind of a fault.
 *
 * @category models
 * @since 0.1.0
 */
export type Kind = Fault["kind"]

/**
 * Every kind of fault.
 *
 * @category constants
 * @since 0.1.0
 */
export const kinds: ReadonlyArray<Kind> = Fault.members.flatMap(
  (member): ReadonlyArray<Kind> => member.fields.kind.literals
)

/**
 * What a fault applies to.
 *
 * @category conversions
 * @since 0.1.0
 */
export const targetOf = (fault: Fault): Target => ("target" in fault ? fault.target : undefined) ?? "list"

/**
 * A list of faults, as the admin endpoint accepts it. Unknown fields are errors, so that misspelt ones are noticed.
 *
 * @category models
 * @since 0.1.0
 */
export const Faults = Schema.Array(Fault).annotations({ parseOptions: { onExcessProperty: "error" } })

const untargetedKinds: ReadonlyArray<Kind> = Content.fields.kind.literals

const shortKinds = kinds.filter((kind) => kind !== "status" && kind !== "latency")

const syntax = `Give a status (503), latency=200ms, or one of ${shortKinds.join(", ")}; optionally followed by x and a number of times (503x2), : and a rate from 0 to 1 (503:0.1), ,body= and one of ${StatusBody.literals.join(", ")}, ,target= and one of ${Target.literals.join(", ")}, and last ,retry-after= and its value.`

const invalid = (text: string, problem: string) =>
  Either.left(
    `${JSON.stringify(text.length > 100 ? `${text.slice(0, 99)}…` : text)} is not a fault: ${problem}. ${syntax}`
  )

const decode = Schema.decodeUnknownEither(Fault, { onExcessProperty: "error" })

const normalize = (kind: string) => kind.toLowerCase().replaceAll("-", "")

const head = /^([a-z-]+|\d+)(?:=(\d+)(ms|s)?)?(?:x(\d+))?(?::(\d+(?:\.\d+)?(?:e[+-]?\d+)?|\.\d+))?$/i

/**
 * Parses a fault in the syntax of the command line: `503`, `503x2` (twice), `503:0.1` (10 % of requests), `503x2:0.5`,
 * `503,retry-after=7`, `401,body=iam`, `500,target=iam`, `latency=200ms`, `latency=2s:0.1`, `reset:0.05`, `stall-body`.
 * Kinds are case-insensitive and may have hyphens. `retry-after` must be last, because its value may contain commas.
 *
 * Never throws; left is a message that names the problem and the syntax.
 *
 * @example
 * ```ts
 * import { Fault } from "@hotspot-session/emulator"
 *
 * Fault.parse("503x2,retry-after=7") // right({ kind: "status", status: 503, times: 2, retryAfter: "7" })
 * ```
 *
 * @category conversions
 * @since 0.1.0
 */
export const parse = (text: string): Either.Either<Fault, string> => {
  const retryAfterAt = text.search(/,\s*retry-after=/i)
  const retryAfter = retryAfterAt < 0 ? undefined : text.slice(text.indexOf("=", retryAfterAt) + 1)
  const [first = "", ...settings] = (retryAfterAt < 0 ? text : text.slice(0, retryAfterAt))
    .split(",")
    .map((_) => _.trim())
  const match = head.exec(first)
  const name = match?.[1]
  if (match === null || name === undefined) return invalid(text, "unknown syntax")
  const [, , amount, unit, times, rate] = match
  const fields: Record<string, unknown> = {}
  if (times !== undefined) fields.times = Number(times)
  if (rate !== undefined) fields.rate = Number(rate)
  for (const setting of settings) {
    const [key = "", value] = setting.split("=")
    if ((key !== "body" && key !== "target") || value === undefined) {
      return invalid(text, `unknown setting ${JSON.stringify(setting)}`)
    }
    if (key in fields) return invalid(text, `${key} is given twice`)
    fields[key] = value
  }
  if (retryAfter !== undefined) fields.retryAfter = retryAfter
  const kind = /^\d/.test(name) ? "status" : kinds.find((kind) => normalize(kind) === normalize(name))
  if (kind === undefined) return invalid(text, `unknown kind ${JSON.stringify(name)}`)
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
  if ("target" in fields && untargetedKinds.includes(kind)) {
    return invalid(text, `${kind} has no target and always applies to the list`)
  }
  const result = decode({ kind, ...fields })
  return Either.isRight(result) ? Either.right(result.right) : invalid(text, formatIssues(issuesOf(result.left)))
}
