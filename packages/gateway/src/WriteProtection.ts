import * as Failure from "./Failure.js"
import type { RequestHead } from "./RequestHead.js"

/** Whether the origin of a page is the gateway itself. A proxy in front of it may have another scheme. */
const isOwn = (origin: string, host: string | undefined): boolean =>
  host !== undefined && origin.replace(/^https?:\/\//, "") === host

/** UTF-8 is the default of JSON. Parameters other than the charset have no meaning for it. */
const isJson = (contentType = ""): boolean => {
  const [type = "", ...parameters] = contentType.split(";").map((part) => part.trim().toLowerCase())
  const charsets = parameters.filter((parameter) => /^charset\b/.test(parameter))
  return type === "application/json" && charsets.every((charset) => /^charset="?utf-?8"?$/.test(charset))
}

const isUncoded = (contentEncoding = ""): boolean => /^(?:identity)?$/i.test(contentEncoding)

/** The conditions of RFC 9110, section 13.1, under which a write must not be made. */
const conditions = ["if-match", "if-none-match", "if-unmodified-since"]

/**
 * Why a write is rejected by its headers, before the caller is known. A page on another site must not be able to write with
 * what a browser sends by itself: a password of `Basic`, or a form, whose content type is never JSON.
 */
export const problemOf = ({ headers }: RequestHead, origins: ReadonlySet<string>): Failure.Failure | undefined => {
  const { authorization, host, origin } = headers
  if (/^basic\b/i.test(authorization ?? "")) return Failure.basicWrite
  const isAllowed = origin !== undefined && origins.has(origin)
  if (!isAllowed) {
    if (origin !== undefined && !isOwn(origin, host)) return Failure.crossSiteWrite
    if (headers["sec-fetch-site"] === "cross-site") return Failure.crossSiteWrite
  }
  if (conditions.some((name) => headers[name] !== undefined)) return Failure.conditionalWrite
  return isJson(headers["content-type"]) && isUncoded(headers["content-encoding"]) ? undefined : Failure.notJson
}
