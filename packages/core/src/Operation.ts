/**
 * Whether a request may be sent again:
 *
 * - `safe`: it changes nothing
 * - `idempotent`: sending it twice has the effect of sending it once
 * - `none`: sending it twice may have its effect twice
 *
 * Source: {@link https://www.rfc-editor.org/rfc/rfc9110#section-9.2 RFC 9110, section 9.2}.
 *
 * @category models
 * @since 0.1.0
 */
export type Idempotency = "safe" | "idempotent" | "none"

/**
 * What to do about a failure of one operation, if that is more than the error class says. The keys are the tags of errors,
 * `size` for a response that is too large, and `unknown` for a write whose outcome is unknown.
 *
 * @category models
 * @since 0.1.0
 */
export type OperationHints = {
  readonly [Key in "BadRequest" | "NotFound" | "MethodNotAllowed" | "TooManyRequests" | "size" | "unknown"]?: string
}

/**
 * How a list is divided into pages by the query parameters `offset` and `limit`.
 *
 * @category models
 * @since 0.1.0
 */
export interface OperationPagination {
  /** The field of a page that holds its items. */
  readonly items: string
  /** The field of an item that identifies it: text, a number or a `BigInt`. Items without it are never taken for repeated. */
  readonly key: string
  /** The field of a page that holds the number of all items. Absent if the service does not send it. */
  readonly total?: string
}

/**
 * The plain half of an operation: what is sent, and what may be done when it fails. Everything that needs no schema follows
 * from it: requests, retries, routes, metrics and spans.
 *
 * @example
 * ```ts
 * import type { Operation } from "@hotspot-session/core"
 *
 * const showJob = {
 *   name: "showJob",
 *   method: "GET",
 *   path: "/v1/{project_id}/jobs/{job_id}",
 *   idempotency: "safe"
 * } as const satisfies Operation
 * ```
 *
 * @category models
 * @since 0.1.0
 */
export interface Operation {
  /** Name of the operation, unique among the operations of a program; the label of its metrics. */
  readonly name: string
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE"
  /** Path with the names of its parameters in braces: `/v1/{project_id}/jobs`. */
  readonly path: `/${string}`
  /** Names of the query parameters, in the order in which they are sent. Default: none. */
  readonly query?: ReadonlyArray<string>
  /** Names of the fields of the JSON body. Default: no body. */
  readonly body?: ReadonlyArray<string>
  /** The statuses of success. Default: only 200. */
  readonly success?: ReadonlyArray<number>
  readonly idempotency: Idempotency
  /** Default: the response is not a page. */
  readonly pagination?: OperationPagination
  /** Default: the hints of the error classes. */
  readonly hints?: OperationHints
}

/**
 * Whether a status means that the operation succeeded.
 *
 * @category predicates
 * @since 0.1.0
 */
export const isSuccess = (operation: Pick<Operation, "success">, status: number): boolean =>
  operation.success === undefined ? status === 200 : operation.success.includes(status)

const regexpSpecial = /[\\^$.*+?()[\]{}|/-]/g

/**
 * Matches the paths of an operation, not decoded, with its parameters as named groups, none of which is empty.
 *
 * @category conversions
 * @since 0.1.0
 */
export const pathPattern = ({ path }: Pick<Operation, "path">): RegExp =>
  new RegExp(
    `^${path
      .split(/(\{\w+\})/)
      .map((part) => (part.startsWith("{") ? `(?<${part.slice(1, -1)}>[^/]+)` : part.replace(regexpSpecial, "\\$&")))
      .join("")}$`
  )
