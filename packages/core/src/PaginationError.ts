import { type ErrorContext, withDetails } from "./ErrorContext.js"
import { TaggedError } from "./TaggedError.js"

/**
 * A page has only items of earlier pages: the server ignores `offset` or starts over. Reading further pages would
 * never end. What was received before is complete up to the offset. Not retried.
 *
 * @category errors
 * @since 0.1.0
 */
export class PaginationError extends TaggedError("PaginationError")<
  ErrorContext & {
    /** The offset of the page, in items. */
    readonly offset: number
    /** Number of items that the page repeats. */
    readonly repeated: number
    /** ID of the first repeated item, if it has one. */
    readonly id?: string | undefined
  }
> {
  override get message(): string {
    const first = this.id === undefined ? "" : ` (the first is ${this.id})`
    const cause = this.id === undefined ? ", without IDs that would tell them apart" : ": the server ignores the offset"
    return withDetails(
      `The page at offset ${this.offset} repeats ${this.repeated} item${this.repeated === 1 ? "" : "s"} of earlier pages${first}${cause}`,
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
