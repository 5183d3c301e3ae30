import { projectIdPattern } from "@hotspot-session/core"
import * as Either from "effect/Either"

/**
 * What a key may be used for.
 *
 * @category models
 * @since 0.1.0
 */
export type Permission = "read" | "write"

/**
 * What the holder of a key may do. `{}` may read all projects.
 *
 * @category models
 * @since 0.1.0
 */
export interface KeyGrant {
  /** The name of the key's holder, for logs: 1 to 64 letters, digits, or any of `_ . : @ / -`. Default: none. */
  readonly name?: string | undefined
  /** Default: only `read`. */
  readonly permissions?: ReadonlyArray<Permission> | undefined
  /** The IDs of the projects that the key opens. Default: all. */
  readonly projects?: ReadonlyArray<string> | undefined
  /**
   * When the key expires, in UTC: a date such as `2027-01-31` (from 00:00), or a date and time such as
   * `2027-01-31T12:00:00Z`. Default: never.
   */
  readonly expires?: string | undefined
}

/**
 * Whether a text can be the name of a key.
 *
 * @category guards
 * @since 0.1.0
 */
export const isName = (text: string): boolean => /^[\w.:@/-]{1,64}$/.test(text)

/**
 * Whether a text is a permission.
 *
 * @category guards
 * @since 0.1.0
 */
export const isPermission = (text: unknown): text is Permission => text === "read" || text === "write"

const instantFormat = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\dZ)?$/

/**
 * When a key expires, in epoch milliseconds; `undefined` if the text is neither a date nor a date and time in UTC.
 *
 * @category conversions
 * @since 0.1.0
 */
export const parseExpiry = (text: string): number | undefined => {
  const millis = instantFormat.test(text) ? Date.parse(text) : Number.NaN
  // `Date.parse` takes the 31st of a month of 30 days for the first of the next one.
  return !Number.isNaN(millis) && new Date(millis).toISOString().startsWith(text.replace("Z", "")) ? millis : undefined
}

const isListOf = (is: (text: string) => boolean, list: ReadonlyArray<string> | undefined): boolean =>
  list === undefined || (list.length > 0 && list.every(is))

/**
 * Why a grant is invalid, as the end of a sentence; `undefined` if it is valid.
 *
 * @category guards
 * @since 0.1.0
 */
export const problemOf = ({ expires, name, permissions, projects }: KeyGrant): string | undefined => {
  if (name !== undefined && !isName(name)) return "its name is not 1 to 64 letters, digits, or any of _ . : @ / -"
  if (!isListOf(isPermission, permissions)) return "its permissions are not read, write or both"
  if (!isListOf((id) => projectIdPattern.test(id), projects)) return "its projects are not IDs of projects"
  if (expires !== undefined && parseExpiry(expires) === undefined) {
    return "its expiry is not a date such as 2027-01-31, or a time in UTC such as 2027-01-31T12:00:00Z"
  }
  return undefined
}

/** The words of a key's line, in their order, each with how its value is read. */
const words: Record<keyof KeyGrant, (value: string) => unknown> = {
  name: (value) => value,
  permissions: (value) => value.split(","),
  projects: (value) => value.split(","),
  expires: (value) => value
}

const isWord = (text: string): text is keyof KeyGrant => Object.hasOwn(words, text)

/** What follows a key on its line. */
const expectedFields = "name=…, permissions=read,write, projects=ID,ID and expires=DATE, each at most once"

/**
 * Parses what follows a key on its line, such as `name=ci permissions=read,write projects=a,b`. Left is the end of a
 * sentence. Words that are not known are rejected: a misspelt restriction would otherwise be none.
 *
 * @category conversions
 * @since 0.1.0
 */
export const parse = (fields: ReadonlyArray<string>): Either.Either<KeyGrant, string> => {
  const grant: Record<string, unknown> = {}
  for (const field of fields) {
    const [, word = "", value = ""] = /^([a-z]+)=(.+)$/.exec(field) ?? []
    if (!isWord(word) || word in grant) return Either.left(`followed only by ${expectedFields}`)
    grant[word] = words[word](value)
  }
  const problem = problemOf(grant)
  return problem === undefined ? Either.right(grant) : Either.left(`with valid fields: ${problem}`)
}

/**
 * A grant as it is written after a key on its line; empty for `{}`.
 *
 * @category conversions
 * @since 0.1.0
 */
export const format = (grant: KeyGrant): string =>
  (Object.keys(words) as ReadonlyArray<keyof KeyGrant>)
    .flatMap((word) => (grant[word] === undefined ? [] : [`${word}=${grant[word]}`]))
    .join(" ")
