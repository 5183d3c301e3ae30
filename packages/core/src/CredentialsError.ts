import * as Schema from "effect/Schema"
import { errorContextFields, withFacts } from "./ErrorContext.js"

/**
 * One place that was looked at for credentials, and why it gave none.
 *
 * @category errors
 */
export const CredentialsAttempt = Schema.Struct({
  /** The place, such as `environment` or a file's path. */
  source: Schema.String,
  /** Why it was passed over. */
  reason: Schema.String
})

/**
 * @category errors
 */
export interface CredentialsAttempt extends Schema.Schema.Type<typeof CredentialsAttempt> {}

/**
 * There are no credentials, or they cannot be used; nothing was sent. Holds no secret. Not retried.
 *
 * @category errors
 */
export class CredentialsError extends Schema.TaggedError<CredentialsError>("@hotspot-session/core/CredentialsError")(
  "CredentialsError",
  {
    ...errorContextFields,
    /** What is wrong. */
    reason: Schema.String,
    /** What to do about it. */
    advice: Schema.optional(Schema.String),
    /** Where credentials were looked for. */
    attempted: Schema.optionalWith(Schema.Array(CredentialsAttempt), { default: () => [] })
  }
) {
  override get message(): string {
    const attempted = this.attempted.map(({ reason, source }) => `${source}: ${reason}`).join("; ")
    return withFacts(attempted === "" ? this.reason : `${this.reason}: ${attempted}`, this)
  }
  get hint(): string | undefined {
    return this.advice
  }
  get retryable(): boolean {
    return false
  }
}
