import { type ErrorContext, pageHint, withDetails } from "./ErrorContext.js"
import { formatIssues, type Issue } from "./Issue.js"
import { TaggedError } from "./TaggedError.js"

/**
 * The response has a status of success, but its body does not match the documentation. Not retried.
 *
 * @category errors
 * @since 0.1.0
 */
export class DecodeError extends TaggedError("DecodeError")<
  ErrorContext & {
    /** Status of the response. */
    readonly status: number
    /** ID of the request, from the response's `X-Request-Id`. */
    readonly request_id?: string | undefined
    /** What is wrong and where: at most ten issues. */
    readonly issues: ReadonlyArray<Issue>
    /** The start of a body that is not JSON, at most 200 characters. */
    readonly excerpt?: string | undefined
  }
> {
  override get message(): string {
    const excerpt = this.excerpt === undefined ? "" : `: “${this.excerpt}”`
    return withDetails(`The response cannot be parsed: ${formatIssues(this.issues)}${excerpt}`, this)
  }
  get hint(): string | undefined {
    return (
      this.operation_hint ??
      pageHint(this.excerpt) ??
      "Check that the endpoint is Workspace's and that no proxy changes responses. If both are fine, the API has changed: report it with the request ID."
    )
  }
  get retryable(): boolean {
    return false
  }
}
