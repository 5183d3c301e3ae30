import type * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import type { RequestHead } from "./RequestHead.js"

export type RouteName = "contract" | "livez" | "readyz" | "metrics" | "openapi" | "page"

/** A path that is served with GET and HEAD. */
export interface Route {
  readonly name: RouteName
  /** The path for documentation, logs and metrics, without IDs. */
  readonly pattern: string
  readonly matches: RegExp
}

export const contractPattern = "/v1/{project_id}/hotspot-session-config"

/** The paths of the contract's route, with the project ID as a group. */
export const contractPath = /^\/v1\/([^/]*)\/hotspot-session-config\/?$/

const all: ReadonlyArray<Route> = [
  { name: "contract", pattern: contractPattern, matches: contractPath },
  { name: "livez", pattern: "/livez", matches: /^\/livez$/ },
  { name: "readyz", pattern: "/readyz", matches: /^\/readyz$/ },
  { name: "metrics", pattern: "/metrics", matches: /^\/metrics$/ },
  { name: "openapi", pattern: "/openapi.json", matches: /^\/openapi\.json$/ },
  { name: "page", pattern: "/", matches: /^\/$/ }
]

export const routesWithout = (disabled: ReadonlyArray<RouteName>): ReadonlyArray<Route> =>
  all.filter(({ name }) => !disabled.includes(name))

/** Stands for the pattern in logs and metrics if no route matches. */
export const unmatched = "unmatched"

/** The methods of every route, as the value of `Allow`. */
export const allow = "GET, HEAD"

/** Scheme and authority of a request target in absolute form, which HTTP/1.1 servers must accept. */
const origin = /^https?:\/\/[^/?#]*/i

export const headOf = ({ headers, method, url }: HttpServerRequest.HttpServerRequest): RequestHead => ({
  method,
  url: url.replace(origin, ""),
  headers
})

/** The path as sent, not decoded. */
export const pathOf = ({ url }: RequestHead): string => {
  const end = url.indexOf("?")
  const path = end < 0 ? url : url.slice(0, end)
  return path === "" ? "/" : path
}

/** The query as sent, without the question mark. */
export const queryOf = ({ url }: RequestHead): string => /\?(.*)$/s.exec(url)?.[1] ?? ""
