/**
 * Parses plain URLs, which the `URL` constructor would not change. Nearly all requests of this library have one, and the
 * constructor takes ten times as long.
 */

/** The parts of a URL, equal to those of `URL`. */
export interface PlainUrl {
  readonly origin: string
  /** Host, with the port unless it is the default one. */
  readonly host: string
  readonly pathname: string
  /** Includes the `?`; empty if there is no query. */
  readonly search: string
}

/** Only unreserved characters, `/` in the path, and `=` and `&` in the query. */
const plain = /^(https?:\/\/([^/?#\\]+))(\/[A-Za-z0-9._~/-]*)(\?[A-Za-z0-9._~=&-]+)?$/

/** A cache of origins that `URL` does not change. */
const origins = new Set<string>()
const maxOrigins = 64

const isOrigin = (text: string): boolean => {
  if (origins.has(text)) return true
  if (!URL.canParse(text) || new URL(text).origin !== text) return false
  if (origins.size >= maxOrigins) origins.clear()
  origins.add(text)
  return true
}

const parse = (url: string): PlainUrl | undefined => {
  const match = plain.exec(url)
  if (match === null) return undefined
  const [, origin = "", host = "", pathname = "", search = ""] = match
  // `URL` would resolve `.` and `..` segments.
  return !pathname.includes("/.") && isOrigin(origin) ? { origin, host, pathname, search } : undefined
}

/** Cached, because a URL is parsed for signing and again for sending. */
let last: { readonly url: string; readonly parts: PlainUrl | undefined } = { url: "", parts: undefined }

/** The parts of a plain URL; `undefined` for any other text. */
export const plainUrl = (url: string): PlainUrl | undefined => {
  if (last.url !== url) last = { url, parts: parse(url) }
  return last.parts
}
