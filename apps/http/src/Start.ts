import type * as HttpClient from "@effect/platform/HttpClient"
import { type Environment, HotspotSession } from "@hotspot-session/client"
import { NodeHotspotSession, NodeMachine } from "@hotspot-session/client/node"
import { withTimeLimit } from "@hotspot-session/client/TextFile"
import type { AuditLog } from "@hotspot-session/gateway/AuditLog"
import type { KeyGrant } from "@hotspot-session/gateway/KeyGrant"
import * as NodeGateway from "@hotspot-session/gateway/NodeGateway"
import { clientOptions } from "@hotspot-session/settings/Connection"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import type * as Scope from "effect/Scope"
import * as AccessLogLines from "./AccessLogLines.js"
import * as AuditFile from "./AuditFile.js"
import { version } from "./GatewayCommandLine.js"
import { GatewayProcess, logLine, onSignals } from "./GatewayProcess.js"
import type { GatewaySettings } from "./GatewaySettings.js"
import { newApiKey } from "./Keys.js"
import { checkUpstreams, needsNewKey, orFail, type Prepared, prepare, readFiles } from "./Prepare.js"
import * as Reload from "./Reload.js"
import { serve } from "./Serve.js"
import * as Sharing from "./Sharing.js"

/** Logs JSON lines to stderr, because stdout is for the access log. */
const logger = Layer.unwrapEffect(
  Effect.map(GatewayProcess, ({ stderr }) =>
    Logger.replace(
      Logger.defaultLogger,
      Logger.map(Logger.jsonLogger, (line) => void stderr.write(`${line}\n`))
    )
  )
)

/**
 * Without a listener, SIGHUP and SIGUSR2 end the process, and SIGUSR1 opens Node's inspector, through which every local user
 * could read the credentials.
 */
const fatalSignals = ["SIGHUP", "SIGUSR1", "SIGUSR2"] as const

const exporterOf = ({ exporter }: GatewaySettings, projects: Prepared["projects"]) =>
  exporter === "off" ? undefined : { projects: (projects ?? []).map(({ id }) => id), interval: exporter }

const optionsOf = (
  settings: GatewaySettings,
  { accessKeys, apiKeys, projects, remoteProjects, upstreams }: Prepared,
  auditLog: AuditLog | undefined,
  accessLog: AccessLogLines.AccessLogLines
): NodeGateway.ServerOptions => {
  const { accessLog: log, circuitBreaker, metrics, page, rateLimit } = settings
  return {
    credentials: settings.credentials,
    upstream: upstreams.region,
    remoteProjects,
    apiKeys,
    accessKeys,
    writes: settings.writes === "on",
    auditLog,
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
    circuitBreaker: circuitBreaker === "off" ? undefined : {},
    corsOrigins: settings.corsOrigins,
    trustedProxies: settings.trustedProxies,
    maxRequests: settings.maxRequests,
    maxCalls: settings.maxCalls,
    maxConnections: settings.maxConnections,
    metrics: metrics === "on",
    metricsPort: typeof metrics === "number" ? metrics : undefined,
    page: page === "off" ? undefined : { projects },
    exporter: exporterOf(settings, projects),
    version,
    lostLogEntries: accessLog.lost,
    accessLog: log === "off" ? undefined : accessLog.log,
    host: settings.host,
    port: settings.port,
    drain: settings.drain,
    drainDelay: settings.drainDelay
  }
}

/** The exporter of traces, loaded only if it is configured. */
const tracing = (settings: GatewaySettings, environment: Environment): Layer.Layer<never> => {
  const { otlpEndpoint } = settings
  return otlpEndpoint === undefined
    ? Layer.empty
    : Layer.unwrapEffect(
        Effect.map(
          Effect.promise(() => import("./Otlp.js")),
          ({ layer }) => layer(otlpEndpoint, settings, environment)
        )
      )
}

export const start = (settings: GatewaySettings, environment: Environment): Effect.Effect<number> =>
  Effect.gen(function* () {
    yield* onSignals(fatalSignals, () => {})
    const files = yield* Reload.filesOf(settings, environment)
    // Taken before the files are read, so that no change in between is missed.
    const fingerprints = yield* Effect.merge(withTimeLimit(Reload.fingerprintsOf(files)))
    const machine = Reload.rememberingPipes(NodeMachine.make(environment))
    const configured = yield* prepare(settings, machine)
    // Only the user who starts the gateway sees the key, so that a proxy on this machine does not open it to others.
    const newKey = needsNewKey(settings, configured) ? yield* newApiKey : undefined
    // It may do what the gateway is started for.
    const grant: KeyGrant = settings.writes === "on" ? { permissions: ["read", "write"] } : {}
    const prepared = newKey === undefined ? configured : { ...configured, apiKeys: [{ hash: newKey.hash, ...grant }] }
    const notes = newKey === undefined ? [] : [`no keys are configured: the API key of this run is ${newKey.key}`]
    for (const warning of prepared.warnings) yield* logLine(`warning: ${warning}`)
    const { clients, upstreams } = prepared
    const auditLog =
      settings.auditLog === undefined
        ? undefined
        : yield* Effect.flatMap(NodeMachine.expandHome(settings.auditLog, environment), AuditFile.make)
    const accessLog = yield* AccessLogLines.make
    const gateway = NodeGateway.layerServer(optionsOf(settings, prepared, auditLog, accessLog)).pipe(
      Layer.provide(Sharing.layer(settings, upstreams, prepared.redisPassword)),
      Layer.provide(Layer.succeed(HotspotSession.HotspotSession, clients.client)),
      Layer.provide(tracing(settings, environment))
    )
    /** What has been read again from the files, as the gateway takes it. */
    const reloadable = Effect.gen(function* () {
      const { accessKeys, apiKeys, projects } = yield* readFiles(settings, machine)
      const remoteEndpoints = yield* upstreams.findRemoteEndpoints(projects)
      yield* checkUpstreams(settings, { ...upstreams, remoteEndpoints }, environment)
      return {
        // The key of this run is in no file.
        ...(newKey === undefined ? { accessKeys, apiKeys } : {}),
        remoteProjects: yield* clients.remoteProjectsOf(remoteEndpoints),
        page: settings.page === "off" ? undefined : { projects },
        exporter: exporterOf(settings, projects)
      }
    }).pipe(Effect.provide(yield* Effect.context<HttpClient.HttpClient | Scope.Scope>()))
    const { host, metrics, port } = settings
    const metricsPort = typeof metrics === "number" ? metrics : undefined
    return yield* serve(gateway, { host, port, metricsPort }, notes, accessLog.flush, (reload) =>
      Reload.run(files, fingerprints, Effect.flatMap(reloadable, reload))
    )
  }).pipe(
    orFail,
    Effect.scoped,
    // The command line has already rejected invalid options.
    Effect.provide(Layer.orDie(NodeHotspotSession.layerHttpClient(clientOptions(settings.connection, environment)))),
    Effect.provide(logger)
  )
