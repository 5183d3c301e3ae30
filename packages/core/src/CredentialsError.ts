import * as Data from "effect/Data"
import type * as Duration from "effect/Duration"
import { type ErrorContext, withFacts } from "./ErrorContext.js"

/**
 * One place that was looked at for credentials, and why it gave none.
 *
 * @category errors
 */
export interface CredentialsAttempt {
  /** The place, such as `environment` or a file's path. */
  readonly source: string
  /** Why it was passed over. */
  readonly reason: string
  /** The names that are there, where one that was asked for is not. */
  readonly others?: ReadonlyArray<string> | undefined
}

interface Fields extends ErrorContext {
  /** What is wrong. */
  readonly reason: string
  /** What to do about it. */
  readonly advice?: string | undefined
  /** Whether it may pass, as where IAM is down; then it is tried again like the call itself. */
  readonly transient: boolean
  /** Whether it is not the credentials' fault: who gives them cannot be reached, does not answer in time, or fails. */
  readonly unavailable: boolean
  /** How long whoever gives them asks to wait, where it does. */
  readonly retry_after?: Duration.Duration | undefined
  /** Whether there are credentials that cannot be used as they are meant, so that no others were used in their place. */
  readonly refused?: boolean | undefined
  /** Where credentials were looked for. */
  readonly attempted: ReadonlyArray<CredentialsAttempt>
}

type Defaults = "transient" | "unavailable" | "attempted"

/**
 * There are no credentials, or they cannot be used; the call was not made. Holds no secret. Retried where it is
 * `transient`, which it is not where nothing is said, and not before `retry_after`.
 *
 * @category errors
 */
export class CredentialsError extends Data.TaggedError("CredentialsError")<Fields> {
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
    return withFacts(attempted === "" ? this.reason : `${this.reason}: ${attempted}`, this)
  }
  get hint(): string | undefined {
    return this.advice
  }
  get retryable(): boolean {
    return this.transient
  }
}
