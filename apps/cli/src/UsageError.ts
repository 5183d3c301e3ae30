import * as Data from "effect/Data"

/** The command line is wrong. Nothing was done. */
export class UsageError extends Data.TaggedError("UsageError")<{
  readonly message: string
  readonly hint?: string
}> {}
