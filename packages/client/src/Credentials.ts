import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { setHeader } from "@effect/platform/HttpClientRequest"
import { CredentialsError } from "@hotspot-session/core"
import * as Config from "effect/Config"
import type { ConfigError } from "effect/ConfigError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { type Configured, settingsOf } from "./Configured.js"
import { sendable } from "./SensitiveHeaders.js"
import { type SigningKey, sign } from "./Signature.js"

/**
 * What a credential may need to know of the request that it authorises.
 *
 * @category models
 */
export interface AuthorizeOptions {
  /** The project that it addresses; none for those of IAM. */
  readonly projectId?: string | undefined
}

/**
 * What authorises a request.
 *
 * @category models
 */
export interface Credential {
  /** Where it comes from, for people: `environment variable X`, a file's path. Never the secret itself. */
  readonly source: string
  /**
   * Authorises a request, as the last thing before it is sent. Done anew for each attempt, so that a signature has the
   * attempt's time.
   */
  readonly authorize: (
    request: HttpClientRequest.HttpClientRequest,
    options: AuthorizeOptions
  ) => Effect.Effect<HttpClientRequest.HttpClientRequest, CredentialsError>
}

/**
 * A source of credentials.
 *
 * @category models
 */
export interface Service {
  /** The credential for the next attempt. Asked for each; a source that is expensive keeps what it got. */
  readonly get: Effect.Effect<Credential, CredentialsError>
  /**
   * Tells that the service refused this credential. True where `get` may now give another one, so that the call is worth
   * one more attempt.
   */
  readonly invalidate: (credential: Credential) => Effect.Effect<boolean>
}

/**
 * The credentials that a client uses. An effect and not a value: tokens expire, keys rotate.
 *
 * @category tags
 */
export class Credentials extends Context.Tag("@hotspot-session/client/Credentials")<Credentials, Service>() {}

/** A secret's text. JavaScript may give one as it is, which is refused: it would be shown wherever it is logged. */
const revealed = (secret: unknown): string | undefined => {
  const text = Redacted.isRedacted(secret) ? Redacted.value(secret) : undefined
  return typeof text === "string" ? text : undefined
}

const checkToken = (secret: unknown): string | undefined => {
  const token = revealed(secret)
  if (token === undefined) return "it is not the text in a Redacted, as Redacted.make gives it"
  if (token === "") return "it is empty"
  if (/^\s|\s$/.test(token)) return "it begins or ends with white space or a line break"
  return sendable.test(token) ? undefined : "it has characters that no token has, such as a space or a line break"
}

/**
 * A user token that IAM gave, sent as `X-Auth-Token`. It is valid for 24 hours and is not renewed; `get` fails with
 * `CredentialsError` where it cannot be one.
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
 */
export const token = (value: Redacted.Redacted<string>, source = "given token"): Service => {
  const problem = checkToken(value)
  const credential: Credential = {
    source,
    authorize: (request) => Effect.sync(() => setHeader(request, "x-auth-token", Redacted.value(value)))
  }
  return {
    get:
      problem === undefined
        ? Effect.succeed(credential)
        : Effect.fail(
            new CredentialsError({
              reason: `The token (${source}) cannot be sent: ${problem}`,
              advice: "Copy the whole value of X-Subject-Token from IAM's answer, on one line."
            })
          ),
    invalidate: () => Effect.succeed(false)
  }
}

/**
 * How many characters an access key has.
 *
 * @category constants
 */
export const accessKeyLength = 20

/**
 * How many characters the secret of an access key has.
 *
 * @category constants
 */
export const secretKeyLength = 40

const checkKey = (what: string, value: string, length: number): string | undefined => {
  if (value.trim() === "") return `${what} is ${value === "" ? "empty" : "blank"}`
  if (/\s/.test(value)) return `${what} has white space or a line break in it`
  if (!sendable.test(value)) return `${what} has characters that no key has`
  if (value.length === length) return undefined
  const hint =
    value.length < length ? "part of it may be missing" : "it may be encrypted, or more was copied than the key"
  return `${what} has ${value.length} characters where Huawei Cloud's have ${length}: ${hint}`
}

const checkAccessKey = (key: SigningKey): string | undefined => {
  const { accessKey, secretKey, securityToken }: Partial<SigningKey> = key ?? {}
  const secret = revealed(secretKey)
  if (typeof accessKey !== "string") return "the access key is not a string"
  if (secret === undefined) return "the secret key is not the text in a Redacted, as Redacted.make gives it"
  if (accessKey.length === secretKeyLength && secret.length === accessKeyLength) {
    return "the access key and its secret seem to be exchanged"
  }
  const tokenProblem = securityToken === undefined ? undefined : checkToken(securityToken)
  return (
    checkKey("the access key", accessKey, accessKeyLength) ??
    checkKey("the secret key", secret, secretKeyLength) ??
    (tokenProblem === undefined ? undefined : `of the security token, ${tokenProblem}`)
  )
}

/**
 * An access key (AK and SK), with a security token where it is a temporary one. Each attempt is signed anew
 * (`SDK-HMAC-SHA256`), with its own time. `get` fails with `CredentialsError` where the key cannot be one: five rejected
 * signatures would lock it.
 *
 * @example
 * ```ts
 * import { Credentials } from "@hotspot-session/client"
 * import { Redacted } from "effect"
 *
 * const credentials = Credentials.accessKey({
 *   accessKey: "your access key",
 *   secretKey: Redacted.make("its secret")
 * })
 * ```
 *
 * @category constructors
 */
export const accessKey = (key: SigningKey, source = "given access key"): Service => {
  const problem = checkAccessKey(key)
  return {
    get:
      problem === undefined
        ? Effect.succeed(signing(key, source))
        : Effect.fail(
            new CredentialsError({
              reason: `The access key (${source}) cannot be used: ${problem}`,
              advice: "Copy the access key and its secret again, each as a whole and on one line."
            })
          ),
    invalidate: () => Effect.succeed(false)
  }
}

/**
 * A credential that signs with a key, which is not checked.
 *
 * @category constructors
 */
export const signing = (key: SigningKey, source: string): Credential => ({
  source,
  authorize: (request, { projectId }) =>
    Effect.clockWith((clock) => Effect.succeed(sign(request, key, { at: clock.unsafeCurrentTimeMillis(), projectId })))
})

/**
 * Credentials that are one access key.
 *
 * @category layers
 */
export const layerAccessKey = (key: SigningKey, source?: string): Layer.Layer<Credentials> =>
  Layer.succeed(Credentials, accessKey(key, source))

/**
 * Credentials that are one token.
 *
 * @category layers
 */
export const layerToken = (value: Redacted.Redacted<string>, source?: string): Layer.Layer<Credentials> =>
  Layer.succeed(Credentials, token(value, source))

/**
 * Credentials that are one token from the configuration, by default from `HOTSPOT_SESSION_AUTH_TOKEN`.
 *
 * Fails with `ConfigError` where it is missing. One that cannot be a token fails like `token`, when it is wanted.
 *
 * @category layers
 */
export const layerTokenConfig = (
  config: Config.Config<Redacted.Redacted<string>> = Config.redacted("HOTSPOT_SESSION_AUTH_TOKEN")
): Layer.Layer<Credentials, ConfigError> =>
  Layer.effect(
    Credentials,
    Effect.map(config, (value) => token(value, "configuration"))
  )

/** The official SDKs' variables. Where the key is permanent, some set the third to nothing. */
const sdkVariables: Configured<SigningKey> = {
  accessKey: Config.string("HUAWEICLOUD_SDK_AK"),
  secretKey: Config.redacted("HUAWEICLOUD_SDK_SK"),
  securityToken: Config.redacted(Config.nonEmptyString("HUAWEICLOUD_SDK_SECURITY_TOKEN")).pipe(
    Config.withDefault(undefined)
  )
}

/**
 * Credentials that are one access key from the configuration, by default from the official SDKs' `HUAWEICLOUD_SDK_AK`,
 * `HUAWEICLOUD_SDK_SK` and, for a temporary key, `HUAWEICLOUD_SDK_SECURITY_TOKEN`.
 *
 * Fails with `ConfigError`, which names all that are missing. What cannot be a key fails like `accessKey`, when it is
 * wanted.
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
 */
export const layerAccessKeyConfig = (
  config: Configured<SigningKey> = sdkVariables
): Layer.Layer<Credentials, ConfigError> =>
  Layer.effect(
    Credentials,
    Effect.map(settingsOf<SigningKey>(config), (key) => accessKey(key, "configuration"))
  )
