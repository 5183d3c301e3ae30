import type { RequestHead } from "./RequestHead.js"
import type { Route } from "./RouteTable.js"

/** Request headers beyond the CORS-safelisted ones. */
const requestHeaders = "X-Auth-Token, X-Api-Key, Authorization, X-Request-Id, If-None-Match, Traceparent"

/** Response headers beyond the CORS-safelisted ones. */
const responseHeaders =
  "Age, ETag, X-Cache, X-Request-Id, Retry-After, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, RateLimit-Policy, WWW-Authenticate"

/** How long browsers may cache a preflight response, in seconds. */
const maxAge = "600"

/**
 * Whether a text is an origin as browsers send it: scheme and host, and the port unless it is the default one. It
 * has no wildcard, which would match nothing.
 *
 * @category guards
 * @since 0.1.0
 */
export const isOrigin = (text: string): boolean => {
  if (!URL.canParse(text)) return false
  const { hostname, origin, protocol } = new URL(text)
  return origin === text && !hostname.includes("*") && (protocol === "https:" || protocol === "http:")
}

/**
 * The CORS headers of a response or preflight response for an allowed origin. For any other origin only `Vary`, and
 * nothing if no origins are allowed.
 *
 * @internal
 */
export const headersFor = (
  { headers, method }: RequestHead,
  origins: ReadonlySet<string>,
  route: Pick<Route, "allow" | "hasBody">
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
          "access-control-allow-methods": route.allow,
          "access-control-allow-headers": route.hasBody ? `${requestHeaders}, Content-Type` : requestHeaders,
          "access-control-max-age": maxAge
        }
      : { "access-control-expose-headers": responseHeaders })
  }
}
