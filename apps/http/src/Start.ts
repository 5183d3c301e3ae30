import { type Environment, HotspotSession } from "@hotspot-session/client"
import { NodeHotspotSession } from "@hotspot-session/client/node"
import type { Options, RemoteProject } from "@hotspot-session/gateway/GatewayOptions"
import * as NodeGateway from "@hotspot-session/gateway/NodeGateway"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import type { GatewaySettings } from "./GatewaySettings.js"
import { accessLog, tell } from "./Main.js"
import { newApiKey } from "./NewApiKey.js"
import { needsNewKey, orFail, type Prepared, prepare } from "./Prepare.js"
import { serve } from "./Serve.js"
import * as Sharing from "./Sharing.js"
import { clientsOf } from "./Upstreams.js"

/** Logs on stderr, one JSON line each: stdout is the access log's. */
const logger = Logger.replace(Logger.defaultLogger, Logger.withConsoleError(Logger.jsonLogger))

const optionsOf = (
  settings: GatewaySettings,
  { accessKeys, apiKeys, upstreams }: Prepared,
  remoteProjects: ReadonlyMap<string, RemoteProject>
): NodeGateway.ServerOptions => {
  const { rateLimit } = settings
  const options: Options = {
    credentials: settings.credentials,
    upstream: upstreams.region,
    remoteProjects,
    apiKeys,
    accessKeys,
    cache:
      settings.cache === "off"
        ? undefined
        : {
            fresh: settings.cacheFresh,
            staleWhileRevalidate: settings.cacheStale,
            staleIfError: settings.cacheStaleIfError,
            maxEntries: settings.cacheEntries,
            maxBytes: settings.cacheMegabytes * 1024 * 1024
          },
    rateLimit: rateLimit === "off" ? undefined : { requests: rateLimit.requests, per: rateLimit.millis },
    circuitBreaker: settings.circuitBreaker === "off" ? undefined : {},
    corsOrigins: settings.corsOrigins,
    maxRequests: settings.maxRequests,
    maxCalls: settings.maxCalls,
    metrics: settings.metrics === "on",
    page: settings.page === "off" ? undefined : { projects: settings.projects },
    accessLog: settings.accessLog === "off" ? undefined : accessLog
  }
  return {
    ...options,
    host: settings.host,
    port: settings.port,
    drain: settings.drain,
    drainDelay: settings.drainDelay,
    metricsPort: typeof settings.metrics === "number" ? settings.metrics : undefined
  }
}

/** Traces are exported where they are wanted; what does so is not loaded otherwise. */
const tracing = ({ otlpEndpoint }: GatewaySettings, environment: Environment): Layer.Layer<never> =>
  otlpEndpoint === undefined
    ? Layer.empty
    : Layer.unwrapEffect(
        Effect.map(
          Effect.promise(() => import("./Otlp.js")),
          ({ layer }) => layer(otlpEndpoint, environment)
        )
      )

/** Starts the gateway, and gives the exit code once it has ended. */
export const start = (settings: GatewaySettings, environment: Environment): Effect.Effect<number> =>
  Effect.gen(function* () {
    const configured = yield* prepare(settings, environment)
    // Only who starts the gateway reads it, so that a proxy on this machine opens nothing to those in front of it.
    const made = needsNewKey(settings, configured) ? yield* newApiKey : undefined
    const prepared = made === undefined ? configured : { ...configured, apiKeys: [made.hash] }
    const notes = made === undefined ? [] : [`no keys are configured: the API key of this run is ${made.key}`]
    for (const warning of prepared.warnings) yield* tell(`warning: ${warning}`)
    const { client, remoteProjects } = yield* clientsOf(settings, prepared.upstreams, environment)
    const gateway = NodeGateway.layerServer(optionsOf(settings, prepared, remoteProjects)).pipe(
      Layer.provide(Sharing.layer(settings, prepared.upstreams, prepared.redisPassword)),
      Layer.provide(Layer.succeed(HotspotSession.HotspotSession, client)),
      Layer.provide(tracing(settings, environment))
    )
    return yield* serve(gateway, `${settings.host}:${settings.port}`, notes)
  }).pipe(orFail, Effect.scoped, Effect.provide(NodeHotspotSession.layerHttpClient()), Effect.provide(logger))
