import { type ErrorContext, withDetails } from "./ErrorContext.js"
import { TaggedError } from "./TaggedError.js"

/**
 * The project ID could not be looked up by region: IAM has no project of that name, or more than one. Not retried.
 *
 * @category errors
 * @since 0.1.0
 */
export class ProjectLookupError extends TaggedError("ProjectLookupError")<
  ErrorContext & {
    /** The region whose project was looked up. */
    readonly region: string
    /** IDs of the projects found: none, or more than one. */
    readonly project_ids: ReadonlyArray<string>
  }
> {
  override get message(): string {
    const found = this.project_ids.length
    return withDetails(
      found === 0
        ? `These credentials have no project in the region ${this.region}`
        : `These credentials have ${found} projects in the region ${this.region}: ${this.project_ids.join(", ")}`,
      this
    )
  }
  get hint(): string | undefined {
    return this.project_ids.length === 0
      ? "Check the region and the account, or give the project ID. Projects are never created automatically."
      : "Give the ID of one of them."
  }
  get retryable(): boolean {
    return false
  }
}
