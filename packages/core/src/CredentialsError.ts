import type * as Duration from "effect/Duration"
import { type ErrorContext, withDetails } from "./ErrorContext.js"
import { TaggedError } from "./TaggedError.js"

/**
 * A source that was searched for credentials, and why it was skipped.
 *
 * @category errors
 * @since 0.1.0
 */
export interface CredentialsAttempt {
  /** Name of the source, such as `environment` or a file's path. */
  readonly source: string
  /** Why the source was skipped. */
  readonly reason: string
  /** The names that exist, if the requested one does not. */
  readonly others?: ReadonlyArray<string> | undefined
}

interface Fields extends ErrorContext {
  /** What is wrong. */
  readonly reason: string
  /** What to do about it. */
  readonly hint?: string | undefined
  /** Whether the failure may be temporary, as when IAM is down; it is then retried like the call itself. */
  readonly transient: boolean
  /** Whether the provider of the credentials failed, cannot be reached or did not respond in time. */
  readonly unavailable: boolean
  /** The provider's `Retry-After`. */
  readonly retry_after?: Duration.Duration | undefined
  /** Whether credentials exist but cannot be used as intended. No other credentials are used in their place. */
  readonly refused?: boolean | undefined
  /** The sources that were searched. */
  readonly attempted: ReadonlyArray<CredentialsAttempt>
}

type Defaults = "transient" | "unavailable" | "attempted"

/**
 * There are no credentials, or they cannot be used; the attempt sent no request, so that there is no `method` and no `url`.
 * Holds no secret. Retried if `transient` (default: false), and not before `retry_after`.
 *
 * @category errors
 * @since 0.1.0
 */
export class CredentialsError extends TaggedError("CredentialsError")<Fields> {
  constructor({
    attempted = [],
    transient = false,
    unavailable = false,
    ...fields
  }: Omit<Fields, Defaults> & { readonly [Name in Defaults]?: Fields[Name] | undefined }) {
    super({ ...fields, transient, unavailable, attempted })
  }
  override get message(): string {
    const attempted = this.attempted.map(({ reason, source }) => `${source}: ${reason}`).join("; ")
    return withDetails(attempted === "" ? this.reason : `${this.reason}: ${attempted}`, this)
  }
  get retryable(): boolean {
    return this.transient
  }
}
