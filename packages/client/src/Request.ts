import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Either from "effect/Either"
import type { Issue, Operation } from "./Core.js"

/** RFC 3986's unreserved characters. */
const isUnreserved = /^[A-Za-z0-9\-._~]*$/

const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)

type Values = Readonly<Record<string, unknown>>

/** Whether a URL would resolve the segment away, so that the path would be another one. */
const isNoSegment = (text: string): boolean => text === "" || text === "." || text === ".."

/** The URL of a request. Left is the parameters that cannot be part of one. */
export const requestUrl = (
  { path, query = [] }: Operation,
  endpoint: string,
  values: Values
): Either.Either<string, ReadonlyArray<Issue>> => {
  const issues: Array<Issue> = []
  const encoded = (name: string, text: string): string => {
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
    const text = String(values[name] ?? "")
    if (isNoSegment(text)) issues.push({ path: name, message: `must not be ${text === "" ? "empty" : `"${text}"`}` })
    url += encoded(name, text) + rest
  }
  let separator = "?"
  for (const name of query) {
    const value = values[name]
    if (value === undefined) continue
    url += `${separator}${name}=${encoded(name, String(value))}`
    separator = "&"
  }
  return issues.length === 0 ? Either.right(url) : Either.left(issues)
}

/** A request before it is authorised. `base` has the headers that all requests have. */
export const createRequest = (
  { body, method }: Operation,
  url: string,
  values: Values,
  base: HttpClientRequest.HttpClientRequest
): HttpClientRequest.HttpClientRequest => {
  const located = HttpClientRequest.setUrl(base, url)
  const request = method === base.method ? located : HttpClientRequest.setMethod(located, method)
  return body === undefined
    ? request
    : HttpClientRequest.bodyText(
        request,
        JSON.stringify(Object.fromEntries(body.map((name) => [name, values[name]]))),
        "application/json"
      )
}
