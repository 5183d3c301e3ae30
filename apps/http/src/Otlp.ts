import * as OtlpSerialization from "@effect/opentelemetry/OtlpSerialization"
import * as OtlpTracer from "@effect/opentelemetry/OtlpTracer"
import * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientError from "@effect/platform/HttpClientError"
import type { Environment } from "@hotspot-session/client"
import { NodeHotspotSession } from "@hotspot-session/client/node"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { command, version } from "./GatewayCommandLine.js"
import type { GatewaySettings } from "./GatewaySettings.js"

/** The system's code, because its message may quote headers. */
const reasonOf = ({ cause }: HttpClientError.HttpClientError): string =>
  cause instanceof Error && "code" in cause ? String(cause.code) : "no response"

/** Ten minutes. */
const warningNanos = 600_000_000_000n

/** The exporter says nothing of failures. A client that logs the first one, others rarely, and the success after them. */
export const reported = (client: HttpClient.HttpClient): HttpClient.HttpClient => {
  let warnedAt: bigint | undefined
  let isWarned = false
  const warn = (url: string, reason: string) =>
    Effect.flatMap(Clock.currentTimeNanos, (now) => {
      if (warnedAt !== undefined && now - warnedAt < warningNanos) return Effect.void
      warnedAt = now
      isWarned = true
      return Effect.annotateLogs(Effect.logWarning("the collector does not accept traces"), { url, reason })
    })
  const succeed = Effect.suspend(() => {
    if (!isWarned) return Effect.void
    isWarned = false
    return Effect.logInfo("the collector accepts traces again")
  })
  return HttpClient.transform(client, (effect, { url }) =>
    Effect.tapBoth(effect, {
      onFailure: (error) => warn(url, reasonOf(error)),
      onSuccess: ({ status }) => (status >= 200 && status < 300 ? succeed : warn(url, `status ${status}`))
    })
  )
}

const layerClient = Layer.effect(HttpClient.HttpClient, Effect.map(HttpClient.HttpClient, reported)).pipe(
  Layer.provide(NodeHotspotSession.layerHttpClient())
)

/** Exports spans to a collector in the background, and flushes them when the layer is released. */
export const layer = (
  endpoint: string,
  { otlpHeaders }: Pick<GatewaySettings, "otlpHeaders">,
  environment: Environment
): Layer.Layer<never> =>
  OtlpTracer.layer({
    url: `${endpoint.replace(/\/+$/, "")}/v1/traces`,
    headers: Redacted.value(otlpHeaders),
    resource: { serviceName: environment["OTEL_SERVICE_NAME"] || command, serviceVersion: version }
  }).pipe(Layer.provide([OtlpSerialization.layerJson, layerClient]))
