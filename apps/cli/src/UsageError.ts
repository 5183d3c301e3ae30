import * as Data from "effect/Data"

/** The command line is invalid. Nothing was done. */
export class UsageError extends Data.TaggedError("UsageError")<{
  readonly message: string
  readonly hint?: string
}> {}
