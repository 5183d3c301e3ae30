import { Operations } from "@hotspot-session/client"
import { type Operation, pathPattern } from "@hotspot-session/core"
import { asJson, type JsonOperation } from "./JsonOperation.js"

export const list = asJson(Operations.listHotspotSessionConfig)

const reads: ReadonlyArray<JsonOperation> = [list, asJson(Operations.listNonMigrationUsers)]

const writes: ReadonlyArray<JsonOperation> = [
  asJson(Operations.createHotspotSessionConfig),
  asJson(Operations.updateHotspotSessionConfig),
  asJson(Operations.updateNonMigrationUsers)
]

/** The operations that the gateway serves, each at its path. */
export const operationsOf = (hasWrites: boolean): ReadonlyArray<JsonOperation> =>
  hasWrites ? [...reads, ...writes] : reads

/** The operations that the gateway would serve with another setting. */
export const switchedOffOf = (hasWrites: boolean): ReadonlyArray<JsonOperation> => (hasWrites ? [] : writes)

/** The paths of the gateway's own, which are served with GET. */
const ownPaths = {
  livez: "/livez",
  readyz: "/readyz",
  metrics: "/metrics",
  openapi: "/openapi.json",
  page: "/"
} as const

export type OwnRoute = keyof typeof ownPaths

export interface Route {
  /** The path for documentation, logs and metrics, with the names of its parameters in braces. */
  readonly pattern: string
  /** Matches paths as sent, not decoded. */
  readonly matches: RegExp
  /** What is served, by method. HEAD is served like GET. */
  readonly targets: ReadonlyMap<string, JsonOperation | OwnRoute>
  /** The methods, as the value of `Allow`. Empty if all that the path has are switched off. */
  readonly allow: string
  /** The methods of operations that are switched off. */
  readonly switchedOff: ReadonlySet<string>
  /** Whether a method has a body, whose type browsers must be allowed to send. */
  readonly hasBody: boolean
  /** Whether errors have the cloud's format. */
  readonly isContract: boolean
}

/** Stands for the pattern in logs and metrics if no route matches. */
export const unmatched = "unmatched"

/** Methods as the value of `Allow`. */
export const allowOf = (methods: Iterable<string>): string => [...new Set(methods)].join(", ")

const withHead = (method: string): ReadonlyArray<string> => (method === "GET" ? ["GET", "HEAD"] : [method])

/** Whether a path belongs to the cloud's API, so that errors have the cloud's format even if no route matches. */
export const isContractPath = (path: string): boolean => path.startsWith("/v1/")

const contractRoute = (
  pattern: Operation["path"],
  operations: ReadonlyArray<JsonOperation>,
  switchedOff: ReadonlyArray<JsonOperation>
): Route => {
  const served = operations.filter(({ path }) => path === pattern)
  const targets = new Map(served.flatMap((operation) => withHead(operation.method).map((name) => [name, operation])))
  return {
    pattern,
    matches: pathPattern({ path: pattern }),
    targets,
    allow: allowOf(targets.keys()),
    switchedOff: new Set(switchedOff.filter(({ path }) => path === pattern).map(({ method }) => method)),
    hasBody: served.some(({ body }) => body !== undefined),
    isContract: true
  }
}

const ownRoute = (name: OwnRoute): Route => {
  const targets = new Map(withHead("GET").map((method) => [method, name]))
  const pattern = ownPaths[name]
  return {
    pattern,
    matches: pathPattern({ path: pattern }),
    targets,
    allow: allowOf(targets.keys()),
    switchedOff: new Set(),
    hasBody: false,
    isContract: false
  }
}

/** A route for each path, in the order in which they are tried. */
export const routesOf = (
  operations: ReadonlyArray<JsonOperation>,
  switchedOff: ReadonlyArray<JsonOperation>,
  disabled: ReadonlyArray<OwnRoute>
): ReadonlyArray<Route> => [
  ...[...new Set([...operations, ...switchedOff].map(({ path }) => path))].map((path) =>
    contractRoute(path, operations, switchedOff)
  ),
  ...(Object.keys(ownPaths) as ReadonlyArray<OwnRoute>).filter((name) => !disabled.includes(name)).map(ownRoute)
]
