import * as Data from "effect/Data"
import { type ErrorContext, withFacts } from "./ErrorContext.js"
import { formatIssues, type Issue } from "./Issue.js"

/**
 * A parameter is out of its range; nothing was sent. Not retried.
 *
 * @category errors
 */
export class InvalidRequest extends Data.TaggedError("InvalidRequest")<
  ErrorContext & {
    /** What is wrong and where. */
    readonly issues: ReadonlyArray<Issue>
  }
> {
  override get message(): string {
    return withFacts(`The request is not valid and was not sent: ${formatIssues(this.issues)}`, this)
  }
  get hint(): string | undefined {
    return "Correct the parameters named."
  }
  get retryable(): boolean {
    return false
  }
}
