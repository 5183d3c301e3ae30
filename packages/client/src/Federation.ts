import type * as HttpClient from "@effect/platform/HttpClient"
import type { ConfigError } from "effect/ConfigError"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as CachedCredentials from "./CachedCredentials.js"
import { type Configured, settingsOf } from "./Configured.js"
import type { CredentialsError } from "./Core.js"
import * as Credentials from "./Credentials.js"
import { callIam, formsOf, type IamOperation, notIssued } from "./IamCall.js"
import { headerOf } from "./Response.js"
import * as SecurityToken from "./SecurityToken.js"
import { isHeaderSafe } from "./SensitiveHeaders.js"
import * as TemporaryKey from "./TemporaryKey.js"

/**
 * A workload that an identity provider vouches for.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /** ID of the identity provider in IAM. */
  readonly idpId: string
  /**
   * The ID token (OIDC). As an effect it is evaluated for each key, because tokens are rotated: see `TokenFile.read`.
   */
  readonly idToken: Redacted.Redacted<string> | Effect.Effect<Redacted.Redacted<string>, CredentialsError>
  /** URL of IAM, such as `https://iam.ap-southeast-1.myhuaweicloud.com`; see `iamEndpoint`. */
  readonly endpoint: string
  /** Lifetime of a key: 15 minutes to 24 hours, in whole seconds. Default: 6 hours. */
  readonly lifetime?: Duration.DurationInput | undefined
  /** Where the identity was found, for messages. Default: `identity provider` and its ID. */
  readonly source?: string | undefined
}

const defaultLifetime = Duration.hours(6)

const createUnscopedToken: IamOperation<Redacted.Redacted<string>> = {
  name: "CreateUnscopedTokenWithIdToken",
  method: "POST",
  path: "/v3.0/OS-AUTH/id-token/tokens",
  body: ["auth"],
  success: [200, 201],
  idempotency: "none",
  ignoresBody: true,
  decode: (_, response) => {
    const token = headerOf(response, "x-subject-token") ?? ""
    return isHeaderSafe(token)
      ? Either.right(Redacted.make(token))
      : Either.left([{ path: "X-Subject-Token", message: "is missing from the response or not valid" }])
  }
}

const refusedHint =
  "Check that the ID of the identity provider is the one in IAM, that the ID token has not expired, and that its issuer and audience are those of the provider."

const sourceOf = ({ idpId, source = `identity provider ${idpId}` }: Options): string => source

const checkIdentity = ({ idToken, idpId }: Options): Either.Either<void, CredentialsError> => {
  if (typeof idpId !== "string" || !isHeaderSafe(idpId)) {
    return SecurityToken.invalid(
      "The ID of the identity provider must not be empty, and must not contain spaces or line breaks"
    )
  }
  if (!Redacted.isRedacted(idToken) && !Effect.isEffect(idToken)) {
    return SecurityToken.invalid(
      "The ID token must be a string wrapped by Redacted.make, or an effect that returns one"
    )
  }
  return Either.void
}

const fetchKey = (
  options: Options
): Effect.Effect<CachedCredentials.Expiring, CredentialsError, HttpClient.HttpClient> =>
  Effect.gen(function* () {
    yield* checkIdentity(options)
    const { endpoint, idToken, idpId, lifetime = defaultLifetime } = options
    const seconds = yield* SecurityToken.secondsOf(lifetime)
    const idTokenText = Redacted.value(yield* Redacted.isRedacted(idToken) ? Effect.succeed(idToken) : idToken)
    const token = yield* callIam(
      createUnscopedToken,
      { auth: { id_token: { id: idTokenText } } },
      { endpoint, headers: { "x-idp-id": idpId }, secrets: formsOf(idTokenText) }
    )
    const id = Redacted.value(token)
    return yield* SecurityToken.create(
      { methods: ["token"], token: { id, duration_seconds: seconds } },
      { endpoint, secrets: [...formsOf(idTokenText), ...formsOf(id)], source: sourceOf(options) }
    )
  }).pipe(
    Effect.mapError((error) =>
      notIssued(error, `IAM issued no key for the ID token (${sourceOf(options)})`, refusedHint)
    )
  )

/**
 * Credentials of a workload with an ID token (OIDC), without an access key: IAM exchanges the token for one of its own, and
 * that for a temporary access key. The key is shared by all calls and cached until it expires; from ten minutes before that
 * it is refreshed with the ID token of that time, with one request at a time.
 *
 * `get` fails with a `CredentialsError` if there is no ID token, if IAM issues no key (`transient` if a later request may
 * succeed), and if an option is not valid.
 *
 * Source: the credentials of the official SDKs for Python and Go.
 *
 * @example
 * ```ts
 * import { Federation, iamEndpoint } from "@hotspot-session/client"
 * import { NodeHotspotSession } from "@hotspot-session/client/node"
 * import { Effect, Redacted } from "effect"
 *
 * const program = Effect.flatMap(
 *   Federation.make({ idpId: "my-cluster", idToken: Redacted.make("eyJh…"), endpoint: iamEndpoint("ap-southeast-1") }),
 *   (credentials) => credentials.get
 * ).pipe(Effect.scoped, Effect.provide(NodeHotspotSession.layerUndici()))
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (
  options: Options
): Effect.Effect<Credentials.Service, never, HttpClient.HttpClient | Scope.Scope> =>
  CachedCredentials.make(fetchKey(options), TemporaryKey.refreshBefore)

/**
 * Credentials of a workload with an ID token, like `make`.
 *
 * @example
 * ```ts
 * import { Federation, iamEndpoint, TokenFile } from "@hotspot-session/client"
 * import { NodeMachine } from "@hotspot-session/client/node"
 *
 * const credentials = Federation.layer({
 *   idpId: "my-cluster",
 *   idToken: TokenFile.read(NodeMachine.make(), "/var/run/secrets/tokens/huaweicloud"),
 *   endpoint: iamEndpoint("ap-southeast-1")
 * })
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (options: Options): Layer.Layer<Credentials.Credentials, never, HttpClient.HttpClient> =>
  Layer.scoped(Credentials.Credentials, make(options))

/**
 * Credentials of a workload with an ID token, like `make`. Each setting is given as a value or as a `Config`.
 *
 * Fails with a `ConfigError` that names all missing settings.
 *
 * @example
 * ```ts
 * import { Federation, iamEndpoint } from "@hotspot-session/client"
 * import { Config } from "effect"
 *
 * const credentials = Federation.layerConfig({
 *   idpId: Config.string("IDP_ID"),
 *   idToken: Config.redacted("ID_TOKEN"),
 *   endpoint: iamEndpoint("ap-southeast-1")
 * })
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layerConfig = (
  options: Configured<Options>
): Layer.Layer<Credentials.Credentials, ConfigError, HttpClient.HttpClient> =>
  Layer.scoped(Credentials.Credentials, Effect.flatMap(settingsOf<Options>(options), make))
