export interface RequestTarget {
  /** As sent, percent-encoding included. */
  readonly path: string
  /** Without `?`; empty if there is none. */
  readonly query: string
}

export type Route =
  | { readonly _tag: "List"; readonly projectId: string }
  | { readonly _tag: "IssueToken"; readonly catalog: boolean }
  | { readonly _tag: "ListProjects"; readonly name: string | undefined }
  | { readonly _tag: "IssueMetadataToken" }
  | { readonly _tag: "SecurityKey" }
  | { readonly _tag: "Admin"; readonly name: string }
  | { readonly _tag: "Options"; readonly allow: string }
  | { readonly _tag: "MethodNotAllowed"; readonly allow: string }
  | { readonly _tag: "NotEmulated"; readonly operation: string; readonly iam: boolean }
  | { readonly _tag: "Malformed" }
  | { readonly _tag: "NotFound" }

/** Splits the target of a request, which may be an absolute URL if the client uses a proxy. */
export const targetOf = (url: string): RequestTarget => {
  const relative = url.startsWith("/") ? url : url.replace(/^https?:\/\/[^/?#]*/i, "")
  const question = relative.indexOf("?")
  return question < 0
    ? { path: relative, query: "" }
    : { path: relative.slice(0, question), query: relative.slice(question + 1) }
}

const decodeSegment = (segment: string): string | undefined => {
  if (!segment.includes("%")) return segment
  try {
    return decodeURIComponent(segment)
  } catch {
    return undefined
  }
}

const operations: ReadonlyArray<{
  readonly matches: (segments: ReadonlyArray<string>) => boolean
  readonly names: Readonly<Record<string, string>>
}> = [
  {
    matches: ([, config]) => config === undefined,
    names: { POST: "CreateHotspotSessionConfig" }
  },
  {
    matches: ([, config, users]) => config !== undefined && config !== "" && users === undefined,
    names: { PATCH: "UpdateHotspotSessionConfig" }
  },
  {
    matches: ([, config, users, more]) => config !== "" && users === "non-migration-users" && more === undefined,
    names: { GET: "ListNonMigrationUsers", PATCH: "UpdateNonMigrationUsers" }
  }
]

/** `segments` start with `hotspot-session-config`. */
const matchService = (method: string, projectId: string, segments: ReadonlyArray<string>): Route => {
  const isList = segments.length === 1
  if (isList && (method === "GET" || method === "HEAD")) return { _tag: "List", projectId }
  const found = operations.find(({ matches }) => matches(segments))
  if (found === undefined) return { _tag: "NotFound" }
  const names = new Map(Object.entries(found.names))
  const operation = names.get(method === "HEAD" ? "GET" : method)
  if (operation !== undefined) return { _tag: "NotEmulated", operation, iam: false }
  const allow = isList ? "GET" : [...names.keys()].join(", ")
  return method === "OPTIONS" ? { _tag: "Options", allow } : { _tag: "MethodNotAllowed", allow }
}

const matchMetadata = (method: string, path: string): Route => {
  switch (path) {
    case "/meta-data/latest/api/token":
      return method === "PUT" ? { _tag: "IssueMetadataToken" } : { _tag: "MethodNotAllowed", allow: "PUT" }
    case "/openstack/latest/securitykey":
      return method === "GET" || method === "HEAD"
        ? { _tag: "SecurityKey" }
        : { _tag: "MethodNotAllowed", allow: "GET" }
    default:
      return { _tag: "NotFound" }
  }
}

/**
 * The route of a request. Paths are compared exactly: no case folding, no repeated or trailing slash, no `..`, and an encoded
 * slash is part of its segment.
 */
export const match = (method: string, { path, query }: RequestTarget): Route => {
  const decoded = path.split("/").map(decodeSegment)
  const segments = decoded.filter((segment) => segment !== undefined)
  if (segments.length !== decoded.length) return { _tag: "Malformed" }
  const [root, version, ...rest] = segments
  if (root !== "") return { _tag: "NotFound" }
  if (version === "v1") {
    const [projectId, ...service] = rest
    return projectId !== undefined && projectId !== "" && service[0] === "hotspot-session-config"
      ? matchService(method, projectId, service)
      : { _tag: "NotFound" }
  }
  if (version === "v3" || version === "v3.0") {
    if (method === "POST" && path === "/v3/auth/tokens") {
      const nocatalog = new URLSearchParams(query).get("nocatalog")
      return { _tag: "IssueToken", catalog: nocatalog === null || nocatalog === "" }
    }
    if ((method === "GET" || method === "HEAD") && path === "/v3/projects") {
      return { _tag: "ListProjects", name: new URLSearchParams(query).get("name") ?? undefined }
    }
    return rest.length === 0 || rest[0] === ""
      ? { _tag: "NotFound" }
      : { _tag: "NotEmulated", operation: `${method} ${path}`, iam: true }
  }
  if (version === "meta-data" || version === "openstack") return matchMetadata(method, path)
  if (version === "_emulator") return { _tag: "Admin", name: rest.join("/") }
  return { _tag: "NotFound" }
}
