/**
 * Checks of settings at run time, for callers in JavaScript. Each returns a `ConfigError` that names the setting, what it
 * must be and what it was.
 */
import * as ConfigError from "effect/ConfigError"
import * as Duration from "effect/Duration"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type { Issue } from "./Issue.js"

/**
 * A valid setting, or the error that says what is wrong with it.
 *
 * @category models
 * @since 0.1.0
 */
export type Checked<A> = Either.Either<A, ConfigError.ConfigError>

const maxShownLength = 60

/**
 * Formats any value on one line for a message: strings in quotes and cut to 60 characters, objects without their contents.
 *
 * @category conversions
 * @since 0.1.0
 */
export const show = (value: unknown): string => {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value.length <= maxShownLength ? value : `${value.slice(0, maxShownLength - 1)}…`)
    case "bigint":
      return `${value}n`
    case "object":
      return value === null ? "null" : Array.isArray(value) ? "an array" : "an object"
    case "function":
      return "a function"
    default:
      return String(value)
  }
}

/**
 * The error for a setting: `timeout must be a time, was "soon"`.
 *
 * @example
 * ```ts
 * import { Setting } from "@hotspot-session/core"
 *
 * // timeout must be a duration, was "soon"
 * const error = Setting.invalid("timeout", "a duration", "soon")
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const invalid = (name: string, expected: string, value: unknown): ConfigError.ConfigError =>
  ConfigError.InvalidData([name], `${name} must be ${expected}, was ${show(value)}`)

/**
 * The message of a `ConfigError`, without its path.
 *
 * @category conversions
 * @since 0.1.0
 */
export const messageOf = (error: ConfigError.ConfigError): string =>
  "message" in error ? error.message : String(error)

/**
 * The error of one setting as an `Issue`.
 *
 * @category conversions
 * @since 0.1.0
 */
export const issueOf = (error: ConfigError.ConfigError): Issue => {
  const message = messageOf(error)
  const name = "path" in error ? error.path.join(".") : ""
  return { path: name, message: message.startsWith(`${name} `) ? message.slice(name.length + 1) : message }
}

/** `Duration` would decode a negative number and `NaN` as 0. */
const isNegative = (value: unknown): boolean => {
  if (typeof value === "number") return !(value >= 0)
  if (typeof value === "bigint") return value < 0n
  if (typeof value === "string") return value.startsWith("-")
  return Array.isArray(value) && value.some(isNegative)
}

const durationOf = (value: unknown): Option.Option<Duration.Duration> =>
  isNegative(value) ? Option.none() : Duration.decodeUnknown(value)

/**
 * Checks a duration of 0 or longer. Default: `fallback`.
 *
 * @category conversions
 * @since 0.1.0
 */
export const duration = (name: string, value: unknown, fallback: Duration.DurationInput): Checked<Duration.Duration> =>
  Either.fromOption(durationOf(value ?? fallback), () =>
    invalid(name, 'a duration such as "30 seconds", or milliseconds, not negative', value)
  )

/**
 * Checks a duration longer than 0. Default: `fallback`.
 *
 * @category conversions
 * @since 0.1.0
 */
export const positiveDuration = (
  name: string,
  value: unknown,
  fallback: Duration.DurationInput
): Checked<Duration.Duration> =>
  Either.fromOption(Option.filter(durationOf(value ?? fallback), Duration.greaterThan(Duration.zero)), () =>
    invalid(name, 'a duration longer than 0, such as "30 seconds", or milliseconds', value)
  )

/**
 * Checks an integer within bounds. Without `max`, `Infinity` is allowed too. Default: `fallback`.
 *
 * @category conversions
 * @since 0.1.0
 */
export const integer = (
  name: string,
  value: unknown,
  fallback: number,
  { max, min }: { readonly min: number; readonly max?: number | undefined }
): Checked<number> => {
  const number = value ?? fallback
  const isAllowed = Number.isSafeInteger(number) || (max === undefined && number === Number.POSITIVE_INFINITY)
  return typeof number === "number" && isAllowed && number >= min && (max === undefined || number <= max)
    ? Either.right(number)
    : Either.left(
        invalid(name, max === undefined ? `an integer from ${min}` : `an integer from ${min} to ${max}`, value)
      )
}

/**
 * Checks for one of several strings. Default: `fallback`.
 *
 * @category conversions
 * @since 0.1.0
 */
export const oneOf = <const A extends string>(
  name: string,
  value: unknown,
  fallback: A,
  options: ReadonlyArray<A>
): Checked<A> => {
  const found = options.find((option) => option === (value ?? fallback))
  return found === undefined ? Either.left(invalid(name, `one of ${options.join(", ")}`, value)) : Either.right(found)
}

/**
 * Checks an optional setting with a type guard.
 *
 * @category conversions
 * @since 0.1.0
 */
export const optional = <A>(
  name: string,
  value: unknown,
  expected: string,
  isValid: (value: unknown) => value is A
): Checked<A | undefined> =>
  value === undefined || value === null
    ? Either.right(undefined)
    : isValid(value)
      ? Either.right(value)
      : Either.left(invalid(name, expected, value))
