import { type Operation, openApi } from "@hotspot-session/core"
import type { OwnRoute, Route } from "./RouteTable.js"

const errorResponse = (description: string) => ({
  description,
  content: { "application/json": { schema: { $ref: "#/components/schemas/ErrorBody" as const } } }
})

const problemResponse = (description: string) => ({
  description,
  content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" as const } } }
})

/** What the gateway adds to the responses of each operation. */
const addedResponses = {
  "413": errorResponse("The request body is too large."),
  "502": errorResponse("The cloud's response is invalid, or the cloud rejected the gateway's own credentials."),
  "504": errorResponse("The cloud did not respond in time."),
  default: errorResponse("An error of the cloud with another status, which is passed on, or a request that is refused.")
}

/** What the gateway adds to those of an operation without a body. */
const addedReadResponses = {
  "304": { description: "If-None-Match has the ETag of the response, which has not changed." }
}

/** What the gateway adds to those of an operation with a body. */
const addedWriteResponses = {
  "408": errorResponse("The request body did not arrive in time."),
  "415": errorResponse("The request body is not declared as JSON in UTF-8, or is declared as compressed.")
}

const securitySchemes = {
  token: {
    type: "apiKey",
    in: "header",
    name: "X-Auth-Token",
    description: "A token of the cloud; with the gateway's own credentials, an API key of the gateway."
  },
  bearer: { type: "http", scheme: "bearer", description: "The same as X-Auth-Token." },
  basic: { type: "http", scheme: "basic", description: "The same as the password, with any user name, for reads." },
  apiKey: {
    type: "apiKey",
    in: "header",
    name: "X-Api-Key",
    description: "With the gateway's own credentials: an API key of the gateway."
  },
  signature: {
    type: "apiKey",
    in: "header",
    name: "Authorization",
    description: "With the gateway's own credentials: SDK-HMAC-SHA256 with an access key of the gateway."
  }
}

/** One of these schemes is required. */
const anyOf = (...names: ReadonlyArray<keyof typeof securitySchemes>) => names.map((name) => ({ [name]: [] }))

const readSecurity = anyOf("token", "bearer", "basic", "apiKey", "signature")
const writeSecurity = anyOf("token", "bearer", "apiKey", "signature")
const pageSecurity = anyOf("token", "bearer", "basic", "apiKey")

const htmlResponse = (description: string) => ({
  description,
  content: { "text/html": { schema: { type: "string" } } }
})

interface OwnOperation {
  readonly summary: string
  /** Of its response. */
  readonly description: string
  /** Of its response, if that is not JSON. */
  readonly contentType?: string
  /** Other responses than 405 and those that every route may have. */
  readonly errors?: Readonly<Record<string, object>>
  /** Default: none is required. */
  readonly security?: ReadonlyArray<object>
}

const ownOperations: Record<OwnRoute, OwnOperation> = {
  livez: { summary: "Whether the gateway is running", description: "The gateway is running." },
  readyz: {
    summary: "Whether the gateway accepts requests",
    description: "The gateway is ready.",
    errors: { "503": problemResponse("The gateway is shutting down.") }
  },
  metrics: {
    summary: "Metrics of the gateway",
    description: "Metrics in the Prometheus text format.",
    contentType: "text/plain"
  },
  openapi: { summary: "This document", description: "This document." },
  page: {
    summary: "Overview page",
    description: "The configurations of some projects.",
    contentType: "text/html",
    errors: {
      "400": htmlResponse("The project ID is invalid."),
      "401": htmlResponse("Authentication failed."),
      "429": htmlResponse("The caller's rate limit is exceeded."),
      "503": htmlResponse(
        "There are too many requests at once, or the cloud cannot be reached and has not accepted the token yet."
      )
    },
    security: pageSecurity
  }
}

const ownOperation = (name: OwnRoute) => {
  const { contentType, description, errors, security = [], summary } = ownOperations[name]
  return {
    tags: ["gateway"],
    operationId: `gateway.${name}`,
    summary,
    parameters: [],
    security,
    responses: {
      "200": {
        description,
        content: {
          [contentType ?? "application/json"]: { schema: { type: contentType === undefined ? "object" : "string" } }
        }
      },
      "405": problemResponse("The method specified in the request is not allowed."),
      ...errors,
      default: problemResponse("A request that is refused, or an internal error of the gateway.")
    }
  }
}

const problem = {
  type: "object",
  required: ["type", "title", "status", "detail", "request_id"],
  properties: {
    type: { type: "string" },
    title: { type: "string" },
    status: { type: "integer" },
    detail: { type: "string" },
    request_id: { type: "string" }
  },
  description: "Problem details (RFC 9457)."
}

/** The schemas that a value refers to, directly or through other schemas. */
const referredTo = (value: unknown, schemas: Readonly<Record<string, unknown>>, found = new Set<string>()) => {
  for (const [, name = ""] of JSON.stringify(value).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
    if (found.has(name)) continue
    found.add(name)
    referredTo(schemas[name], schemas, found)
  }
  return found
}

/** The schemas of request bodies, which have no other fields than those listed: a write must not ignore a misspelt one. */
const closedBodies = (
  paths: Readonly<Record<string, object>>,
  schemas: Readonly<Record<string, object>>
): Readonly<Record<string, object>> => {
  const bodies = Object.values(paths).flatMap((methods) =>
    Object.values(methods).map((operation) => operation.requestBody)
  )
  const ofBodies = referredTo(bodies, schemas)
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => [
      name,
      ofBodies.has(name) && "properties" in schema ? { ...schema, additionalProperties: false } : schema
    ])
  )
}

/** The contract, as far as there are routes for it, with what the gateway adds. */
export const openApiDocument = (routes: ReadonlyArray<Route>) => {
  const contract = openApi()
  const pathOf = ({ pattern, targets }: Route) =>
    Object.fromEntries(
      [...targets].flatMap(([method, target]): ReadonlyArray<[string, unknown]> => {
        const name = method.toLowerCase() as Lowercase<Operation["method"]>
        if (typeof target === "string") return method === "GET" ? [[name, ownOperation(target)]] : []
        const operation = contract.paths[pattern]?.[name]
        const isWrite = target.body !== undefined
        return operation === undefined
          ? []
          : [
              [
                name,
                {
                  ...operation,
                  // The token is one of the security schemes.
                  parameters: operation.parameters.filter(({ name }) => name !== "x-auth-token"),
                  security: isWrite ? writeSecurity : readSecurity,
                  responses: {
                    ...operation.responses,
                    ...addedResponses,
                    ...(isWrite ? addedWriteResponses : addedReadResponses)
                  }
                }
              ]
            ]
      })
    )
  const paths = Object.fromEntries(routes.map((route) => [route.pattern, pathOf(route)]))
  const schemas = closedBodies(paths, { ...contract.components.schemas, Problem: problem })
  const referred = referredTo(paths, schemas)
  return {
    ...contract,
    info: {
      ...contract.info,
      title: "hotspot-session gateway",
      description:
        "Hotspot session migration configurations of Huawei Cloud Workspace, as the cloud serves them. Unofficial."
    },
    // Relative to this document, wherever the gateway is mounted.
    servers: [{ url: "." }],
    paths,
    components: {
      securitySchemes,
      schemas: Object.fromEntries(Object.entries(schemas).filter(([name]) => referred.has(name)))
    },
    tags: [...contract.tags, { name: "gateway" }]
  }
}
