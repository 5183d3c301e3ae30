/**
 * Why a retryable error was not retried, or not retried again:
 *
 * - `attempts`: all attempts that the policy allows were made
 * - `elapsed`: the next attempt would start later than the policy or the deadline allows
 * - `quota`: the client's retry quota is used up because other calls failed too
 *
 * @category models
 * @since 0.1.0
 */
export type RetryStop = (typeof retryStops)[number]

/**
 * All values of `RetryStop`.
 *
 * @category constants
 * @since 0.1.0
 */
export const retryStops = ["attempts", "elapsed", "quota"] as const

/**
 * What is known about a failed write:
 *
 * - `not_done`: nothing was changed, because the request was not sent or was rejected with a 4xx
 * - `done`: the change was made, as the status of the complete response says, but its body cannot be parsed
 * - `unknown`: the request may have been sent, and no complete response says whether the change was made
 *
 * @category models
 * @since 0.1.0
 */
export type WriteOutcome = (typeof writeOutcomes)[number]

/**
 * All values of `WriteOutcome`.
 *
 * @category constants
 * @since 0.1.0
 */
export const writeOutcomes = ["not_done", "done", "unknown"] as const

/**
 * What every error says about the failed call. On an error that a server creates all fields are absent. On an error that a
 * client received they are present as far as they apply: without a request there is no method and no URL. They never
 * contain secrets: the URL has no credentials, and headers are not kept.
 *
 * @category models
 * @since 0.1.0
 */
export interface ErrorContext {
  /** The operation, such as `listHotspotSessionConfig`. */
  readonly operation?: string | undefined
  readonly method?: string | undefined
  readonly url?: string | undefined
  /** How often the call was attempted, retries included. An attempt that gets no credential counts, but sends no request. */
  readonly attempts?: number | undefined
  /** Why no further attempt was made; absent if another attempt would not help or retries are disabled. */
  readonly retry_stop?: RetryStop | undefined
  /** What is known about the change, all attempts considered. Absent for operations that change nothing. */
  readonly outcome?: WriteOutcome | undefined
  /** Of a call that takes several requests: how many users the requests before the failed one have changed. */
  readonly completed?: number | undefined
  /** What the operation advises about this failure, in place of the general hint of the error class. */
  readonly operation_hint?: string | undefined
}

const outcomes: Record<WriteOutcome, string> = {
  not_done: "nothing was changed",
  done: "the change was made",
  unknown: "the change may have been made"
}

/**
 * Appends the details that a support request needs.
 *
 * @internal
 */
export const withDetails = (
  text: string,
  details: ErrorContext & { readonly request_id?: string | undefined }
): string => {
  const parts: Array<string> = []
  if (details.method !== undefined && details.url !== undefined) parts.push(`${details.method} ${details.url}`)
  if (details.request_id !== undefined) parts.push(`request id ${details.request_id}`)
  if (details.attempts !== undefined && details.attempts > 1) parts.push(`${details.attempts} attempts`)
  if (details.completed !== undefined) parts.push(`${details.completed} users were changed before`)
  if (details.outcome !== undefined) {
    const isRest = details.completed !== undefined && details.outcome === "not_done"
    parts.push(isRest ? "nothing more was changed" : outcomes[details.outcome])
  }
  if (details.retry_stop === "quota") parts.push("not retried because the retry quota is used up")
  return parts.length === 0 ? text : `${text} (${parts.join(", ")})`
}

/**
 * Whether the text of a response is a web page, which the service never sends.
 *
 * @internal
 */
export const isWebPage = (text: string | undefined): boolean =>
  /^\s*(?:<\?xml[^>]*>\s*)?<(?:!doctype html|html|head|body)\b/i.test(text ?? "")

/**
 * What to do about a response that is a web page.
 *
 * @internal
 */
export const pageHint = (excerpt: string | undefined): string | undefined =>
  isWebPage(excerpt)
    ? "The response is a web page: a proxy, a firewall or the login page of a network responded in the service's place. Check the endpoint and the proxy."
    : undefined
