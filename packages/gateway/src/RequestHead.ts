import * as Either from "effect/Either"
import * as Encoding from "effect/Encoding"

/** The head of a request, from the platform or from `node:http`. */
export interface RequestHead {
  readonly method: string
  /** Path and query as sent, without the prefix under which the gateway is mounted. */
  readonly url: string
  /** `url` with that prefix, which a signature covers too. */
  readonly originalUrl: string
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>
  /** The address of the client; absent if it is not known. */
  readonly address: string | undefined
}

/** A request target in absolute form, which HTTP/1.1 servers must accept, without scheme and authority. */
export const withoutOrigin = (url: string): string =>
  url.startsWith("/") ? url : url.replace(/^https?:\/\/[^/?#]*/i, "")

export const headOf = (
  method: string,
  url: string,
  headers: RequestHead["headers"],
  address: string | undefined,
  originalUrl: string = url
): RequestHead => ({ method, url: withoutOrigin(url), originalUrl: withoutOrigin(originalUrl), headers, address })

/** The path as sent, not decoded. */
export const pathOf = (url: string): string => {
  const end = url.indexOf("?")
  const path = end < 0 ? url : url.slice(0, end)
  return path === "" ? "/" : path
}

/** A part of a URL, percent-decoded; as sent if that is not possible. */
export const percentDecoded = (part: string): string => Either.getOrElse(Encoding.decodeUriComponent(part), () => part)

/** The query as sent, without the question mark. */
export const queryOf = (url: string): string => {
  const start = url.indexOf("?")
  return start < 0 ? "" : url.slice(start + 1)
}
