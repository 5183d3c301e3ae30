import type * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import type { RequestHead } from "./RequestHead.js"

/** What the gateway serves. */
export type RouteName = "contract" | "livez" | "readyz" | "metrics" | "openapi" | "page"

/** A path that the gateway serves, under GET and HEAD. */
export interface Route {
  readonly name: RouteName
  /** Its name for people, logs and metrics, without any ID. */
  readonly pattern: string
  readonly matches: RegExp
}

const all: ReadonlyArray<Route> = [
  {
    name: "contract",
    pattern: "/v1/{project_id}/hotspot-session-config",
    matches: /^\/v1\/[^/]*\/hotspot-session-config\/?$/
  },
  { name: "livez", pattern: "/livez", matches: /^\/livez$/ },
  { name: "readyz", pattern: "/readyz", matches: /^\/readyz$/ },
  { name: "metrics", pattern: "/metrics", matches: /^\/metrics$/ },
  { name: "openapi", pattern: "/openapi.json", matches: /^\/openapi\.json$/ },
  { name: "page", pattern: "/", matches: /^\/$/ }
]

/** The routes of a gateway, without those that it does not have. */
export const routesWithout = (absent: ReadonlyArray<RouteName>): ReadonlyArray<Route> =>
  all.filter(({ name }) => !absent.includes(name))

/** The pattern of the contract's route. */
export const contractPattern = "/v1/{project_id}/hotspot-session-config"

/** What a path that no route has is called in logs and metrics. */
export const unmatched = "unmatched"

/** The methods of each route, as `Allow` names them. */
export const allow = "GET, HEAD"

/** Scheme and authority of a request target in absolute form, which HTTP/1.1 servers must understand. */
const origin = /^https?:\/\/([^/?#]*)/i

/** The head of a request of the platform. */
export const headOf = ({ headers, method, originalUrl, url }: HttpServerRequest.HttpServerRequest): RequestHead => ({
  method,
  url: url.replace(origin, ""),
  authority: origin.exec(originalUrl)?.[1],
  headers
})

/** The path that a request asks for, as it was sent: without query, and not decoded. */
export const pathOf = ({ url }: RequestHead): string => {
  const end = url.indexOf("?")
  const path = end < 0 ? url : url.slice(0, end)
  return path === "" ? "/" : path
}

/** The query that a request asks with, as it was sent, without its question mark. */
export const queryOf = ({ url }: RequestHead): string => /\?(.*)$/s.exec(url)?.[1] ?? ""
