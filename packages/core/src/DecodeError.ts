import * as Schema from "effect/Schema"
import { errorContextFields, withFacts } from "./ErrorContext.js"
import { formatIssues, Issue } from "./Issue.js"

/**
 * The answer has status 200, but its body is not what the documentation says. Not retried.
 *
 * @category errors
 */
export class DecodeError extends Schema.TaggedError<DecodeError>("@hotspot-session/core/DecodeError")("DecodeError", {
  ...errorContextFields,
  /** Status of the answer. */
  status: Schema.Int,
  /** ID of the request, from the answer's `X-Request-Id`. */
  request_id: Schema.optional(Schema.String),
  /** What is wrong and where, at most ten. */
  issues: Schema.Array(Issue),
  /** The beginning of a body that is not JSON, at most 200 characters. */
  excerpt: Schema.optional(Schema.String)
}) {
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
