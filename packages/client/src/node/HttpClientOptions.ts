import { Setting } from "@hotspot-session/core"
import { type ConfigError, InvalidData } from "effect/ConfigError"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import { type Environment, normalizeEnvironment } from "../Environment.js"
import * as Proxy from "../Proxy.js"
import * as Connector from "./Connector.js"

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
  /** The environment that `proxy` and `systemCa` refer to, and of `layerMachine` also that of the machine. Default: `process.env`. */
  readonly environment?: Environment | undefined
}

const isProxySettings = (value: unknown): value is Proxy.ProxySettings =>
  typeof value === "object" &&
  value !== null &&
  !Array.isArray(value) &&
  Object.keys(value).every((name) => name === "http" || name === "https" || name === "noProxy")

/** A `URL` without a port has that of its scheme, where a text has curl's default. */
const textOf = ({ hostname, password, port, protocol, username }: URL): string => {
  const user = username === "" && password === "" ? "" : `${username}:${password}@`
  return `${protocol}//${user}${hostname}:${port || (protocol === "https:" ? 443 : 80)}`
}

/** No message repeats a URL, which may have a password. */
const checkProxy = (
  value: unknown,
  environment: Environment
): Either.Either<Proxy.ProxySettings | undefined, ConfigError> => {
  const refuse = (problem: string) => Either.left(InvalidData(["proxy"], `proxy ${problem}`))
  if (value === undefined || value === null) return Either.right(undefined)
  if (value === "environment") return Either.right(Proxy.fromEnvironment(environment))
  const text = Redacted.isRedacted(value) ? Redacted.value(value) : value instanceof URL ? textOf(value) : value
  if (isProxySettings(text)) return Either.right(text)
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

const isEnvironment = (value: unknown): value is Environment => Predicate.isRecord(value)

const connectionOptions = ["proxy", "ca", "systemCa"] as const

/** Bun before 1.4 connects by itself, whatever the agent of a request is: it would not use the proxy. */
const checkRuntime = (options: HttpClientOptions, bun: string | undefined): Either.Either<void, ConfigError> => {
  const ignored = connectionOptions.find((name) => options[name])
  return ignored === undefined || bun === undefined || !/^(?:0|1\.[0-3])\./.test(bun)
    ? Either.void
    : Either.left(InvalidData([ignored], `${ignored} requires Bun 1.4 or later, or Node.js`))
}

/**
 * The options, checked and with their defaults.
 *
 * @internal
 */
export const checkOptions = (options: HttpClientOptions, bun: string | undefined = process.versions["bun"]) => {
  const environment = options.environment ?? process.env
  return Effect.flatMap(
    Either.all({
      runtime: checkRuntime(options, bun),
      connectTimeout: Setting.positiveDuration("connectTimeout", options.connectTimeout, "10 seconds"),
      maxSockets: Setting.integer("maxSockets", options.maxSockets, 64, { min: 1 }),
      proxy: checkProxy(options.proxy, environment),
      environment: Setting.optional("environment", options.environment, "an object", isEnvironment),
      systemCa: Setting.optional("systemCa", options.systemCa, "true or false", Predicate.isBoolean)
    }),
    ({ connectTimeout, maxSockets, proxy, systemCa }) =>
      Effect.map(checkCa(options.ca), (ca) => ({
        maxSockets,
        connection: {
          connectTimeoutMillis: Duration.toMillis(connectTimeout),
          proxy,
          trusted: { ca, environment: systemCa === true ? normalizeEnvironment(environment) : undefined }
        }
      }))
  )
}

/**
 * A connector whose attempts end with the scope.
 *
 * @internal
 */
export const makeConnector = (settings: Connector.Settings) =>
  Effect.acquireRelease(
    Effect.sync(() => Connector.make(settings)),
    (connector) => Effect.sync(connector.close)
  )
