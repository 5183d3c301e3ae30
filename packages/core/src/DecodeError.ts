import * as Data from "effect/Data"
import { type ErrorContext, withFacts } from "./ErrorContext.js"
import { formatIssues, type Issue } from "./Issue.js"

/**
 * The answer has status 200, but its body is not what the documentation says. Not retried.
 *
 * @category errors
 */
export class DecodeError extends Data.TaggedError("DecodeError")<
  ErrorContext & {
    /** Status of the answer. */
    readonly status: number
    /** ID of the request, from the answer's `X-Request-Id`. */
    readonly request_id?: string | undefined
    /** What is wrong and where, at most ten. */
    readonly issues: ReadonlyArray<Issue>
    /** The beginning of a body that is not JSON, at most 200 characters. */
    readonly excerpt?: string | undefined
  }
> {
  override get message(): string {
    const excerpt = this.excerpt === undefined ? "" : `: “${this.excerpt}”`
    return withFacts(`The answer cannot be read: ${formatIssues(this.issues)}${excerpt}`, this)
  }
  get hint(): string | undefined {
    return "Check that the endpoint is Workspace's and that no proxy changes answers. Otherwise the API has changed: report it with the request ID."
  }
  get retryable(): boolean {
    return false
  }
}
