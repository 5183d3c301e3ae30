import { type Operation, operations, pathPattern } from "@hotspot-session/core"
import type { OperationTarget } from "./Fault.js"

export interface RequestTarget {
  /** As sent, percent-encoding included. */
  readonly path: string
  /** Without `?`; empty if there is none. */
  readonly query: string
}

export type Route =
  | { readonly _tag: "Operation"; readonly target: OperationTarget; readonly projectId: string }
  | { readonly _tag: "IssueToken"; readonly catalog: boolean }
  | { readonly _tag: "ListProjects"; readonly name: string | undefined }
  | { readonly _tag: "IssueFederatedToken" }
  /** `idpId` is the identity provider. */
  | { readonly _tag: "IssueFederatedTokenByBearer"; readonly idpId: string }
  | { readonly _tag: "CreateTemporaryKey" }
  | { readonly _tag: "PodKey"; readonly format: "credential" | "credentials" }
  | { readonly _tag: "IssueMetadataToken" }
  | { readonly _tag: "SecurityKey" }
  | { readonly _tag: "Admin"; readonly name: string }
  | { readonly _tag: "Options"; readonly allow: string }
  | { readonly _tag: "MethodNotAllowed"; readonly allow: string }
  | { readonly _tag: "NotEmulated"; readonly operation: string }
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

/** The targets of faults by operation. */
const targets = {
  listHotspotSessionConfig: "list",
  createHotspotSessionConfig: "create",
  updateHotspotSessionConfig: "update",
  listNonMigrationUsers: "users",
  updateNonMigrationUsers: "updateUsers"
} as const satisfies Record<(typeof operations)[number]["name"], OperationTarget>

const routes = operations.map((operation) => ({
  method: operation.method as Operation["method"],
  target: targets[operation.name],
  pattern: pathPattern(operation)
}))

/** The route of an operation of the API; `NotFound` if no operation has the path. */
const matchOperation = (method: string, path: string): Route => {
  const found = routes.flatMap((route) => {
    const parameters = route.pattern.exec(path)?.groups
    return parameters === undefined ? [] : [{ ...route, parameters }]
  })
  if (found.length === 0) return { _tag: "NotFound" }
  const route = found.find((route) => route.method === (method === "HEAD" ? "GET" : method))
  if (route !== undefined) {
    const projectId = decodeURIComponent(route.parameters["project_id"] ?? "")
    return { _tag: "Operation", target: route.target, projectId }
  }
  const allow = found.map((route) => route.method).join(", ")
  return method === "OPTIONS" ? { _tag: "Options", allow } : { _tag: "MethodNotAllowed", allow }
}

const federationPath = /^\/v3\/OS-FEDERATION\/identity_providers\/([^/]+)\/protocols\/oidc\/auth$/

/** The operations by which IAM issues credentials other than a user's token. */
const matchCredentials = (method: string, path: string): Route | undefined => {
  if (method !== "POST") return undefined
  if (path === "/v3.0/OS-AUTH/id-token/tokens") return { _tag: "IssueFederatedToken" }
  if (path === "/v3.0/OS-CREDENTIAL/securitytokens") return { _tag: "CreateTemporaryKey" }
  const idpId = federationPath.exec(path)?.[1]
  return idpId === undefined ? undefined : { _tag: "IssueFederatedTokenByBearer", idpId: decodeURIComponent(idpId) }
}

const podFormats: ReadonlyMap<string, "credential" | "credentials"> = new Map([
  ["/pod-identity/v1/credentials", "credential"],
  ["/pod-identity/v2/credentials", "credentials"]
])

const matchPod = (method: string, path: string): Route => {
  const format = podFormats.get(path)
  if (format === undefined) return { _tag: "NotFound" }
  return method === "POST" ? { _tag: "PodKey", format } : { _tag: "MethodNotAllowed", allow: "POST" }
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
 * slash is part of its segment. The paths and methods of the API are those of the operations that `core` describes.
 */
export const match = (method: string, { path, query }: RequestTarget): Route => {
  const decoded = path.split("/").map(decodeSegment)
  const segments = decoded.filter((segment) => segment !== undefined)
  if (segments.length !== decoded.length) return { _tag: "Malformed" }
  const [root, version, ...rest] = segments
  if (root !== "") return { _tag: "NotFound" }
  if (version === "v1") return matchOperation(method, path)
  if (version === "v3" || version === "v3.0") {
    if (method === "POST" && path === "/v3/auth/tokens") {
      const nocatalog = new URLSearchParams(query).get("nocatalog")
      return { _tag: "IssueToken", catalog: nocatalog === null || nocatalog === "" }
    }
    if ((method === "GET" || method === "HEAD") && path === "/v3/projects") {
      return { _tag: "ListProjects", name: new URLSearchParams(query).get("name") ?? undefined }
    }
    const credentials = matchCredentials(method, path)
    if (credentials !== undefined) return credentials
    return rest.length === 0 || rest[0] === ""
      ? { _tag: "NotFound" }
      : { _tag: "NotEmulated", operation: `${method} ${path}` }
  }
  if (version === "meta-data" || version === "openstack") return matchMetadata(method, path)
  if (version === "pod-identity") return matchPod(method, path)
  if (version === "_emulator") return { _tag: "Admin", name: rest.join("/") }
  return { _tag: "NotFound" }
}
