import { openApi } from "@hotspot-session/core"
import type { Route } from "./Route.js"

const errorBody = { "application/json": { schema: { $ref: "#/components/schemas/ErrorBody" as const } } }

const problem = {
  description: "The method specified in the request is not allowed.",
  content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" as const } } }
}

/** An operation of the gateway's own that takes nothing and answers JSON. */
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

const readyz = ownOperation("gateway.readyz", "Whether the gateway takes on requests", "It does.")

const metrics = {
  ...ownOperation("gateway.metrics", "What the gateway counts", "Metrics in Prometheus' text format."),
  responses: {
    "200": {
      description: "Metrics in Prometheus' text format.",
      content: { "text/plain": { schema: { type: "string" as const } } }
    },
    "405": problem
  }
}

const page = {
  ...ownOperation("gateway.page", "A page for people", "The configurations of some projects."),
  responses: {
    "200": {
      description: "The configurations of some projects.",
      content: { "text/html": { schema: { type: "string" as const } } }
    },
    "405": problem
  }
}

/** The contract as the gateway serves it: with the statuses and the paths that it adds. */
export const openApiDocument = (routes: ReadonlyArray<Route>) => {
  const contract = openApi()
  for (const path of Object.values(contract.paths)) {
    for (const operation of Object.values(path)) {
      operation.responses["502"] = {
        description: "The cloud's answer cannot be used, or it refuses the gateway's own credentials.",
        content: errorBody
      }
      operation.responses["413"] = { description: "The request's body is too large.", content: errorBody }
      operation.responses["504"] = { description: "The cloud did not answer in time.", content: errorBody }
    }
  }
  return {
    ...contract,
    info: {
      ...contract.info,
      title: "hotspot-session gateway",
      description:
        "Huawei Cloud Workspace's hotspot session migration configurations, as the cloud serves them. Unofficial."
    },
    // Relative to this document, wherever the gateway is mounted.
    servers: [{ url: "." }],
    paths: {
      ...contract.paths,
      "/livez": { get: ownOperation("gateway.livez", "Whether the gateway runs", "It runs.") },
      "/readyz": {
        get: {
          ...readyz,
          responses: {
            ...readyz.responses,
            "503": { ...problem, description: "It is shutting down." }
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
          description: "An error as RFC 9457 has it."
        }
      }
    },
    tags: [...contract.tags, { name: "gateway" }]
  }
}
