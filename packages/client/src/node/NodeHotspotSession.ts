import * as Http from "node:http"
import * as Https from "node:https"
import * as HttpClient from "@effect/platform/HttpClient"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { Setting } from "@hotspot-session/core"
import type { ConfigError } from "effect/ConfigError"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { type Configured, settingsOf } from "../Configured.js"
import type { CredentialsError } from "../Core.js"
import type { Credentials } from "../Credentials.js"
import * as HotspotSession from "../HotspotSession.js"
import * as ProfileChain from "../profile/ProfileChain.js"
import { withConnectTimeout } from "./ConnectTimeout.js"
import * as NodeMachine from "./NodeMachine.js"

/**
 * The settings of `layerHttpClient`.
 *
 * @category models
 */
export interface HttpClientOptions {
  /** How long a connection may take to be there, TLS handshake included; longer than 0. Default: 10 s. */
  readonly connectTimeout?: Duration.DurationInput | undefined
  /** Connections to one host at the same time: an integer from 1, or `Infinity`. Default: 64. */
  readonly maxSockets?: number | undefined
}

const checkOptions = (options: HttpClientOptions) =>
  Either.all({
    connectTimeout: Setting.positiveDuration("connectTimeout", options.connectTimeout, "10 seconds"),
    maxSockets: Setting.integer("maxSockets", options.maxSockets, 64, { min: 1 })
  })

const makeAgents = (options: Http.AgentOptions, connectTimeout: number) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const opened: { http?: Http.Agent; https?: Https.Agent } = {}
      return {
        [NodeHttpClient.HttpAgentTypeId]: NodeHttpClient.HttpAgentTypeId,
        opened,
        get http() {
          opened.http ??= withConnectTimeout(new Http.Agent(options), connectTimeout, "connect")
          return opened.http
        },
        // Few programs need both, and TLS is slow to load.
        get https() {
          opened.https ??= withConnectTimeout(new Https.Agent(options), connectTimeout, "secureConnect")
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

/**
 * An `HttpClient` over `node:http` that keeps its connections and gives up those that do not come about. They are closed
 * with the scope. For programs that make a few calls and end: it starts fastest.
 *
 * Fails with `ConfigError` where an option is not what its type says or out of its range.
 *
 * @category constructors
 */
export function makeHttpClient(): Effect.Effect<HttpClient.HttpClient, never, Scope.Scope>
export function makeHttpClient(
  options: HttpClientOptions | undefined
): Effect.Effect<HttpClient.HttpClient, ConfigError, Scope.Scope>
export function makeHttpClient(
  options: HttpClientOptions = {}
): Effect.Effect<HttpClient.HttpClient, ConfigError, Scope.Scope> {
  return checkOptions(options).pipe(
    Effect.flatMap(({ connectTimeout, maxSockets }) =>
      makeAgents({ keepAlive: true, maxSockets }, Duration.toMillis(connectTimeout))
    ),
    Effect.flatMap((agents) => Effect.provideService(NodeHttpClient.make, NodeHttpClient.HttpAgent, agents))
  )
}

/**
 * `makeHttpClient` as a layer.
 *
 * Fails like it.
 *
 * @category layers
 */
export function layerHttpClient(): Layer.Layer<HttpClient.HttpClient>
export function layerHttpClient(options: HttpClientOptions | undefined): Layer.Layer<HttpClient.HttpClient, ConfigError>
export function layerHttpClient(options: HttpClientOptions = {}): Layer.Layer<HttpClient.HttpClient, ConfigError> {
  return Layer.scoped(HttpClient.HttpClient, makeHttpClient(options))
}

/**
 * The settings of `layerUndici`.
 *
 * @category models
 */
export interface UndiciOptions extends HttpClientOptions {
  /** The largest body of an answer that is read, in bytes: an integer from 1, or `Infinity`. Default: 64 MiB, more than the largest page can have. */
  readonly maxBodyBytes?: number | undefined
}

/**
 * An `HttpClient` over undici that keeps its connections, gives up those that do not come about and reads no body without
 * end. They are closed with the layer's scope. Several times as fast as `layerHttpClient`; a bundle that uses only that one
 * leaves undici out and starts sooner. It is the undici of `@effect/platform-node`.
 *
 * Fails with `ConfigError` where an option is not what its type says or out of its range.
 *
 * @category layers
 */
export function layerUndici(): Layer.Layer<HttpClient.HttpClient>
export function layerUndici(options: UndiciOptions | undefined): Layer.Layer<HttpClient.HttpClient, ConfigError>
export function layerUndici(options: UndiciOptions = {}): Layer.Layer<HttpClient.HttpClient, ConfigError> {
  const checked = Either.all({
    common: checkOptions(options),
    maxBodyBytes: Setting.integer("maxBodyBytes", options.maxBodyBytes, 64 * 1024 * 1024, { min: 1 })
  })
  return Layer.unwrapEffect(
    Effect.flatMap(checked, ({ common: { connectTimeout, maxSockets }, maxBodyBytes }) =>
      Effect.map(
        Effect.promise(() => import("./UndiciHttpClient.js")),
        ({ layer }) => layer({ connectTimeoutMillis: Duration.toMillis(connectTimeout), maxSockets, maxBodyBytes })
      )
    )
  )
}

/**
 * `HotspotSession.layer` with the `HttpClient` of `layerUndici`; only `Credentials` are left to provide.
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
  options: HotspotSession.Options & UndiciOptions
): Layer.Layer<HotspotSession.HotspotSession, ConfigError, Credentials> =>
  Layer.provide(HotspotSession.layer(options), layerUndici(options))

/**
 * `HotspotSession.layerConfig` with the `HttpClient` of `layerUndici`; only `Credentials` are left to provide.
 *
 * Fails with `ConfigError` where a setting is missing or cannot be read, and like `HotspotSession.make`.
 *
 * @example
 * ```ts
 * import { Credentials, RegionId } from "@hotspot-session/client"
 * import { NodeHotspotSession } from "@hotspot-session/client/node"
 * import { Layer, Schema } from "effect"
 *
 * const layer = NodeHotspotSession.layerConfig({
 *   region: Schema.Config("HOTSPOT_SESSION_REGION", RegionId),
 *   timeout: "1 minute",
 *   maxSockets: 16
 * }).pipe(Layer.provide(Credentials.layerTokenConfig()))
 * ```
 *
 * @category layers
 */
export const layerConfig = (
  options: Configured<HotspotSession.Options & UndiciOptions>
): Layer.Layer<HotspotSession.HotspotSession, ConfigError, Credentials> =>
  Layer.unwrapEffect(Effect.map(settingsOf<HotspotSession.Options & UndiciOptions>(options), layer))

/**
 * `layer` with the credentials that this machine has, as the command line finds them: see `ProfileChain.resolve`. Nothing
 * is left to provide. IAM and the ECS metadata service are asked by the same `HttpClient`.
 *
 * Fails with `ConfigError` like `HotspotSession.make`, and with `CredentialsError` where there are no credentials, or they
 * cannot be used.
 *
 * @example
 * ```ts
 * import { NodeHotspotSession } from "@hotspot-session/client/node"
 *
 * const layer = NodeHotspotSession.layerMachine({ region: "ap-southeast-1" })
 * ```
 *
 * @category layers
 */
export const layerMachine = (
  options: HotspotSession.Options & UndiciOptions & ProfileChain.Options
): Layer.Layer<HotspotSession.HotspotSession, ConfigError | CredentialsError> =>
  HotspotSession.layer(options).pipe(
    Layer.provide(ProfileChain.layer(NodeMachine.make(), options)),
    Layer.provide(layerUndici(options))
  )
