import { type ErrorContext, withDetails } from "./ErrorContext.js"
import { TaggedError } from "./TaggedError.js"

/**
 * A page has only configurations of earlier pages: the server ignores `offset` or starts over. Reading further pages would
 * never end. What was received before is complete up to the offset. Not retried.
 *
 * @category errors
 * @since 0.1.0
 */
export class PaginationError extends TaggedError("PaginationError")<
  ErrorContext & {
    /** The offset of the page, in configurations. */
    readonly offset: number
    /** Number of configurations that the page repeats. */
    readonly repeated: number
    /** ID of the first repeated configuration, if it has one. */
    readonly id?: string | undefined
  }
> {
  override get message(): string {
    const first = this.id === undefined ? "" : ` (the first is ${this.id})`
    return withDetails(
      `The page at offset ${this.offset} repeats ${this.repeated} configuration${this.repeated === 1 ? "" : "s"} of earlier pages${first}: the server ignores the offset`,
      this
    )
  }
  get hint(): string | undefined {
    return "A proxy may remove the offset from requests. Read single pages with a limit of 100, and report the endpoint."
  }
  get retryable(): boolean {
    return false
  }
}
