import { TaggedError } from "@hotspot-session/core/TaggedError"

/**
 * A file of targets or users is invalid.
 *
 * @category errors
 * @since 0.1.0
 */
export class TextFileError extends TaggedError("TextFileError")<{
  /** The number of the line; absent if the problem is the whole file. */
  readonly line?: number | undefined
  /** The problem, as the end of a sentence that begins with the line or the file. */
  readonly problem: string
  readonly hint: string
}> {
  override get message(): string {
    return `${this.line === undefined ? "The file" : `Line ${this.line}`} ${this.problem}.`
  }
}
