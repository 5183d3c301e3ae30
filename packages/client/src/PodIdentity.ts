import type * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type { ConfigError } from "effect/ConfigError"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as CachedCredentials from "./CachedCredentials.js"
import { type Configured, settingsOf } from "./Configured.js"
import { acceptEncoding } from "./ContentCoding.js"
import { CredentialsError } from "./Core.js"
import * as Credentials from "./Credentials.js"
import * as LocalService from "./LocalService.js"
import { isTokenText } from "./SensitiveHeaders.js"
import * as TemporaryKey from "./TemporaryKey.js"

/**
 * The agent that gives a pod its credentials.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /** URL of the agent: `https`, or `http` on this machine or its link; see `checkUri`. */
  readonly uri: string
  /**
   * The token of the pod, which is sent as `Authorization`. As an effect it is evaluated for each key, because tokens are
   * rotated: see `TokenFile.read`.
   */
  readonly token: Redacted.Redacted<string> | Effect.Effect<Redacted.Redacted<string>, CredentialsError>
  /** Where the agent was found, for messages. Default: `pod identity`. */
  readonly source?: string | undefined
}

/** Milliseconds for a request, as in the official SDKs. */
const requestTimeout = 5_000

/** Time limit of all requests for a key, repeated ones included. */
const fetchTimeout = Duration.seconds(10)

/** As `URL` writes hosts: `localhost`, 127.0.0.0/8, 169.254.0.0/16, ::1 and fe80::/10. */
const localHost = /^(?:localhost|127(?:\.\d{1,3}){3}|169\.254(?:\.\d{1,3}){2}|\[::1\]|\[fe[89ab][0-9a-f]:[0-9a-f:]+\])$/

/**
 * Checks the URL of an agent. It must be `https`, or `http` on a loopback or link-local address (`localhost`, 127.0.0.0/8,
 * 169.254.0.0/16, `::1`, fe80::/10), because the token of the pod is sent there. Left is the problem, as the end of a
 * sentence; it quotes nothing but the host.
 *
 * @category conversions
 * @since 0.1.0
 */
export const checkUri = (uri: string): Either.Either<URL, string> => {
  if (typeof uri !== "string" || !URL.canParse(uri)) {
    return Either.left("must be a URL such as http://169.254.169.254/v1/credentials")
  }
  const url = new URL(uri)
  if (url.username !== "" || url.password !== "") return Either.left("must not contain a user name or a password")
  if (url.protocol === "https:") return Either.right(url)
  if (url.protocol !== "http:") return Either.left(`must start with https:// or http://, not ${url.protocol}`)
  return localHost.test(url.hostname)
    ? Either.right(url)
    : Either.left(
        `must start with https://, because the token of the pod must not be sent to ${url.hostname} in clear text; http:// is allowed for loopback and link-local addresses only`
      )
}

const unavailable =
  (source: string, where: string) =>
  ({ mayPass, reason }: LocalService.Problem): CredentialsError =>
    new CredentialsError({
      reason: `The agent of the pod at ${where} returned no credentials (${source}): ${reason}`,
      hint: mayPass
        ? "Try again. If it persists, look at the agent on the node."
        : "Check the URL of the agent, the token file, and that the service account of the pod is bound to an agency.",
      transient: mayPass,
      unavailable: mayPass
    })

const requestKey = Effect.fnUntraced(function* (url: URL, token: Options["token"], source: string) {
  const text = Redacted.value(yield* Redacted.isRedacted(token) ? Effect.succeed(token) : token)
  if (!isTokenText(text)) return yield* LocalService.problem("the token must be visible ASCII on one line")
  const request = HttpClientRequest.post(url.href, {
    headers: { accept: "application/json", "accept-encoding": acceptEncoding, authorization: text }
  }).pipe(HttpClientRequest.bodyText("{}", "application/json"))
  const response = yield* LocalService.limited(fetchTimeout)(LocalService.send(request, { timeout: requestTimeout }))
  const problem = LocalService.problemOfStatus(response)
  if (problem !== undefined) return yield* LocalService.problem(problem)
  const { expiresAt, key } = yield* Either.mapLeft(TemporaryKey.read(response), (problem) =>
    LocalService.problem(problem)
  )
  return { credential: Credentials.signing(key, source), expiresAt }
})

const fetchKey = Effect.fnUntraced(function* ({
  source = "pod identity",
  token,
  uri
}: Options): Effect.fn.Return<CachedCredentials.Expiring, CredentialsError, HttpClient.HttpClient> {
  const url = yield* Either.mapLeft(
    checkUri(uri),
    (problem) => new CredentialsError({ reason: `The URL of the agent of the pod (${source}) ${problem}` })
  )
  return yield* Effect.catchTag(requestKey(url, token, source), "LocalProblem", (problem) =>
    unavailable(source, `${url.origin}${url.pathname}`)(problem)
  )
})

/**
 * Credentials of a pod in a Kubernetes cluster: temporary keys of the agency that its service account is bound to, from an
 * agent on the node. A key is cached until it expires and refreshed from ten minutes before that.
 *
 * A fault that may pass (a 429, a 5xx, a broken connection, no response) is tried again twice. `get` fails with a
 * `CredentialsError` after at most ten seconds: one that is `unavailable` if such a fault stays, and one that is not if the
 * agent refuses the token, its response has no key, or `checkUri` refuses its URL.
 *
 * Source: the credentials of the official SDK for Python.
 *
 * @example
 * ```ts
 * import { PodIdentity } from "@hotspot-session/client"
 * import { NodeHotspotSession } from "@hotspot-session/client/node"
 * import { Effect, Redacted } from "effect"
 *
 * const program = Effect.flatMap(
 *   PodIdentity.make({ uri: "http://169.254.169.254/v1/credentials", token: Redacted.make("eyJh…") }),
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
 * Credentials of a pod, like `make`.
 *
 * @example
 * ```ts
 * import { PodIdentity, TokenFile } from "@hotspot-session/client"
 * import { NodeMachine } from "@hotspot-session/client/node"
 *
 * const credentials = PodIdentity.layer({
 *   uri: "http://169.254.169.254/v1/credentials",
 *   token: TokenFile.read(NodeMachine.make(), "/var/run/secrets/pod-identity/token")
 * })
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (options: Options): Layer.Layer<Credentials.Credentials, never, HttpClient.HttpClient> =>
  Layer.scoped(Credentials.Credentials, make(options))

/**
 * Credentials of a pod, like `make`. Each setting is given as a value or as a `Config`.
 *
 * Fails with a `ConfigError` that names all missing settings.
 *
 * @example
 * ```ts
 * import { PodIdentity } from "@hotspot-session/client"
 * import { Config } from "effect"
 *
 * const credentials = PodIdentity.layerConfig({
 *   uri: Config.string("AGENT_URI"),
 *   token: Config.redacted("AGENT_TOKEN")
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
