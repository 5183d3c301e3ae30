import * as HttpClient from "@effect/platform/HttpClient"
import { Setting } from "@hotspot-session/core"
import type { ConfigError } from "effect/ConfigError"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { type Configured, settingsOf } from "../Configured.js"
import type { CredentialsError } from "../Core.js"
import { Credentials } from "../Credentials.js"
import { optionalFunction } from "../Endpoint.js"
import * as HotspotSession from "../HotspotSession.js"
import * as ProfileChain from "../profile/ProfileChain.js"
import { defaultMaxBodyBytes } from "../Transport.js"
import { checkOptions, type HttpClientOptions, makeConnector } from "./HttpClientOptions.js"
import * as NodeHttp from "./NodeHttp.js"
import * as NodeMachine from "./NodeMachine.js"

export type { HttpClientOptions } from "./HttpClientOptions.js"

/**
 * The same as `NodeHttp.make`. Some bundlers include undici with this name, and none does with that one.
 *
 * @example
 * ```ts
 * import { NodeHotspotSession } from "@hotspot-session/client/node"
 * import { Effect } from "effect"
 *
 * const status = Effect.scoped(
 *   Effect.gen(function* () {
 *     const client = yield* NodeHotspotSession.makeHttpClient({ connectTimeout: "3 seconds" })
 *     const response = yield* client.get("https://service.example/")
 *     return response.status
 *   })
 * )
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const makeHttpClient = NodeHttp.make

/**
 * The same as `NodeHttp.layer`. Some bundlers include undici with this name, and none does with that one.
 *
 * @example
 * ```ts
 * import { Credentials, HotspotSession } from "@hotspot-session/client"
 * import { NodeHotspotSession } from "@hotspot-session/client/node"
 * import { Layer } from "effect"
 *
 * const layer = HotspotSession.layer({ region: "ap-southeast-1" }).pipe(
 *   Layer.provide([Credentials.layerTokenConfig(), NodeHotspotSession.layerHttpClient({ proxy: "environment" })])
 * )
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layerHttpClient = NodeHttp.layer

/**
 * The settings of `layerUndici`.
 *
 * @category models
 * @since 0.1.0
 */
export interface UndiciOptions extends HttpClientOptions {
  /**
   * Maximum size of a response body in bytes, without content codings such as gzip: an integer of at least 1, or `Infinity`. Default: 64 MiB, which is more than
   * the largest page.
   */
  readonly maxBodyBytes?: number | undefined
}

const loadUndici = () => import("./UndiciTransport.js")

/**
 * The client over undici, which takes longer to load than a short program runs; over `node:http` where undici does not work.
 *
 * @internal
 */
export const makeUndici = (
  settings: NodeHttp.Settings,
  load: () => Promise<Pick<Awaited<ReturnType<typeof loadUndici>>, "isAvailable" | "makeChecked">> = loadUndici
): Effect.Effect<HttpClient.HttpClient, never, Scope.Scope> =>
  Effect.tryPromise(load).pipe(
    Effect.tapErrorCause((cause) => Effect.logDebug("undici cannot be loaded; node:http is used instead", cause)),
    Effect.map(({ isAvailable, makeChecked }) => (isAvailable ? makeChecked : NodeHttp.makeChecked)),
    Effect.orElseSucceed(() => NodeHttp.makeChecked),
    Effect.flatMap((makeChecked) => makeChecked(settings))
  )

/**
 * An `HttpClient` over undici with keep-alive, a time limit for connecting and a maximum body size. Connections are closed
 * with the layer's scope. Several times as fast as `NodeHttp.layer`, which starts sooner because it does not load undici. Uses
 * the undici of `@effect/platform-node`, and `node:http` where there is none: in Bun, and in some bundles of ES modules.
 *
 * Fails with a `ConfigError` if an option has the wrong type or is out of range.
 *
 * @example
 * ```ts
 * import { Credentials, HotspotSession } from "@hotspot-session/client"
 * import { NodeHotspotSession } from "@hotspot-session/client/node"
 * import { Layer } from "effect"
 *
 * const layer = HotspotSession.layer({ region: "ap-southeast-1" }).pipe(
 *   Layer.provide([Credentials.layerTokenConfig(), NodeHotspotSession.layerUndici({ maxSockets: 16 })])
 * )
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export function layerUndici(): Layer.Layer<HttpClient.HttpClient>
export function layerUndici(options: UndiciOptions | undefined): Layer.Layer<HttpClient.HttpClient, ConfigError>
export function layerUndici(options: UndiciOptions = {}): Layer.Layer<HttpClient.HttpClient, ConfigError> {
  // Reads the environment, so not before the layer is built.
  const checked = Effect.suspend(() =>
    Effect.all({
      common: checkOptions(options),
      maxBodyBytes: Setting.integer("maxBodyBytes", options.maxBodyBytes, defaultMaxBodyBytes, { min: 1 })
    })
  )
  return Layer.scoped(
    HttpClient.HttpClient,
    Effect.gen(function* () {
      const {
        common: { connection, maxSockets },
        maxBodyBytes
      } = yield* checked
      return yield* makeUndici({ connector: yield* makeConnector(connection), maxSockets, maxBodyBytes })
    })
  )
}

/**
 * `HotspotSession.layer` with the `HttpClient` of `layerUndici`. Requires only `Credentials`.
 *
 * Fails with a `ConfigError` like `HotspotSession.make`.
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
 * @since 0.1.0
 */
export const layer = (
  options: HotspotSession.Options & UndiciOptions
): Layer.Layer<HotspotSession.HotspotSession, ConfigError, Credentials> =>
  Layer.provide(HotspotSession.layer(options), layerUndici(options))

/**
 * `HotspotSession.layerConfig` with the `HttpClient` of `layerUndici`. Requires only `Credentials`.
 *
 * Fails with a `ConfigError` if a setting is missing or invalid, and like `HotspotSession.make`.
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
 * @since 0.1.0
 */
export const layerConfig = (
  options: Configured<HotspotSession.Options & UndiciOptions>
): Layer.Layer<HotspotSession.HotspotSession, ConfigError, Credentials> =>
  Layer.unwrapEffect(Effect.map(settingsOf<HotspotSession.Options & UndiciOptions>(options), layer))

/**
 * `layer` with the credentials of this machine, found like those of the command line: see `ProfileChain.resolve`. So is the
 * endpoint of a region, if the machine or the source of the credentials sets it: see `ProfileChain.connection`. Has no
 * requirements. Requests to IAM and to services of this machine use the same `HttpClient`. `environment` is that of the machine,
 * too: its variables have the credentials, and say where its files are.
 *
 * Fails with a `ConfigError` like `HotspotSession.make`, and with a `CredentialsError` like `ProfileChain.connection`.
 *
 * @example
 * ```ts
 * import { NodeHotspotSession } from "@hotspot-session/client/node"
 *
 * const layer = NodeHotspotSession.layerMachine({ region: "ap-southeast-1" })
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layerMachine = (
  options: HotspotSession.Options & UndiciOptions & ProfileChain.Options
): Layer.Layer<HotspotSession.HotspotSession, ConfigError | CredentialsError> =>
  Layer.unwrapScoped(
    Effect.flatMap(optionalFunction("regionEndpoint", options?.regionEndpoint), (ofRegion) => {
      const given = options?.endpoint ?? (options?.region === undefined ? undefined : ofRegion?.(options.region))
      return Effect.map(
        ProfileChain.connection(NodeMachine.make(options?.environment ?? process.env), { ...options, endpoint: given }),
        ({ credentials, endpoint, regionEndpoint }) =>
          HotspotSession.layer({
            ...options,
            ...(endpoint === undefined ? {} : { endpoint }),
            regionEndpoint: (region) => ofRegion?.(region) ?? regionEndpoint(region)
          }).pipe(Layer.provide(Layer.succeed(Credentials, credentials)))
      )
    })
  ).pipe(Layer.provide(layerUndici(options)))
