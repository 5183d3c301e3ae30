import * as Schema from "effect/Schema"
import { errorContextFields, withFacts } from "./ErrorContext.js"
import { formatIssues, Issue } from "./Issue.js"

/**
 * A parameter is out of its range; nothing was sent. Not retried.
 *
 * @category errors
 */
export class InvalidRequest extends Schema.TaggedError<InvalidRequest>("@hotspot-session/core/InvalidRequest")(
  "InvalidRequest",
  {
    ...errorContextFields,
    /** What is wrong and where. */
    issues: Schema.Array(Issue)
  }
) {
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
