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
    /** The name of the project, if it was looked up by another name than the region's. */
    readonly project_name?: string | undefined
    /** IDs of the projects found: none, or more than one. */
    readonly project_ids: ReadonlyArray<string>
  }
> {
  override get message(): string {
    const found = this.project_ids.length
    const what = this.project_name === undefined ? `in the region ${this.region}` : `named ${this.project_name}`
    return withDetails(
      found === 0
        ? `These credentials have no project ${what}`
        : `These credentials have ${found} projects ${what}: ${this.project_ids.join(", ")}`,
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
