import type { RequestHead } from "./RequestHead.js"
import { allow } from "./Route.js"

/** What a page may send besides what every page may. */
const requestHeaders = "X-Auth-Token, X-Api-Key, Authorization, X-Request-Id, If-None-Match, Traceparent"

/** What a page may see besides what every page may. */
const responseHeaders =
  "Age, ETag, X-Cache, X-Request-Id, Retry-After, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, RateLimit-Policy, WWW-Authenticate"

/** How long a browser need not ask again whether it may ask, in seconds. */
const maxAge = "600"

/**
 * Whether a text is an origin, as browsers send it: scheme and host, and a port where it is not the scheme's.
 *
 * @category predicates
 */
export const isOrigin = (text: string): boolean => {
  if (!URL.canParse(text)) return false
  const { origin, protocol } = new URL(text)
  return origin === text && (protocol === "https:" || protocol === "http:")
}

/**
 * The headers that let a page of an allowed origin read an answer, or ask at all. None for every other origin.
 *
 * @internal
 */
export const headersFor = (
  { headers, method }: RequestHead,
  origins: ReadonlySet<string>
): Record<string, string> | undefined => {
  if (origins.size === 0) return undefined
  const origin = headers["origin"]
  const vary = { vary: "Origin, X-Auth-Token, X-Api-Key, Authorization" }
  if (origin === undefined || !origins.has(origin)) return vary
  const isPreflight = method === "OPTIONS" && headers["access-control-request-method"] !== undefined
  return {
    ...vary,
    "access-control-allow-origin": origin,
    ...(isPreflight
      ? {
          "access-control-allow-methods": allow,
          "access-control-allow-headers": requestHeaders,
          "access-control-max-age": maxAge
        }
      : { "access-control-expose-headers": responseHeaders })
  }
}
