import { InvalidArgumentError } from "@commander-js/extra-typings"
import { parseDuration } from "@hotspot-session/settings/Durations"
import { didYouMean } from "@hotspot-session/settings/Nearest"

/** Parses an option's value; throws an `InvalidArgumentError` that says what it must be. */
type Reader<A> = (value: string) => A

/** The signature of commander: `previous` is the value of an earlier occurrence. */
type Parser<A> = (value: string, previous: A | undefined) => A

/** Rejects a repeated option, because one of its values would be silently ignored. */
export const once =
  <A>(read: Reader<A>): Parser<A> =>
  (value, previous) => {
    if (previous !== undefined) throw new InvalidArgumentError("The option can be used only once.")
    return read(value)
  }

/** Accepts a repeated option with distinct values. */
export const several =
  <A>(read: Reader<A>): Parser<ReadonlyArray<A>> =>
  (value, previous = []) => {
    const item = read(value)
    if (previous.includes(item)) throw new InvalidArgumentError("The value is repeated.")
    return [...previous, item]
  }

/** Rejects what decoding puts in place of octets that are not UTF-8. */
export const requireUtf8 = (value: string): void => {
  if (value.includes("\uFFFD")) throw new InvalidArgumentError("It must be UTF-8.")
}

export const text: Reader<string> = (value) => {
  if (value.trim() === "") throw new InvalidArgumentError("It must not be empty.")
  requireUtf8(value)
  return value
}

export const integer =
  (min: number, max: number): Reader<number> =>
  (value) => {
    const number = Number(value)
    if (!/^\d+$/.test(value) || number < min || number > max) {
      throw new InvalidArgumentError(`It must be an integer from ${min} to ${max}.`)
    }
    return number
  }

const maxTimer = 2 ** 31 - 1

/** A duration such as `30s`, in milliseconds. */
export const duration: Reader<number> = (value) => {
  const time = parseDuration(value)
  if (!(time > 0)) throw new InvalidArgumentError("It must be a duration such as 500ms, 30s or 2m.")
  if (time > maxTimer) throw new InvalidArgumentError("It must be at most 24 days.")
  return time
}

/** "a, b or c". */
export const alternatives = (values: ReadonlyArray<string>): string =>
  [values.slice(0, -1).join(", "), ...values.slice(-1)].filter((part) => part !== "").join(" or ")

export const choice =
  <A extends string>(values: ReadonlyArray<A>): Reader<A> =>
  (value) => {
    const chosen = values.find((candidate) => candidate === value)
    if (chosen !== undefined) return chosen
    throw new InvalidArgumentError(`It must be ${alternatives(values)}. ${didYouMean(value, values)}`.trim())
  }
