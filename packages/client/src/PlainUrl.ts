/**
 * Takes URLs apart that are plain: those of this library's own requests, nearly always. The `URL` constructor takes ten
 * times as long, and would change nothing in them.
 */

/** A URL as `URL` has it, in parts. */
export interface PlainUrl {
  readonly origin: string
  /** Host and, unless it is the default one, port. */
  readonly host: string
  readonly pathname: string
  /** With its `?`; empty where there is none. */
  readonly search: string
}

/** Characters that are unreserved, the path's slash, and of the query `=` and `&`. */
const plain = /^(https?:\/\/([^/?#\\]+))(\/[A-Za-z0-9._~/-]*)(\?[A-Za-z0-9._~=&-]+)?$/

/** Origins that `URL` leaves as they are. */
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
  // `.` and `..` are no names of segments.
  return !pathname.includes("/.") && isOrigin(origin) ? { origin, host, pathname, search } : undefined
}

/** What is signed is then sent. */
let last: { readonly url: string; readonly parts: PlainUrl | undefined } = { url: "", parts: undefined }

/** The parts of a plain URL; absent where it is none, or no URL at all. */
export const plainUrl = (url: string): PlainUrl | undefined => {
  if (last.url !== url) last = { url, parts: parse(url) }
  return last.parts
}
