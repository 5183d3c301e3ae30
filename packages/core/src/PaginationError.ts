import * as Data from "effect/Data"
import { type ErrorContext, withFacts } from "./ErrorContext.js"

/**
 * A page holds only configurations that came before: the server ignores `offset`, or goes round. Reading on would never
 * end, so it stops; what came before is complete up to the offset. Not retried.
 *
 * @category errors
 */
export class PaginationError extends Data.TaggedError("PaginationError")<
  ErrorContext & {
    /** The offset of the page, in configurations. */
    readonly offset: number
    /** How many configurations the page repeats. */
    readonly repeated: number
    /** ID of the first of them, where it has one. */
    readonly id?: string | undefined
  }
> {
  override get message(): string {
    const first = this.id === undefined ? "" : `, the first of them ${this.id}`
    return withFacts(
      `The page at offset ${this.offset} repeats ${this.repeated} configuration${this.repeated === 1 ? "" : "s"} that came before${first}: the server does not page by offset`,
      this
    )
  }
  get hint(): string | undefined {
    return "Something between here and the service drops the offset. Read single pages with a limit of 100, and report the endpoint."
  }
  get retryable(): boolean {
    return false
  }
}
