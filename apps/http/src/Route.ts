import type * as HttpServerRequest from "@effect/platform/HttpServerRequest"

/** What the gateway serves. */
export type RouteName = "contract" | "livez" | "openapi"

/** A path that the gateway serves, under GET and HEAD. */
export interface Route {
  readonly name: RouteName
  /** Its name for people and logs, without any ID. */
  readonly pattern: string
  readonly matches: RegExp
}

const routes: ReadonlyArray<Route> = [
  {
    name: "contract",
    pattern: "/v1/{project_id}/hotspot-session-config",
    matches: /^\/v1\/[^/]*\/hotspot-session-config\/?$/
  },
  { name: "livez", pattern: "/livez", matches: /^\/livez$/ },
  { name: "openapi", pattern: "/openapi.json", matches: /^\/openapi\.json$/ }
]

/** The patterns of all routes. */
export const patterns: ReadonlyArray<string> = routes.map(({ pattern }) => pattern)

/** The methods of each route, as `Allow` names them. */
export const allow = "GET, HEAD"

/** Scheme and authority of a request target in absolute form, which HTTP/1.1 servers must understand. */
const origin = /^https?:\/\/([^/?#]*)/i

/** The path that a request asks for, as it was sent: without origin and query, and not decoded. */
export const pathOf = ({ url }: HttpServerRequest.HttpServerRequest): string => {
  const path = url.replace(origin, "").replace(/\?.*$/s, "")
  return path === "" ? "/" : path
}

/** The authority of a request target in absolute form. */
export const authorityOf = ({ originalUrl }: HttpServerRequest.HttpServerRequest): string | undefined =>
  origin.exec(originalUrl)?.[1]

/** The route of a path. */
export const routeOf = (path: string): Route | undefined => routes.find(({ matches }) => matches.test(path))
