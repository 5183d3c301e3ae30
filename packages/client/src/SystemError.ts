import * as Predicate from "effect/Predicate"

/**
 * Whether a value is an error, also one of another realm: Jest runs tests in a context whose `Error` those of Node.js are no
 * instances of.
 */
export const isError = (value: unknown): value is Error =>
  Predicate.hasProperty(value, "message") && typeof value.message === "string"

/** The code of an error of the system, such as `ECONNREFUSED`. */
export const codeOf = (error: unknown): string | undefined =>
  Predicate.hasProperty(error, "code") && typeof error.code === "string" ? error.code : undefined
