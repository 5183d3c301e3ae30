import * as Data from "effect/Data"

/** The command line is wrong. Nothing was done. */
export class UsageError extends Data.TaggedError("UsageError")<{
  readonly message: string
  readonly hint?: string
}> {}

/** A setting is missing or cannot be right. Nothing was sent. */
export class ConfigurationError extends Data.TaggedError("ConfigurationError")<{
  readonly message: string
  readonly hint?: string
}> {}
