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
 * There are no credentials, or they cannot be used; the call was not made. Holds no secret. Retried where it is
 * `transient`.
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
    /** Whether it may pass, as where IAM is down; then it is tried again like the call itself. */
    transient: Schema.optionalWith(Schema.Boolean, { default: () => false }),
    /** Whether it is not the credentials' fault: who gives them cannot be reached, does not answer in time, or fails. */
    unavailable: Schema.optionalWith(Schema.Boolean, { default: () => false }),
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
    return this.transient
  }
}
