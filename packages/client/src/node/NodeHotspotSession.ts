import * as HttpClient from "@effect/platform/HttpClient"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { Setting } from "@hotspot-session/core"
import { type ConfigError, InvalidData } from "effect/ConfigError"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { type Configured, settingsOf } from "../Configured.js"
import type { CredentialsError } from "../Core.js"
import type { Credentials } from "../Credentials.js"
import * as HotspotSession from "../HotspotSession.js"
import * as Proxy from "../Proxy.js"
import type { Environment } from "../profile/Profile.js"
import * as ProfileChain from "../profile/ProfileChain.js"
import { withTransport } from "../Transport.js"
import * as Connector from "./Connector.js"
import * as ConnectorAgents from "./ConnectorAgents.js"
import * as NodeMachine from "./NodeMachine.js"
import * as NodeTransport from "./NodeTransport.js"

/**
 * The settings of `layerHttpClient`.
 *
 * @category models
 * @since 0.1.0
 */
export interface HttpClientOptions {
  /**
   * Time limit for connecting, with the resolution of the name, all addresses, a proxy and TLS handshakes; longer than 0.
   * Default: 10 s.
   */
  readonly connectTimeout?: Duration.DurationInput | undefined
  /** Maximum number of concurrent connections to a host: an integer of at least 1, or `Infinity`. Default: 64. */
  readonly maxSockets?: number | undefined
  /**
   * The proxy: `"environment"` for `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`, a URL such as
   * `http://user:password@proxy.example:3128`, or settings of `Proxy`. Requests to the ECS metadata service never use one.
   * Default: none.
   */
  readonly proxy?: "environment" | (string & {}) | URL | Redacted.Redacted<string> | Proxy.ProxySettings | undefined
  /** Certificate authorities to trust besides Node's, `NODE_EXTRA_CA_CERTS` included: PEM, or one in DER. Default: none. */
  readonly ca?: string | Uint8Array | ReadonlyArray<string | Uint8Array> | undefined
  /**
   * Whether the certificate authorities of `SSL_CERT_FILE`, of `SSL_CERT_DIR` and of the system are trusted, too. They are
   * read when a server has a certificate of an authority that is not trusted otherwise. Default: false.
   */
  readonly systemCa?: boolean | undefined
  /** The environment that `proxy` and `systemCa` refer to. Default: `process.env`. */
  readonly environment?: Environment | undefined
}

const isProxySettings = (value: object): value is Proxy.ProxySettings => "http" in value || "https" in value

/** No message repeats a URL, which may have a password. */
const checkProxy = (
  value: unknown,
  environment: Environment
): Either.Either<Proxy.ProxySettings | undefined, ConfigError> => {
  const refuse = (problem: string) => Either.left(InvalidData(["proxy"], `proxy ${problem}`))
  if (value === undefined || value === null) return Either.right(undefined)
  if (value === "environment") return Either.right(Proxy.fromEnvironment(environment))
  if (typeof value === "object" && isProxySettings(value)) return Either.right(value)
  const text = Redacted.isRedacted(value) ? Redacted.value(value) : value instanceof URL ? value.href : value
  if (typeof text !== "string") return refuse('must be "environment" or a URL')
  return Either.match(Proxy.parse(text, "option proxy"), {
    onLeft: ({ hint, problem }) => refuse(`${problem}. ${hint}`),
    onRight: (proxy) => Either.right(Proxy.forAll(Either.right(proxy), environment))
  })
}

const isContent = (value: unknown): value is string | Uint8Array =>
  typeof value === "string" || value instanceof Uint8Array

/** The certificates, parsed. What parses them is loaded only if there are any. */
const checkCa = (value: unknown): Effect.Effect<ReadonlyArray<string>, ConfigError> => {
  if (value === undefined || value === null) return Effect.succeed([])
  return Effect.flatMap(
    Effect.promise(() => import("./CertificateFile.js")),
    ({ parse }) =>
      Effect.map(
        Effect.forEach(Array.isArray(value) ? value : [value], (content: unknown) =>
          isContent(content)
            ? Either.mapLeft(parse(content), (problem) => InvalidData(["ca"], `ca ${problem}`))
            : Setting.optional("ca", content, "certificates as PEM", isContent).pipe(Either.map(() => []))
        ),
        (parsed) => parsed.flat()
      )
  )
}

const isBoolean = (value: unknown): value is boolean => typeof value === "boolean"

const checkOptions = (options: HttpClientOptions) => {
  const environment = options.environment ?? process.env
  return Effect.flatMap(
    Either.all({
      connectTimeout: Setting.positiveDuration("connectTimeout", options.connectTimeout, "10 seconds"),
      maxSockets: Setting.integer("maxSockets", options.maxSockets, 64, { min: 1 }),
      proxy: checkProxy(options.proxy, environment),
      systemCa: Setting.optional("systemCa", options.systemCa, "true or false", isBoolean)
    }),
    ({ connectTimeout, maxSockets, proxy, systemCa }) =>
      Effect.map(checkCa(options.ca), (ca) => ({
        maxSockets,
        connection: {
          connectTimeoutMillis: Duration.toMillis(connectTimeout),
          proxy,
          trusted: { ca, environment: systemCa === true ? environment : undefined }
        }
      }))
  )
}

/** A connector whose attempts end with the scope. */
const makeConnector = (settings: Connector.Settings) =>
  Effect.acquireRelease(
    Effect.sync(() => Connector.make(settings)),
    (connector) => Effect.sync(connector.close)
  )

const makeClient = (maxSockets: number, connector: Connector.Connector, isDirect: boolean) =>
  Effect.acquireRelease(
    Effect.sync(() => ConnectorAgents.make({ keepAlive: true, maxSockets }, connector, isDirect)),
    (agents) => Effect.sync(() => agents.destroy())
  ).pipe(
    Effect.flatMap((agents) =>
      Effect.map(Effect.provideService(NodeHttpClient.make, NodeHttpClient.HttpAgent, agents), (client) => ({
        client,
        transport: NodeTransport.make(agents, client)
      }))
    )
  )

/**
 * An `HttpClient` over `node:http` with keep-alive and a time limit for connecting. Connections are closed with the scope.
 * For programs that make a few calls and end, because it starts fastest.
 *
 * Fails with a `ConfigError` if an option has the wrong type or is out of range.
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
export function makeHttpClient(): Effect.Effect<HttpClient.HttpClient, never, Scope.Scope>
export function makeHttpClient(
  options: HttpClientOptions | undefined
): Effect.Effect<HttpClient.HttpClient, ConfigError, Scope.Scope>
export function makeHttpClient(
  options: HttpClientOptions = {}
): Effect.Effect<HttpClient.HttpClient, ConfigError, Scope.Scope> {
  return Effect.gen(function* () {
    const { connection, maxSockets } = yield* checkOptions(options)
    const connector = yield* makeConnector(connection)
    const direct = yield* makeClient(maxSockets, connector, true)
    if (!connector.usesProxy) return withTransport(direct.client, direct.transport)
    const ProxiedHttpClient = yield* Effect.promise(() => import("./ProxiedHttpClient.js"))
    const proxied = yield* makeClient(maxSockets, connector, false)
    return withTransport(
      ProxiedHttpClient.make(connector, { proxied: proxied.client, direct: direct.client }),
      ProxiedHttpClient.transport(connector, { proxied: proxied.transport, direct: direct.transport })
    )
  })
}

/**
 * `makeHttpClient` as a layer.
 *
 * Fails like it.
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
export function layerHttpClient(): Layer.Layer<HttpClient.HttpClient>
export function layerHttpClient(options: HttpClientOptions | undefined): Layer.Layer<HttpClient.HttpClient, ConfigError>
export function layerHttpClient(options: HttpClientOptions = {}): Layer.Layer<HttpClient.HttpClient, ConfigError> {
  return Layer.scoped(HttpClient.HttpClient, makeHttpClient(options))
}

/**
 * The settings of `layerUndici`.
 *
 * @category models
 * @since 0.1.0
 */
export interface UndiciOptions extends HttpClientOptions {
  /**
   * Maximum size of a response body in bytes: an integer of at least 1, or `Infinity`. Default: 64 MiB, which is more than
   * the largest page.
   */
  readonly maxBodyBytes?: number | undefined
}

/**
 * An `HttpClient` over undici with keep-alive, a time limit for connecting and a maximum body size. Connections are closed
 * with the layer's scope. Several times as fast as `layerHttpClient`, which starts sooner because it does not load undici. Uses the undici of `@effect/platform-node`.
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
  const checked = Effect.all({
    common: checkOptions(options),
    maxBodyBytes: Setting.integer("maxBodyBytes", options.maxBodyBytes, 64 * 1024 * 1024, { min: 1 })
  })
  return Layer.unwrapScoped(
    Effect.gen(function* () {
      const {
        common: { connection, maxSockets },
        maxBodyBytes
      } = yield* checked
      const { layer } = yield* Effect.promise(() => import("./UndiciTransport.js"))
      return layer({ connector: yield* makeConnector(connection), maxSockets, maxBodyBytes })
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
 * `layer` with the credentials of this machine, found like those of the command line: see `ProfileChain.resolve`. Has no
 * requirements. Requests to IAM and the ECS metadata service use the same `HttpClient`.
 *
 * Fails with a `ConfigError` like `HotspotSession.make`, and with a `CredentialsError` if there are no credentials or they
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
 * @since 0.1.0
 */
export const layerMachine = (
  options: HotspotSession.Options & UndiciOptions & ProfileChain.Options
): Layer.Layer<HotspotSession.HotspotSession, ConfigError | CredentialsError> =>
  HotspotSession.layer(options).pipe(
    Layer.provide(ProfileChain.layer(NodeMachine.make(), options)),
    Layer.provide(layerUndici(options))
  )
