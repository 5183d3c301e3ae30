import { openApi } from "@hotspot-session/core"
import type { Route } from "./RouteTable.js"

const errorBody = { "application/json": { schema: { $ref: "#/components/schemas/ErrorBody" as const } } }

const problem = {
  description: "The method specified in the request is not allowed.",
  content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" as const } } }
}

/** An operation of the gateway's own, without parameters and with a JSON response. */
const ownOperation = (operationId: string, summary: string, description: string) => ({
  tags: ["gateway"],
  operationId,
  summary,
  parameters: [],
  security: [],
  responses: {
    "200": {
      description,
      content: { "application/json": { schema: { type: "object" } } }
    },
    "405": problem
  }
})

const readyz = ownOperation("gateway.readyz", "Whether the gateway accepts requests", "The gateway is ready.")

const metrics = {
  ...ownOperation("gateway.metrics", "Metrics of the gateway", "Metrics in the Prometheus text format."),
  responses: {
    "200": {
      description: "Metrics in the Prometheus text format.",
      content: { "text/plain": { schema: { type: "string" as const } } }
    },
    "405": problem
  }
}

const page = {
  ...ownOperation("gateway.page", "Overview page", "The configurations of some projects."),
  responses: {
    "200": {
      description: "The configurations of some projects.",
      content: { "text/html": { schema: { type: "string" as const } } }
    },
    "405": problem
  }
}

/** The contract with the statuses and paths that the gateway adds. */
export const openApiDocument = (routes: ReadonlyArray<Route>) => {
  const contract = openApi()
  for (const path of Object.values(contract.paths)) {
    for (const operation of Object.values(path)) {
      operation.responses["502"] = {
        description: "The cloud's response is invalid, or the cloud rejected the gateway's own credentials.",
        content: errorBody
      }
      operation.responses["413"] = { description: "The request body is too large.", content: errorBody }
      operation.responses["504"] = { description: "The cloud did not respond in time.", content: errorBody }
    }
  }
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
    paths: {
      ...contract.paths,
      "/livez": { get: ownOperation("gateway.livez", "Whether the gateway is running", "The gateway is running.") },
      "/readyz": {
        get: {
          ...readyz,
          responses: {
            ...readyz.responses,
            "503": { ...problem, description: "The gateway is shutting down." }
          }
        }
      },
      ...(routes.some(({ name }) => name === "metrics") ? { "/metrics": { get: metrics } } : {}),
      ...(routes.some(({ name }) => name === "page") ? { "/": { get: page } } : {}),
      "/openapi.json": { get: ownOperation("gateway.openapi", "This document", "This document.") }
    },
    components: {
      ...contract.components,
      schemas: {
        ...contract.components.schemas,
        Problem: {
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
      }
    },
    tags: [...contract.tags, { name: "gateway" }]
  }
}
