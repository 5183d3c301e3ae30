import type { Lifetimes } from "./cache/Freshness.js"
import type { CacheResult } from "./cache/ResponseCache.js"
import type { GatewayResponse } from "./GatewayResponse.js"

/** Whether `If-None-Match` matches an entity tag, by the weak comparison that RFC 9110 requires for it. */
const isETagMatch = (ifNoneMatch: string | undefined, etag: string): boolean => {
  if (ifNoneMatch === undefined) return false
  if (ifNoneMatch === etag) return true
  return ifNoneMatch.split(",").some((part) => {
    const tag = part.trim()
    return tag === "*" || tag === etag || tag === `W/${etag}`
  })
}

const toSeconds = (millis: number): number => Math.floor(millis / 1_000)

/**
 * Clients may cache a response for as long as the gateway itself does. If they can write, they must ask each time, because
 * a write has another URL than the lists that it changes, which therefore stay in their caches.
 */
export const cacheControlOf = ({ fresh, staleIfError, staleWhileRevalidate }: Lifetimes, hasWrites: boolean): string =>
  hasWrites
    ? "private, no-cache"
    : `private, max-age=${toSeconds(fresh)}, stale-while-revalidate=${toSeconds(staleWhileRevalidate)}, stale-if-error=${toSeconds(staleIfError)}`

/** The headers that can identify the caller. */
const vary = "X-Auth-Token, X-Api-Key, Authorization"

/** The response to a read with an enabled cache: a hit, or one that has just been fetched. */
export const make = (
  { outcome, stored }: CacheResult,
  now: number,
  cacheControl: string,
  ifNoneMatch: string | undefined
): GatewayResponse => {
  const isNotModified = isETagMatch(ifNoneMatch, stored.etag)
  const headers: Record<string, string> = isNotModified
    ? {}
    : { "content-type": "application/json", "content-length": String(stored.body.byteLength) }
  headers["cache-control"] = cacheControl
  headers["etag"] = stored.etag
  headers["age"] = String(Math.max(0, toSeconds(now - stored.readAt)))
  headers["x-cache"] = outcome
  headers["vary"] = vary
  return { status: isNotModified ? 304 : 200, headers, body: isNotModified ? undefined : stored.body }
}
