import type { ParseError } from "effect/ParseResult"
import * as ParseResult from "effect/ParseResult"

/**
 * A problem with a value: where and what.
 *
 * @category models
 * @since 0.1.0
 */
export interface Issue {
  /** Path of the field, such as `items[3].hotspot_exit_session_num`; empty for the value as a whole. */
  readonly path: string
  /** What was expected and what was found. */
  readonly message: string
}

const maxIssues = 10
const maxMessageLength = 200

const formatPath = (path: ReadonlyArray<PropertyKey>): string =>
  path.reduce<string>(
    (text, key) => (typeof key === "number" ? `${text}[${key}]` : text === "" ? String(key) : `${text}.${String(key)}`),
    ""
  )

/** A name as it may have been meant: without regard to case, separators and a plural. */
const looseName = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]|s$/g, "")

const unknownField = (name: string, known: ReadonlyArray<string>): string => {
  if (known.length === 0) return "unknown field"
  const meant = known.find((other) => looseName(other) === looseName(name))
  return meant === undefined ? `unknown field; known are ${known.join(", ")}` : `unknown field; did you mean ${meant}?`
}

/** Schema says only in its message which fields it knows. */
const quotedNames = (message: string): ReadonlyArray<string> =>
  [...message.matchAll(/"(\w+)"/g)].map(([, name = ""]) => name)

/** Removes type names that are internal to this library. */
const withoutTypeNames = (message: string): string =>
  message
    .replace(/ & Brand<"\w+">/g, "")
    .replace(/ ?\(Encoded side\)/g, "")
    .replace(/\bStruct\b/g, "an object")

const plain = ({ _tag, message, path }: ParseResult.ArrayFormatterIssue): string =>
  _tag === "Unexpected" ? unknownField(String(path.at(-1)), quotedNames(message)) : withoutTypeNames(message)

const shorten = (text: string): string =>
  text.length <= maxMessageLength ? text : `${text.slice(0, maxMessageLength - 1)}…`

/**
 * The issues of a `ParseError`, at most ten: one for each path, and of nested paths only the innermost.
 *
 * @category conversions
 * @since 0.1.0
 */
export const issuesOf = (error: ParseError): ReadonlyArray<Issue> => {
  const byPath = new Map<string, string>()
  const outer = new Set<string>()
  for (const issue of ParseResult.ArrayFormatter.formatErrorSync(error)) {
    const path = shorten(formatPath(issue.path))
    if (byPath.has(path)) continue
    byPath.set(path, shorten(plain(issue)))
    for (const depth of issue.path.keys()) outer.add(shorten(formatPath(issue.path.slice(0, depth))))
  }
  return [...byPath]
    .filter(([path]) => !outer.has(path))
    .slice(0, maxIssues)
    .map(([path, message]) => ({ path, message }))
}

/**
 * Issues on one line: `limit must be an integer from 1 to 100; items[0].id: Expected string, actual 7`.
 *
 * @internal
 */
export const formatIssues = (issues: ReadonlyArray<Issue>): string =>
  issues
    .map(({ message, path }) => {
      if (path === "") return message
      return message.startsWith("must ") ? `${path} ${message}` : `${path}: ${message}`
    })
    .join("; ")
