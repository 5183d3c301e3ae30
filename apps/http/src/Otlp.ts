import * as OtlpSerialization from "@effect/opentelemetry/OtlpSerialization"
import * as OtlpTracer from "@effect/opentelemetry/OtlpTracer"
import type { Environment } from "@hotspot-session/client"
import { NodeHotspotSession } from "@hotspot-session/client/node"
import * as Layer from "effect/Layer"
import { command, version } from "./GatewayCommandLine.js"

/** The headers of `OTEL_EXPORTER_OTLP_HEADERS`: `name=value`, percent-encoded, separated by commas. */
export const headersOf = (text: string | undefined): Record<string, string> =>
  Object.fromEntries(
    (text ?? "")
      .split(",")
      .map((part) => /^\s*([^=\s]+)\s*=\s*(.*?)\s*$/.exec(part))
      .filter((match) => match !== null)
      .map(([, name = "", value = ""]) => {
        try {
          return [name.toLowerCase(), decodeURIComponent(value)]
        } catch {
          return [name.toLowerCase(), value]
        }
      })
  )

/** Exports spans to a collector in the background, and flushes them when the layer is released. */
export const layer = (endpoint: string, environment: Environment): Layer.Layer<never> =>
  OtlpTracer.layer({
    url: `${endpoint.replace(/\/+$/, "")}/v1/traces`,
    headers: headersOf(environment["OTEL_EXPORTER_OTLP_HEADERS"]),
    resource: { serviceName: environment["OTEL_SERVICE_NAME"] || command, serviceVersion: version }
  }).pipe(Layer.provide([OtlpSerialization.layerJson, NodeHotspotSession.layerHttpClient()]))
