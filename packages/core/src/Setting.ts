/**
 * Checks of settings, for those that come from JavaScript or around the types. They give `ConfigError`s that name the
 * setting, say what it must be, and show what it was.
 */
import * as ConfigError from "effect/ConfigError"
import * as Duration from "effect/Duration"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type { Issue } from "./Issue.js"

/**
 * A setting, or what is wrong with it.
 *
 * @category models
 */
export type Checked<A> = Either.Either<A, ConfigError.ConfigError>

const maxShownLength = 60

/**
 * Any value on one line, for a message: strings in quotes and cut to 60 characters, of objects only that they are ones.
 *
 * @category conversions
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
 * @category constructors
 */
export const invalid = (name: string, mustBe: string, value: unknown): ConfigError.ConfigError =>
  ConfigError.InvalidData([name], `${name} must be ${mustBe}, was ${show(value)}`)

/**
 * What a `ConfigError` says, without where.
 *
 * @category conversions
 */
export const messageOf = (error: ConfigError.ConfigError): string =>
  "message" in error ? error.message : String(error)

/**
 * The error of one setting as an `Issue`.
 *
 * @category conversions
 */
export const issueOf = (error: ConfigError.ConfigError): Issue => {
  const message = messageOf(error)
  const name = "path" in error ? error.path.join(".") : ""
  return { path: name, message: message.startsWith(`${name} `) ? message.slice(name.length + 1) : message }
}

/** `Duration` takes what is negative or no number for 0. */
const isNegative = (value: unknown): boolean => {
  if (typeof value === "number") return !(value >= 0)
  if (typeof value === "bigint") return value < 0n
  if (typeof value === "string") return value.startsWith("-")
  return Array.isArray(value) && value.some(isNegative)
}

const durationOf = (value: unknown): Option.Option<Duration.Duration> =>
  isNegative(value) ? Option.none() : Duration.decodeUnknown(value)

/**
 * A time that may be 0. Default: `fallback`.
 *
 * @category conversions
 */
export const duration = (name: string, value: unknown, fallback: Duration.DurationInput): Checked<Duration.Duration> =>
  Either.fromOption(durationOf(value ?? fallback), () =>
    invalid(name, 'a time such as "30 seconds", or milliseconds, not negative', value)
  )

/**
 * A time longer than 0. Default: `fallback`.
 *
 * @category conversions
 */
export const positiveDuration = (
  name: string,
  value: unknown,
  fallback: Duration.DurationInput
): Checked<Duration.Duration> =>
  Either.fromOption(Option.filter(durationOf(value ?? fallback), Duration.greaterThan(Duration.zero)), () =>
    invalid(name, 'a time longer than 0, such as "30 seconds", or milliseconds', value)
  )

/**
 * An integer within bounds. Without a `max`, also `Infinity`. Default: `fallback`.
 *
 * @category conversions
 */
export const integer = (
  name: string,
  value: unknown,
  fallback: number,
  { max, min }: { readonly min: number; readonly max?: number | undefined }
): Checked<number> => {
  const given = value ?? fallback
  const isWhole = Number.isSafeInteger(given) || (max === undefined && given === Number.POSITIVE_INFINITY)
  return typeof given === "number" && isWhole && given >= min && (max === undefined || given <= max)
    ? Either.right(given)
    : Either.left(
        invalid(name, max === undefined ? `an integer from ${min}` : `an integer from ${min} to ${max}`, value)
      )
}

/**
 * One of some strings. Default: `fallback`.
 *
 * @category conversions
 */
export const oneOf = <const A extends string>(
  name: string,
  value: unknown,
  fallback: A,
  possible: ReadonlyArray<A>
): Checked<A> => {
  const given = possible.find((each) => each === (value ?? fallback))
  return given === undefined ? Either.left(invalid(name, `one of ${possible.join(", ")}`, value)) : Either.right(given)
}

/**
 * What may be absent, and is else what a guard takes it for.
 *
 * @category conversions
 */
export const optional = <A>(
  name: string,
  value: unknown,
  mustBe: string,
  is: (value: unknown) => value is A
): Checked<A | undefined> =>
  value === undefined || value === null
    ? Either.right(undefined)
    : is(value)
      ? Either.right(value)
      : Either.left(invalid(name, mustBe, value))
