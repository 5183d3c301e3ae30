import * as Failure from "./Failure.js"
import type { RequestHead } from "./RequestHead.js"

/** Whether the origin of a page is the gateway itself. A proxy in front of it may have another scheme. */
const isOwn = (origin: string, host: string | undefined): boolean =>
  host !== undefined && origin.replace(/^https?:\/\//, "") === host

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
  return /^application\/json *(?:;|$)/i.test(headers["content-type"] ?? "") ? undefined : Failure.notJson
}
