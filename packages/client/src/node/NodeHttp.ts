import * as HttpClient from "@effect/platform/HttpClient"
import type { ConfigError } from "effect/ConfigError"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { defaultMaxBodyBytes, withTransport } from "../Transport.js"
import type { Connector } from "./Connector.js"
import * as ConnectorAgents from "./ConnectorAgents.js"
import { checkOptions, type HttpClientOptions, makeConnector } from "./HttpClientOptions.js"
import * as NodeClient from "./NodeClient.js"
import * as NodeTransport from "./NodeTransport.js"

/**
 * What the clients over `node:http` and undici are made of.
 *
 * @internal
 */
export interface Settings {
  readonly connector: Connector
  readonly maxSockets: number
  readonly maxBodyBytes: number
}

const makeDirectOrProxied = ({ connector, maxBodyBytes, maxSockets }: Settings, isDirect: boolean) =>
  Effect.acquireRelease(
    Effect.sync(() => ConnectorAgents.make({ keepAlive: true, maxSockets }, connector, isDirect)),
    (agents) => Effect.sync(() => agents.destroy())
  ).pipe(
    Effect.map((agents) => {
      const client = NodeClient.make(agents)
      return { client, transport: NodeTransport.make(agents, client, maxBodyBytes) }
    })
  )

/**
 * The client of checked options.
 *
 * @internal
 */
export const makeChecked = Effect.fnUntraced(function* (
  settings: Settings
): Effect.fn.Return<HttpClient.HttpClient, never, Scope.Scope> {
  const { connector } = settings
  const direct = yield* makeDirectOrProxied(settings, true)
  if (!connector.usesProxy) return withTransport(direct.client, direct.transport)
  const ProxiedHttpClient = yield* Effect.promise(() => import("./ProxiedHttpClient.js"))
  const proxied = yield* makeDirectOrProxied(settings, false)
  return withTransport(
    ProxiedHttpClient.make(connector, { proxied: proxied.client, direct: direct.client }),
    ProxiedHttpClient.transport(connector, { proxied: proxied.transport, direct: direct.transport })
  )
})

/**
 * An `HttpClient` over `node:http` with keep-alive and a time limit for connecting. Connections are closed with the scope.
 * For programs that make a few calls and end, because it starts fastest: neither this module nor what it imports loads undici,
 * and no bundle of it contains undici.
 *
 * Fails with a `ConfigError` if an option has the wrong type or is out of range.
 *
 * @example
 * ```ts
 * import { NodeHttp } from "@hotspot-session/client/node"
 * import { Effect } from "effect"
 *
 * const status = Effect.scoped(
 *   Effect.gen(function* () {
 *     const client = yield* NodeHttp.make({ connectTimeout: "3 seconds" })
 *     const response = yield* client.get("https://service.example/")
 *     return response.status
 *   })
 * )
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export function make(): Effect.Effect<HttpClient.HttpClient, never, Scope.Scope>
export function make(
  options: HttpClientOptions | undefined
): Effect.Effect<HttpClient.HttpClient, ConfigError, Scope.Scope>
export function make(options: HttpClientOptions = {}): Effect.Effect<HttpClient.HttpClient, ConfigError, Scope.Scope> {
  return Effect.gen(function* () {
    const { connection, maxSockets } = yield* checkOptions(options)
    const connector = yield* makeConnector(connection)
    return yield* makeChecked({ connector, maxSockets, maxBodyBytes: defaultMaxBodyBytes })
  })
}

/**
 * `make` as a layer.
 *
 * Fails like it.
 *
 * @example
 * ```ts
 * import { Credentials, HotspotSession } from "@hotspot-session/client"
 * import { NodeHttp } from "@hotspot-session/client/node"
 * import { Layer } from "effect"
 *
 * const layer = HotspotSession.layer({ region: "ap-southeast-1" }).pipe(
 *   Layer.provide([Credentials.layerTokenConfig(), NodeHttp.layer({ proxy: "environment" })])
 * )
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export function layer(): Layer.Layer<HttpClient.HttpClient>
export function layer(options: HttpClientOptions | undefined): Layer.Layer<HttpClient.HttpClient, ConfigError>
export function layer(options: HttpClientOptions = {}): Layer.Layer<HttpClient.HttpClient, ConfigError> {
  return Layer.scoped(HttpClient.HttpClient, make(options))
}
