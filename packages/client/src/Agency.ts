import type * as HttpClient from "@effect/platform/HttpClient"
import type { ConfigError } from "effect/ConfigError"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as CachedCredentials from "./CachedCredentials.js"
import { type Configured, settingsOf } from "./Configured.js"
import type { CredentialsError } from "./Core.js"
import * as Credentials from "./Credentials.js"
import { notIssued } from "./IamCall.js"
import * as SecurityToken from "./SecurityToken.js"
import * as TemporaryKey from "./TemporaryKey.js"

/**
 * An agency, by which another account delegates its resources.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  readonly agencyName: string
  /** Name of the delegating account. It or `domainId` is required. */
  readonly domainName?: string | undefined
  /** ID of the delegating account. */
  readonly domainId?: string | undefined
  /** URL of IAM, such as `https://iam.ap-southeast-1.myhuaweicloud.com`; see `iamEndpoint`. */
  readonly endpoint: string
  /** Lifetime of a key: 15 minutes to 24 hours, in whole seconds. Default: 1 hour. */
  readonly lifetime?: Duration.DurationInput | undefined
  /** Where the agency was found, for messages. Default: `agency` and its name. */
  readonly source?: string | undefined
}

const defaultLifetime = Duration.hours(1)

const refusedHint =
  "Check the name of the agency and the delegating account, that the agency delegates to the account of these credentials, and that they have the permission Agent Operator."

const isText = (value: unknown): boolean => typeof value === "string" && value.trim() !== ""

const checkNames = ({ agencyName, domainId, domainName }: Options): Either.Either<void, CredentialsError> => {
  if (!isText(agencyName)) return SecurityToken.invalid("The name of the agency must not be empty")
  return isText(domainName) || isText(domainId)
    ? Either.void
    : SecurityToken.invalid("The agency needs the name or the ID of the delegating account")
}

const fetchKey = Effect.fnUntraced(function* (
  options: Options
): Effect.fn.Return<CachedCredentials.Expiring, CredentialsError, HttpClient.HttpClient | Credentials.Credentials> {
  yield* checkNames(options)
  const { agencyName, domainId, domainName, endpoint, lifetime, source = `agency ${agencyName}` } = options
  const seconds = yield* SecurityToken.secondsOf(lifetime ?? defaultLifetime)
  const credentials = yield* Credentials.Credentials
  const credential = yield* credentials.get
  const assumed = {
    agency_name: agencyName,
    ...(isText(domainName) ? { domain_name: domainName } : {}),
    ...(isText(domainId) ? { domain_id: domainId } : {}),
    duration_seconds: seconds
  }
  return yield* SecurityToken.create(
    { methods: ["assume_role"], assume_role: assumed },
    { endpoint, credential, source }
  ).pipe(
    // The next fetch may use fresh ones.
    Effect.tapErrorTag("Unauthorized", () => credentials.invalidate(credential)),
    Effect.mapError((error) =>
      notIssued(error, `IAM issued no key for the agency ${agencyName} (${source})`, refusedHint)
    )
  )
})

/**
 * Credentials of an agency: IAM issues temporary access keys to the account that the agency delegates to, which is that of
 * the required `Credentials`. A key is shared by all calls and cached until it expires; from ten minutes before that it is
 * refreshed, with one request at a time.
 *
 * `get` fails with a `CredentialsError` if there are no credentials to assume the agency with, if IAM issues no key
 * (`transient` if a later request may succeed), and if an option is not valid.
 *
 * @example
 * ```ts
 * import { Agency, Credentials, iamEndpoint } from "@hotspot-session/client"
 * import { NodeHotspotSession } from "@hotspot-session/client/node"
 * import { Effect, Layer } from "effect"
 *
 * const program = Effect.flatMap(
 *   Agency.make({ agencyName: "workspace-operator", domainName: "their-account", endpoint: iamEndpoint("ap-southeast-1") }),
 *   (credentials) => credentials.get
 * ).pipe(
 *   Effect.scoped,
 *   Effect.provide(Layer.merge(Credentials.layerAccessKeyConfig(), NodeHotspotSession.layerUndici()))
 * )
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (
  options: Options
): Effect.Effect<Credentials.Service, never, HttpClient.HttpClient | Credentials.Credentials | Scope.Scope> =>
  CachedCredentials.make(fetchKey(options), TemporaryKey.refreshBefore)

/**
 * Credentials of an agency, like `make`.
 *
 * @example
 * ```ts
 * import { Agency, Credentials, iamEndpoint } from "@hotspot-session/client"
 * import { Layer } from "effect"
 *
 * const credentials = Agency.layer({
 *   agencyName: "workspace-operator",
 *   domainName: "their-account",
 *   endpoint: iamEndpoint("ap-southeast-1")
 * }).pipe(Layer.provide(Credentials.layerAccessKeyConfig()))
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (
  options: Options
): Layer.Layer<Credentials.Credentials, never, HttpClient.HttpClient | Credentials.Credentials> =>
  Layer.scoped(Credentials.Credentials, make(options))

/**
 * Credentials of an agency, like `make`. Each setting is given as a value or as a `Config`.
 *
 * Fails with a `ConfigError` that names all missing settings.
 *
 * @example
 * ```ts
 * import { Agency, iamEndpoint } from "@hotspot-session/client"
 * import { Config } from "effect"
 *
 * const credentials = Agency.layerConfig({
 *   agencyName: Config.string("AGENCY_NAME"),
 *   domainName: Config.string("AGENCY_DOMAIN_NAME"),
 *   endpoint: iamEndpoint("ap-southeast-1")
 * })
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layerConfig = (
  options: Configured<Options>
): Layer.Layer<Credentials.Credentials, ConfigError, HttpClient.HttpClient | Credentials.Credentials> =>
  Layer.scoped(Credentials.Credentials, Effect.flatMap(settingsOf<Options>(options), make))
