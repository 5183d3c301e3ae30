import * as Http from "node:http"
import * as Https from "node:https"
import type * as HttpClient from "@effect/platform/HttpClient"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import type * as Config from "effect/Config"
import type { ConfigError } from "effect/ConfigError"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Credentials } from "../Credentials.js"
import * as HotspotSession from "../HotspotSession.js"
import { withConnectTimeout } from "./ConnectTimeout.js"

/**
 * The settings of `layerHttpClient`.
 *
 * @category models
 */
export interface HttpClientOptions {
  /** How long a connection may take to be there, TLS handshake included. Default: 10 s. */
  readonly connectTimeout?: Duration.DurationInput | undefined
  /** Connections to one host at the same time. Default: 64. */
  readonly maxSockets?: number | undefined
}

/**
 * An `HttpClient` over `node:http` that keeps its connections and gives up those that do not come about. They are closed
 * with the layer's scope.
 *
 * @category layers
 */
export const layerHttpClient = (options: HttpClientOptions = {}): Layer.Layer<HttpClient.HttpClient> => {
  const connectTimeout = Duration.toMillis(options.connectTimeout ?? Duration.seconds(10))
  const agentOptions = { keepAlive: true, maxSockets: options.maxSockets ?? 64 }
  const agents = Effect.acquireRelease(
    Effect.sync(() => {
      const opened: { http?: Http.Agent; https?: Https.Agent } = {}
      return {
        [NodeHttpClient.HttpAgentTypeId]: NodeHttpClient.HttpAgentTypeId,
        opened,
        get http() {
          opened.http ??= withConnectTimeout(new Http.Agent(agentOptions), connectTimeout, "connect")
          return opened.http
        },
        // Few programs need both, and TLS is slow to load.
        get https() {
          opened.https ??= withConnectTimeout(new Https.Agent(agentOptions), connectTimeout, "secureConnect")
          return opened.https
        }
      } as const
    }),
    ({ opened }) =>
      Effect.sync(() => {
        opened.http?.destroy()
        opened.https?.destroy()
      })
  )
  return Layer.provide(NodeHttpClient.layerWithoutAgent, Layer.scoped(NodeHttpClient.HttpAgent, agents))
}

/**
 * `HotspotSession.layer` with the `HttpClient` of `layerHttpClient`; only `Credentials` are left to provide.
 *
 * Fails with `ConfigError` like `HotspotSession.make`.
 *
 * @example
 * ```ts
 * import { Credentials } from "@hotspot-session/client"
 * import { NodeHotspotSession } from "@hotspot-session/client/node"
 * import { Layer } from "effect"
 *
 * const layer = NodeHotspotSession.layer({ region: "ap-southeast-1" }).pipe(
 *   Layer.provide(Credentials.layerTokenConfig())
 * )
 * ```
 *
 * @category layers
 */
export const layer = (
  options: HotspotSession.Options & HttpClientOptions
): Layer.Layer<HotspotSession.HotspotSession, ConfigError, Credentials> =>
  Layer.provide(HotspotSession.layer(options), layerHttpClient(options))

/**
 * `HotspotSession.layerConfig` with the `HttpClient` of `layerHttpClient`.
 *
 * @category layers
 */
export const layerConfig = (
  options: Config.Config.Wrap<HotspotSession.Options>,
  httpClient?: HttpClientOptions
): Layer.Layer<HotspotSession.HotspotSession, ConfigError, Credentials> =>
  Layer.provide(HotspotSession.layerConfig(options), layerHttpClient(httpClient))
