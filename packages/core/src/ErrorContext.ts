/**
 * Why an error that may pass was not tried again (or not once more):
 *
 * - `attempts`: all attempts that the policy allows were made
 * - `elapsed`: the next attempt would come later than the policy or the deadline allows
 * - `quota`: the client's retry quota is used up, because other calls failed too
 *
 * @category models
 */
export type RetryStop = "attempts" | "elapsed" | "quota"

/**
 * What every error tells about the call that it ended. All fields are absent on an error that a server makes. On one that a
 * client received they are present as far as they apply: where nothing was sent there is no method and no URL. None of them
 * can hold a secret: the URL has no credentials and no header is kept.
 *
 * @category models
 */
export interface ErrorContext {
  /** The operation, such as `listHotspotSessionConfig`. */
  readonly operation?: string | undefined
  /** The HTTP method. */
  readonly method?: string | undefined
  /** The URL that was asked. */
  readonly url?: string | undefined
  /** How often the request was made, retries included. */
  readonly attempts?: number | undefined
  /** Why no further attempt was made; absent where none would help or retrying is off. */
  readonly retry_stop?: RetryStop | undefined
}

/**
 * Ends a message with the facts that a support request needs.
 *
 * @internal
 */
export const withFacts = (text: string, facts: ErrorContext & { readonly request_id?: string | undefined }): string => {
  const parts: Array<string> = []
  if (facts.method !== undefined && facts.url !== undefined) parts.push(`${facts.method} ${facts.url}`)
  if (facts.request_id !== undefined) parts.push(`request id ${facts.request_id}`)
  if (facts.attempts !== undefined && facts.attempts > 1) parts.push(`${facts.attempts} attempts`)
  if (facts.retry_stop === "quota") parts.push("not tried again because the retry quota is used up")
  return parts.length === 0 ? text : `${text} (${parts.join(", ")})`
}
