import * as Data from "effect/Data"

/** A setting is missing or invalid. Nothing was sent. */
export class ConfigurationError extends Data.TaggedError("ConfigurationError")<{
  readonly message: string
  readonly hint?: string | undefined
}> {}
