import { formatIssues, type Issue, issuesOf, Setting } from "@hotspot-session/core"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"

/**
 * The operations of the API as targets of a fault:
 *
 * - `list`: lists configurations
 * - `create`: creates a configuration
 * - `update`: updates a configuration
 * - `users`: lists the users of a configuration
 * - `updateUsers`: adds or removes users
 *
 * @category models
 * @since 0.1.0
 */
export const OperationTarget = Schema.Literal("list", "create", "update", "users", "updateUsers")

/**
 * The name of an operation of the API, in a fault.
 *
 * @category models
 * @since 0.1.0
 */
export type OperationTarget = typeof OperationTarget.Type

/**
 * What a fault applies to: an operation of the API, or
 *
 * - `iam`: the operations by which IAM issues tokens and temporary access keys, and lists projects
 * - `metadata`: the metadata service of an ECS
 * - `pod`: the agent of a pod
 *
 * @category models
 * @since 0.1.0
 */
export const Target = Schema.Literal(...OperationTarget.literals, "iam", "metadata", "pod")

/**
 * The name of what a fault applies to.
 *
 * @category models
 * @since 0.1.0
 */
export type Target = typeof Target.Type

/**
 * The body of an injected status:
 *
 * - `documented`: the service's own, `{error_code, error_msg}`; the documentation's example of a list under 200
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

const oneOf = <const Literals extends readonly [string, ...Array<string>]>(...literals: Literals) =>
  Schema.Literal(...literals).annotations(mustBe(literals.length === 1 ? literals[0] : `one of ${literals.join(", ")}`))

const occurrence = {
  /** The fraction of requests that the fault affects, 0 to 1. Default: 1, all requests. */
  rate: Schema.optionalWith(Schema.Number.pipe(Schema.between(0, 1, mustBe("a number from 0 to 1"))), optional),
  /** The number of requests that the fault affects before it is removed, 1 to 1,000,000,000. Default: unlimited. */
  times: Schema.optionalWith(integer(1, 1_000_000_000), optional)
}

const targeted = {
  ...occurrence,
  /** What the fault applies to. Default: every operation of the API. */
  target: Schema.optionalWith(oneOf(...Target.literals), optional)
}

const lost = {
  ...targeted,
  /**
   * Carries out the request first, so that only its response is lost. A response that is not a success is not changed.
   * Default: the request is not carried out.
   */
  done: Schema.optionalWith(Schema.Literal(true).annotations(mustBe("true")), optional)
}

/**
 * Responds with a status, without checking credentials or parameters, or with `done` after the request was carried out.
 *
 * @category models
 * @since 0.1.0
 */
export const Status = Schema.Struct({
  kind: Schema.Literal("status"),
  /** 200 to 599. A lower status does not complete a response. */
  status: integer(200, 599),
  /** Default: `documented`. A 204, 205 or 304 never has a body. */
  body: Schema.optionalWith(oneOf(...StatusBody.literals), optional),
  /** The value of `Retry-After`: 1 to 100 visible ASCII characters. */
  retryAfter: Schema.optionalWith(
    Schema.String.pipe(Schema.pattern(/^[!-~](?:[ -~]{0,98}[!-~])?$/, mustBe("1 to 100 visible ASCII characters"))),
    optional
  ),
  ...lost
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
 * Breaks the connection before any response; with `done`, after the request was carried out.
 *
 * - `reset`: resets the connection
 * - `stall`: never responds, and keeps the connection open
 *
 * @category models
 * @since 0.1.0
 */
export const Unanswered = Schema.Struct({ kind: Schema.Literal("reset", "stall"), ...lost }).annotations({
  identifier: "UnansweredFault"
})

/**
 * Carries out the request and breaks the response. A response that is not a success is not changed, and an empty body is
 * announced as one octet.
 *
 * - `stallBody`: sends the headers and half of the body, then nothing, and keeps the connection open
 * - `truncate`: sends half of the body that `Content-Length` announces, then closes the connection
 * - `badJson`: replaces the body by an HTML page
 *
 * @category models
 * @since 0.1.0
 */
export const Broken = Schema.Struct({
  kind: Schema.Literal("stallBody", "truncate", "badJson"),
  ...targeted
}).annotations({ identifier: "BrokenFault" })

/**
 * Changes the body of a response:
 *
 * - `nulls`: sets every optional field to `null`: those of configurations and of their users, `non_migrate_users` without
 *   users, and `items` of an empty page
 * - `wrongType`: turns the first configuration's `hotspot_exit_session_num`, or the `total_count` of users, into a string; an
 *   empty page of configurations is not changed
 *
 * @category models
 * @since 0.1.0
 */
export const Content = Schema.Struct({
  kind: Schema.Literal("nulls", "wrongType"),
  ...occurrence,
  /** What the fault applies to. Default: every operation that it can affect. */
  target: Schema.optionalWith(oneOf("list", "create", "update", "users"), optional)
}).annotations({ identifier: "ContentFault" })

/**
 * Changes a page:
 *
 * - `ignoreOffset`: checks `offset`, but treats it as 0
 * - `ignoreParameters`: checks `offset`, `limit` and `user_name`, but treats them as absent
 * - `shift`: adds a new configuration at the start of the project, or a new user at the start of the configuration, before the
 *   page is read; it stays until a reset
 *
 * @category models
 * @since 0.1.0
 */
export const Paging = Schema.Struct({
  kind: Schema.Literal("ignoreOffset", "ignoreParameters", "shift"),
  ...occurrence,
  /** What the fault applies to. Default: both lists. */
  target: Schema.optionalWith(oneOf("list", "users"), optional)
}).annotations({ identifier: "PagingFault" })

/**
 * A fault that the emulator injects.
 *
 * Each request gets the first fault of the script that applies to it and fires, and any `latency` that fires before it. A
 * fault that fires counts as used, whatever the outcome of the request.
 *
 * @category models
 * @since 0.1.0
 */
export const Fault = Schema.Union(Status, Latency, Unanswered, Broken, Content, Paging)

/**
 * A fault of any kind.
 *
 * @category models
 * @since 0.1.0
 */
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

const targetsByKind: ReadonlyMap<Kind, ReadonlyArray<Target>> = new Map(
  Fault.members.flatMap(({ fields }) =>
    fields.kind.literals.map((kind) => [kind, fields.target.from.literals] as const)
  )
)

/**
 * The targets that faults of a kind can have.
 *
 * @category constants
 * @since 0.1.0
 */
export const targetsOf = (kind: Kind): ReadonlyArray<Target> => targetsByKind.get(kind) ?? []

const isOperation = Schema.is(OperationTarget)

/**
 * Whether a fault applies to a target. A fault without a target applies to every operation of the API that it can affect.
 *
 * @category predicates
 * @since 0.1.0
 */
export const appliesTo = (fault: Fault, target: Target): boolean =>
  fault.target === undefined ? isOperation(target) && targetsOf(fault.kind).includes(target) : fault.target === target

/**
 * Whether a request with this fault is carried out although its response is lost.
 *
 * @category predicates
 * @since 0.1.0
 */
export const isDone = (fault: Fault): boolean => "done" in fault && fault.done === true

/**
 * Decodes a fault by the schema of its kind: an error of all of `Fault` would also name what other kinds expect. Unknown fields
 * are errors, so that misspelt ones are noticed.
 */
const decode = (fault: unknown): Either.Either<Fault, ReadonlyArray<Issue>> => {
  const kind: unknown = (fault as Partial<Fault> | null | undefined)?.kind
  const members = Fault.members.filter(({ fields }) => fields.kind.literals.some((literal) => literal === kind))
  return members.length === 0
    ? Either.left([{ path: "kind", message: `must be one of ${kinds.join(", ")}, was ${Setting.show(kind)}` }])
    : Either.mapLeft(
        Schema.decodeUnknownEither(Schema.Union(...members), { errors: "all", onExcessProperty: "error" })(fault),
        issuesOf
      )
}

const maxIssues = 10

/**
 * Decodes a list of faults. Left is the first ten problems on one line, each with the index of the fault and the field.
 *
 * @category conversions
 * @since 0.1.0
 */
export const decodeAll = (faults: unknown): Either.Either<ReadonlyArray<Fault>, string> => {
  if (!Array.isArray(faults)) return Either.left(`must be an array of faults, was ${Setting.show(faults)}`)
  const decoded: Array<Fault> = []
  const issues: Array<Issue> = []
  for (const [index, fault] of faults.entries()) {
    Either.match(decode(fault), {
      onLeft: (found) =>
        issues.push(
          ...found.map(({ message, path }) => ({ path: `[${index}]${path === "" ? "" : `.${path}`}`, message }))
        ),
      onRight: (one) => decoded.push(one)
    })
  }
  return issues.length === 0 ? Either.right(decoded) : Either.left(formatIssues(issues.slice(0, maxIssues)))
}

const shortKinds = kinds.filter((kind) => kind !== "status" && kind !== "latency")

const syntax = `Give a status (503), latency=200ms, or one of ${shortKinds.join(", ")}; optionally followed by x and a number of times (503x2), : and a rate from 0 to 1 (503:0.1), ,body= and one of ${StatusBody.literals.join(", ")}, ,target= and one of ${Target.literals.join(", ")}, ,done to carry out the request first, and last ,retry-after= and its value.`

const invalid = (text: string, problem: string) =>
  Either.left(
    `${JSON.stringify(text.length > 100 ? `${text.slice(0, 99)}…` : text)} is not a fault: ${problem}. ${syntax}`
  )

const normalize = (name: string) => name.toLowerCase().replaceAll("-", "")

const isSame = (name: string, other: string): boolean => normalize(name) === normalize(other)

const head = /^([a-z-]+|\d+)(?:=(\d+)(ms|s)?)?(?:x(\d+))?(?::(\d+(?:\.\d+)?(?:e[+-]?\d+)?|\.\d+))?$/i

/**
 * Parses a fault in the syntax of the command line: `503`, `503x2` (twice), `503:0.1` (10 % of requests), `503x2:0.5`,
 * `503,retry-after=7`, `401,body=iam`, `500,target=iam`, `latency=200ms`, `latency=2s:0.1`, `reset:0.05`, `stall-body`,
 * `reset,target=create,done`. Kinds and targets are case-insensitive and may have hyphens. `retry-after` must be last, because its value may contain commas.
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
    const [key = "", value] = setting === "done" ? ["done", true] : setting.split("=")
    if (value === undefined || !["body", "target", "done"].includes(key) || (key === "done" && value !== true)) {
      return invalid(text, `unknown setting ${JSON.stringify(setting)}`)
    }
    if (key in fields) return invalid(text, `${key} is given twice`)
    fields[key] = key === "target" ? (Target.literals.find((target) => isSame(target, String(value))) ?? value) : value
  }
  if (retryAfter !== undefined && /,\s*(?:body|target|done)(?:\s*=|\s*(?:,|$))/i.test(retryAfter)) {
    return invalid(text, "retry-after must be last")
  }
  if (retryAfter !== undefined) fields.retryAfter = retryAfter
  const kind = /^\d/.test(name) ? "status" : kinds.find((kind) => isSame(kind, name))
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
  if ("done" in fields && kind !== "status" && kind !== "reset" && kind !== "stall") {
    return invalid(text, "only a status, reset and stall can be done")
  }
  return Either.orElse(decode({ kind, ...fields }), (issues) => invalid(text, formatIssues(issues)))
}
