import { type ErrorContext, withDetails } from "./ErrorContext.js"
import { formatIssues, type Issue } from "./Issue.js"
import { TaggedError } from "./TaggedError.js"

/**
 * A parameter is invalid, or a field is unknown; nothing was sent. Not retried.
 *
 * @category errors
 * @since 0.1.0
 */
export class InvalidRequest extends TaggedError("InvalidRequest")<
  ErrorContext & {
    /** What is wrong and where. */
    readonly issues: ReadonlyArray<Issue>
  }
> {
  override get message(): string {
    return withDetails(`The request is not valid and was not sent: ${formatIssues(this.issues)}`, this)
  }
  get hint(): string | undefined {
    return "Correct these parameters."
  }
  get retryable(): boolean {
    return false
  }
}
