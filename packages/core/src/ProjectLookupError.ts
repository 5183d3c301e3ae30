import * as Data from "effect/Data"
import { type ErrorContext, withFacts } from "./ErrorContext.js"

/**
 * The project ID was to be found by the region, and IAM knows no project of that name, or several. Not retried.
 *
 * @category errors
 */
export class ProjectLookupError extends Data.TaggedError("ProjectLookupError")<
  ErrorContext & {
    /** The region whose project was looked for. */
    readonly region: string
    /** IDs of the projects found: none, or more than one. */
    readonly project_ids: ReadonlyArray<string>
  }
> {
  override get message(): string {
    const found = this.project_ids.length
    return withFacts(
      found === 0
        ? `These credentials have no project in the region ${this.region}`
        : `These credentials have ${found} projects in the region ${this.region}: ${this.project_ids.join(", ")}`,
      this
    )
  }
  get hint(): string | undefined {
    return this.project_ids.length === 0
      ? "Check the region and the account, or give the project ID. A project is never created for you."
      : "Give the ID of the one you mean."
  }
  get retryable(): boolean {
    return false
  }
}
