import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { setHeader } from "@effect/platform/HttpClientRequest"
import * as Config from "effect/Config"
import type { ConfigError } from "effect/ConfigError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { type Configured, settingsOf } from "./Configured.js"
import { CredentialsError } from "./Core.js"
import { isHeaderSafe } from "./SensitiveHeaders.js"
import { type SigningKey, sign } from "./Signature.js"

/**
 * What a credential needs to know about the request that it authorises.
 *
 * @category models
 * @since 0.1.0
 */
export interface AuthorizeOptions {
  /** The project that the request addresses; absent for requests to IAM. */
  readonly projectId?: string | undefined
  /** When the request is sent, in epoch milliseconds. */
  readonly at: number
}

/**
 * Authorises requests.
 *
 * @category models
 * @since 0.1.0
 */
export interface Credential {
  /** Where the credential was found, for messages: `environment variable X`, a file's path. Never the secret itself. */
  readonly source: string
  /**
   * Authorises a request immediately before it is sent. Called for each attempt, so that a signature has the time of the
   * attempt.
   */
  readonly authorize: (
    request: HttpClientRequest.HttpClientRequest,
    options: AuthorizeOptions
  ) => Effect.Effect<HttpClientRequest.HttpClientRequest, CredentialsError>
}

/**
 * Provides credentials.
 *
 * @category models
 * @since 0.1.0
 */
export interface Service {
  /** The credential for the next attempt. Evaluated for each attempt; an expensive source should cache its credential. */
  readonly get: Effect.Effect<Credential, CredentialsError>
  /**
   * Reports that the service rejected this credential. Returns true if `get` may now return a different one, in which case
   * the call is attempted once more.
   */
  readonly invalidate: (credential: Credential) => Effect.Effect<boolean>
}

/**
 * The credentials that a client uses. An effect and not a value, because tokens expire and keys rotate.
 *
 * @category tags
 * @since 0.1.0
 */
export class Credentials extends Context.Tag("@hotspot-session/client/Credentials")<Credentials, Service>() {}

/** The text of a secret. `undefined` for a plain string, which is rejected because it would appear in logs. */
const revealed = (secret: unknown): string | undefined => {
  const text = Redacted.isRedacted(secret) ? Redacted.value(secret) : undefined
  return typeof text === "string" ? text : undefined
}

/** Whether it was never set, such as a variable of the environment. */
const isMissing = (secret: unknown): boolean => {
  const value = Redacted.isRedacted(secret) ? Redacted.value(secret) : secret
  return value === undefined || value === null
}

const checkToken = (secret: unknown): string | undefined => {
  const token = revealed(secret)
  if (isMissing(secret)) return "it is missing"
  if (token === undefined)
    return Redacted.isRedacted(secret) ? "it is not a string" : "it must be a string wrapped by Redacted.make"
  if (token === "") return "it is empty"
  if (/^\s|\s$/.test(token)) return "it starts or ends with whitespace or a line break"
  return isHeaderSafe(token) ? undefined : "it contains a space, a line break or another invalid character"
}

/**
 * A user token of IAM, sent as `X-Auth-Token`. It is valid for 24 hours and is not renewed; `get` fails with a
 * `CredentialsError` if its format is invalid.
 *
 * Source: Table 3 of
 * {@link https://support.huaweicloud.com/intl/en-us/api-workspace/ListHotspotSessionConfig.html ListHotspotSessionConfig}.
 *
 * @example
 * ```ts
 * import { Credentials } from "@hotspot-session/client"
 * import { Redacted } from "effect"
 *
 * const credentials = Credentials.token(Redacted.make("MIIF…"))
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const token = (value: Redacted.Redacted<string>, source = "given token"): Service => {
  const problem = checkToken(value)
  const credential: Credential = {
    source,
    authorize: (request) => Effect.succeed(setHeader(request, "x-auth-token", Redacted.value(value)))
  }
  return {
    get:
      problem === undefined
        ? Effect.succeed(credential)
        : Effect.fail(
            new CredentialsError({
              reason: `The token (${source}) is not valid: ${problem}`,
              hint: "Copy the whole value of X-Subject-Token from IAM's response, on one line."
            })
          ),
    invalidate: () => Effect.succeed(false)
  }
}

/**
 * Number of characters of an access key.
 *
 * @category constants
 * @since 0.1.0
 */
export const accessKeyLength = 20

/**
 * Number of characters of a secret key.
 *
 * @category constants
 * @since 0.1.0
 */
export const secretKeyLength = 40

const checkKey = (name: string, value: string, length: number): string | undefined => {
  if (value.trim() === "") return `${name} is ${value === "" ? "empty" : "blank"}`
  if (/\s/.test(value)) return `${name} contains whitespace or a line break`
  if (!isHeaderSafe(value)) return `${name} contains invalid characters`
  if (value.length === length) return undefined
  const cause = value.length < length ? "it may be incomplete" : "it may be encrypted, or too much was copied"
  return `${name} has ${value.length} characters, expected ${length}: ${cause}`
}

const checkAccessKey = (key: SigningKey): string | undefined => {
  const { accessKey, secretKey, securityToken }: Partial<SigningKey> = key ?? {}
  const secret = revealed(secretKey)
  if (isMissing(accessKey)) return "the access key is missing"
  if (typeof accessKey !== "string") return "the access key is not a string"
  if (isMissing(secretKey)) return "the secret key is missing"
  if (secret === undefined) {
    return Redacted.isRedacted(secretKey)
      ? "the secret key is not a string"
      : "the secret key must be a string wrapped by Redacted.make"
  }
  if (accessKey.length === secretKeyLength && secret.length === accessKeyLength) {
    return "the access key and the secret key seem to be swapped"
  }
  const tokenProblem = securityToken === undefined ? undefined : checkToken(securityToken)
  return (
    checkKey("the access key", accessKey, accessKeyLength) ??
    checkKey("the secret key", secret, secretKeyLength) ??
    (tokenProblem === undefined ? undefined : `the security token is not valid: ${tokenProblem}`)
  )
}

/**
 * An access key (AK and SK), with a security token if it is temporary. Each attempt has its own signature
 * (`SDK-HMAC-SHA256`) with its own time. `get` fails with a `CredentialsError` if the format of the key is invalid, because
 * five rejected signatures would lock the key.
 *
 * @example
 * ```ts
 * import { Credentials } from "@hotspot-session/client"
 * import { Redacted } from "effect"
 *
 * const credentials = Credentials.accessKey({
 *   accessKey: "your access key",
 *   secretKey: Redacted.make("your secret key")
 * })
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const accessKey = (key: SigningKey, source = "given access key"): Service => {
  const problem = checkAccessKey(key)
  return {
    get:
      problem === undefined
        ? Effect.succeed(signing(key, source))
        : Effect.fail(
            new CredentialsError({
              reason: `The access key (${source}) is not valid: ${problem}`,
              hint: "Copy the whole access key and the whole secret key again, each on one line."
            })
          ),
    invalidate: () => Effect.succeed(false)
  }
}

/**
 * A credential that signs with a key. The format of the key is not checked.
 *
 * @example
 * ```ts
 * import { Credentials } from "@hotspot-session/client"
 * import { Redacted } from "effect"
 *
 * const credential = Credentials.signing(
 *   { accessKey: "your access key", secretKey: Redacted.make("your secret key") },
 *   "vault"
 * )
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const signing = (key: SigningKey, source: string): Credential => ({
  source,
  authorize: (request, options) => Effect.succeed(sign(request, key, options))
})

/**
 * Credentials from one access key.
 *
 * @example
 * ```ts
 * import { Credentials } from "@hotspot-session/client"
 * import { Redacted } from "effect"
 *
 * const layer = Credentials.layerAccessKey({
 *   accessKey: "your access key",
 *   secretKey: Redacted.make("your secret key")
 * })
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layerAccessKey = (key: SigningKey, source?: string): Layer.Layer<Credentials> =>
  Layer.succeed(Credentials, accessKey(key, source))

/**
 * Credentials from one token.
 *
 * @example
 * ```ts
 * import { Credentials } from "@hotspot-session/client"
 * import { Redacted } from "effect"
 *
 * const layer = Credentials.layerToken(Redacted.make("your token"))
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layerToken = (value: Redacted.Redacted<string>, source?: string): Layer.Layer<Credentials> =>
  Layer.succeed(Credentials, token(value, source))

/** A variable without the line end that a file for Docker or systemd leaves in it if it was written on Windows. */
const variable = (name: string): Config.Config<string> => Config.map(Config.string(name), (text) => text.trim())

/**
 * Credentials from one token in the configuration, by default `HOTSPOT_SESSION_AUTH_TOKEN`.
 *
 * Fails with a `ConfigError` if it is missing. An invalid token fails when it is used, like `token`.
 *
 * @example
 * ```ts
 * import { Credentials } from "@hotspot-session/client"
 * import { Config } from "effect"
 *
 * const standard = Credentials.layerTokenConfig()
 *
 * const own = Credentials.layerTokenConfig(Config.redacted("WORKSPACE_TOKEN"))
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layerTokenConfig = (
  config: Config.Config<Redacted.Redacted<string>> = Config.redacted(variable("HOTSPOT_SESSION_AUTH_TOKEN"))
): Layer.Layer<Credentials, ConfigError> =>
  Layer.effect(
    Credentials,
    Effect.map(settingsOf<{ readonly value: Redacted.Redacted<string> }>({ value: config }), ({ value }) =>
      token(value, "configuration")
    )
  )

/** The variables of the official SDKs. For a permanent key, some users set the third to an empty string. */
const sdkVariables: Configured<SigningKey> = {
  accessKey: variable("HUAWEICLOUD_SDK_AK"),
  secretKey: Config.redacted(variable("HUAWEICLOUD_SDK_SK")),
  securityToken: variable("HUAWEICLOUD_SDK_SECURITY_TOKEN").pipe(
    Config.map((text) => (text === "" ? undefined : Redacted.make(text))),
    Config.withDefault(undefined)
  )
}

/**
 * Credentials from one access key in the configuration, by default the official SDKs' `HUAWEICLOUD_SDK_AK`,
 * `HUAWEICLOUD_SDK_SK` and, for a temporary key, `HUAWEICLOUD_SDK_SECURITY_TOKEN`.
 *
 * Fails with a `ConfigError` that names all missing settings. An invalid key fails when it is used, like `accessKey`.
 *
 * @example
 * ```ts
 * import { Credentials } from "@hotspot-session/client"
 * import { Config } from "effect"
 *
 * const standard = Credentials.layerAccessKeyConfig()
 *
 * const own = Credentials.layerAccessKeyConfig({
 *   accessKey: Config.string("WORKSPACE_AK"),
 *   secretKey: Config.redacted("WORKSPACE_SK")
 * })
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layerAccessKeyConfig = (
  config: Configured<SigningKey> = sdkVariables
): Layer.Layer<Credentials, ConfigError> =>
  Layer.effect(
    Credentials,
    Effect.map(settingsOf<SigningKey>(config), (key) => accessKey(key, "configuration"))
  )
