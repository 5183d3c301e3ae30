import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Either from "effect/Either"
import type { Issue, Operation } from "./Core.js"

/** RFC 3986's unreserved characters. */
const isUnreserved = /^[A-Za-z0-9\-._~]*$/

const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)

type Values = Readonly<Record<string, unknown>>

/** Whether parsing a URL would remove the segment, so that the path would be another one. */
const isNoSegment = (text: string | undefined): boolean => text === "" || text === "." || text === ".."

/** A path that stays below an endpoint: it begins with a slash, and parsing a URL would remove nothing of it. */
const pathBelow = /^(?:\/(?!(?:\.|%2e){1,2}(?:\/|$))[^/\\?#]*)+$/i

/** Nearly all requests of a program are for a few operations. */
let lastPath = ""

const isBelow = (path: string): boolean => {
  if (path === lastPath) return true
  if (!pathBelow.test(path)) return false
  lastPath = path
  return true
}

const isScalar = (value: unknown): boolean =>
  typeof value === "string" || Number.isFinite(value) || typeof value === "boolean" || typeof value === "bigint"

/** A comma in an element would be taken for one between two elements. */
const isElement = (value: unknown): boolean => isScalar(value) && !String(value).includes(",")

/** The text of a value, if it has one; that of an array is a list. */
const textOf = (value: unknown): string | undefined =>
  isScalar(value) || (Array.isArray(value) && value.every(isElement)) ? String(value) : undefined

const isEmptyList = (value: unknown): boolean => Array.isArray(value) && value.length === 0

/** The URL of a request. Left is what cannot be part of one: parameters, or the path of an operation of the program. */
export const requestUrl = (
  { path, query = [] }: Operation,
  endpoint: string,
  values: Values
): Either.Either<string, ReadonlyArray<Issue>> => {
  if (!isBelow(path)) {
    const message = 'of the operation must start with "/", without "\\\\", "?", "#" and the segments "." and ".."'
    return Either.left([{ path: "path", message }])
  }
  const issues: Array<Issue> = []
  const encoded = (name: string, text: string | undefined): string => {
    if (text === undefined) {
      issues.push({ path: name, message: "must be text, a finite number, a boolean or a list of these without commas" })
      return ""
    }
    if (isUnreserved.test(text)) return text
    if (!/\p{Surrogate}/u.test(text)) return encode(text)
    issues.push({ path: name, message: "must be well-formed Unicode" })
    return ""
  }
  // A pattern and a function that replaces its matches would take twice as long.
  const [start = "", ...parameters] = path.split("{")
  let url = endpoint + start
  for (const parameter of parameters) {
    const [name = "", rest = ""] = parameter.split("}")
    const text = textOf(values[name] ?? "")
    if (isNoSegment(text)) issues.push({ path: name, message: `must not be ${text === "" ? "empty" : `"${text}"`}` })
    url += encoded(name, text) + rest
  }
  let separator = "?"
  for (const name of query) {
    const value = values[name]
    if (value === undefined || isEmptyList(value)) continue
    url += `${separator}${name}=${encoded(name, textOf(value))}`
    separator = "&"
  }
  return issues.length === 0 ? Either.right(url) : Either.left(issues)
}

const jsonOf = (value: unknown): Either.Either<string, unknown> => Either.try(() => JSON.stringify(value))

/** The body of a request. Left is what JSON does not have, such as a `BigInt`. */
const bodyOf = (names: ReadonlyArray<string>, values: Values): Either.Either<string, ReadonlyArray<Issue>> =>
  Either.mapLeft(jsonOf(Object.fromEntries(names.map((name) => [name, values[name]]))), () =>
    names
      .filter((name) => Either.isLeft(jsonOf(values[name])))
      .map((path) => ({ path, message: "must be a value that JSON has" }))
  )

/** A request before it is authorised. `base` has the headers that all requests have. Left is what cannot be part of its body. */
export const createRequest = (
  { body, method }: Operation,
  url: string,
  values: Values,
  base: HttpClientRequest.HttpClientRequest
): Either.Either<HttpClientRequest.HttpClientRequest, ReadonlyArray<Issue>> => {
  const located = HttpClientRequest.setUrl(base, url)
  const request = method === base.method ? located : HttpClientRequest.setMethod(located, method)
  return body === undefined
    ? Either.right(request)
    : Either.map(bodyOf(body, values), (json) => HttpClientRequest.bodyText(request, json, "application/json"))
}
