import type { Spans } from "./cache/Freshness.js"
import type { Served } from "./cache/ResponseCache.js"

/** An answer of the contract's route, ready to be sent. */
export interface Answer {
  readonly status: 200 | 304
  readonly headers: Record<string, string>
  /** Absent under 304. */
  readonly body: Uint8Array | undefined
}

/** Whether `If-None-Match` names an entity tag. A weak one counts, as the comparison is the weak one. */
export const isNamed = (ifNoneMatch: string | undefined, etag: string): boolean => {
  if (ifNoneMatch === undefined) return false
  if (ifNoneMatch === etag) return true
  return ifNoneMatch.split(",").some((part) => {
    const tag = part.trim()
    return tag === "*" || tag === etag || tag === `W/${etag}`
  })
}

const inSeconds = (millis: number): number => Math.floor(millis / 1_000)

/** What callers may do with an answer themselves: the same as the gateway does. */
export const cacheControlOf = ({ fresh, staleIfError, staleWhileRevalidate }: Spans): string =>
  `private, max-age=${inSeconds(fresh)}, stale-while-revalidate=${inSeconds(staleWhileRevalidate)}, stale-if-error=${inSeconds(staleIfError)}`

/** Where a caller's secret may stand; what it is decides on the answer. */
const vary = "X-Auth-Token, X-Api-Key, Authorization"

/** An answer of the cache, with its age. */
export const answerOf = (
  { outcome, stored }: Served,
  now: number,
  cacheControl: string,
  ifNoneMatch: string | undefined
): Answer => {
  const isKnown = isNamed(ifNoneMatch, stored.etag)
  const headers: Record<string, string> = isKnown
    ? {}
    : { "content-type": "application/json", "content-length": String(stored.body.byteLength) }
  headers["cache-control"] = cacheControl
  headers["etag"] = stored.etag
  headers["age"] = String(Math.max(0, inSeconds(now - stored.readAt)))
  headers["x-cache"] = outcome
  headers["vary"] = vary
  return { status: isKnown ? 304 : 200, headers, body: isKnown ? undefined : stored.body }
}
