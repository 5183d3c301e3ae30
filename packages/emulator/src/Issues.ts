import { issuesOf } from "@hotspot-session/core"
import type { ParseError } from "effect/ParseResult"

/** `path: message; path: message`. */
export const describe = (error: ParseError): string =>
  issuesOf(error)
    .map(({ message, path }) => (path === "" ? message : `${path}: ${message}`))
    .join("; ")
