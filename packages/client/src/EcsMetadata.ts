import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as CachedCredentials from "./CachedCredentials.js"
import { CredentialsError } from "./Core.js"
import * as Credentials from "./Credentials.js"
import { directly } from "./DirectConnection.js"
import { baseUrl } from "./Endpoint.js"
import { parseJson } from "./Json.js"
import type { Response } from "./Response.js"
import { isHeaderSafe } from "./SensitiveHeaders.js"
import * as Transport from "./Transport.js"
import { isTimedOut, transportError } from "./TransportFailure.js"

/**
 * URL of the metadata service, which is reachable only from an ECS.
 *
 * @category constants
 * @since 0.1.0
 */
export const defaultEndpoint = "http://169.254.169.254"

/** Milliseconds for a request. The service responds within a few or not at all, and a machine that is no ECS must not wait for it. */
const requestTimeout = 1_000

/** How long before its expiry a temporary key is replaced. */
const refreshBefore = Duration.minutes(10)

const tokenLifetimeSeconds = "21600"

const HeaderSafe = Schema.String.pipe(Schema.filter(isHeaderSafe))

const SecurityKey = Schema.Struct({
  credential: Schema.Struct({
    access: HeaderSafe,
    secret: HeaderSafe,
    securitytoken: HeaderSafe,
    expires_at: Schema.Date
  })
})

const decodeSecurityKey = Schema.decodeUnknownEither(SecurityKey)

const unavailable = (reason: string, transient = false) =>
  new CredentialsError({
    reason: `The ECS metadata service returned no credentials: ${reason}`,
    hint: "Give the ECS an agency with Workspace permissions, or configure an access key.",
    transient,
    unavailable: transient
  })

const send = (
  request: HttpClientRequest.HttpClientRequest
): Effect.Effect<Response, CredentialsError, HttpClient.HttpClient> =>
  Effect.flatMap(HttpClient.HttpClient, (client) =>
    Effect.mapError(directly(Transport.of(client).exchange(request, requestTimeout)), (failure) =>
      isTimedOut(failure)
        ? unavailable(`${failure.detail}; not an ECS, or the ECS is busy`, true)
        : unavailable(failure.detail, transportError(failure, {}, String).retryable)
    )
  )

/** Version 2 of the service requires a token; version 1 has none and works without. */
const sessionToken = (endpoint: string) =>
  send(
    HttpClientRequest.put(`${endpoint}/meta-data/latest/api/token`, {
      headers: { "x-metadata-token-ttl-seconds": tokenLifetimeSeconds }
    })
  ).pipe(
    Effect.flatMap(({ status, text = "" }) => {
      const token = text.trim()
      if (status === 200 && isHeaderSafe(token)) return Effect.succeed(token)
      if (status === 200) return Effect.fail(unavailable("the response is not a token; a proxy may have sent it"))
      if (status === 404 || status === 405 || status === 503) return Effect.succeed(undefined)
      return Effect.fail(unavailable(`the token request failed with status ${status}`, status >= 500))
    })
  )

const securityKey = (endpoint: string) =>
  Effect.gen(function* () {
    const base = yield* Either.mapLeft(baseUrl(endpoint), (problem) => unavailable(`its endpoint ${problem}`))
    const token = yield* sessionToken(base)
    const { status, text = "" } = yield* send(
      HttpClientRequest.get(`${base}/openstack/latest/securitykey`, {
        headers: token === undefined ? {} : { "x-metadata-token": token }
      })
    )
    if (status === 401 || status === 404) return yield* unavailable(`status ${status}, the ECS has no agency`)
    if (status !== 200) return yield* unavailable(`status ${status}`, status >= 500)
    // The message quotes nothing of the body, which holds the key.
    const { credential } = yield* Either.mapLeft(Either.flatMap(parseJson(text), decodeSecurityKey), () =>
      unavailable("the response is not in the documented format")
    )
    return {
      credential: Credentials.signing(
        {
          accessKey: credential.access,
          secretKey: Redacted.make(credential.secret),
          securityToken: Redacted.make(credential.securitytoken)
        },
        "ECS metadata service"
      ),
      expiresAt: credential.expires_at.getTime()
    } satisfies CachedCredentials.Expiring
  })

/**
 * Credentials of the ECS on which the program runs: temporary keys of its agency, from the metadata service. A key is cached
 * until it expires and refreshed from ten minutes before that.
 *
 * `get` fails with a `CredentialsError` if the machine is not an ECS or has no agency, after at most two seconds.
 *
 * @example
 * ```ts
 * import { Credentials, EcsMetadata } from "@hotspot-session/client"
 * import { Layer } from "effect"
 *
 * const layer = Layer.scoped(Credentials.Credentials, EcsMetadata.make())
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (
  endpoint: string = defaultEndpoint
): Effect.Effect<Credentials.Service, never, HttpClient.HttpClient | Scope.Scope> =>
  Effect.flatMap(HttpClient.HttpClient, (client) =>
    CachedCredentials.make(Effect.provideService(securityKey(endpoint), HttpClient.HttpClient, client), refreshBefore)
  )

/**
 * Credentials of the ECS on which the program runs, like `make`.
 *
 * @example
 * ```ts
 * import { EcsMetadata, HotspotSession } from "@hotspot-session/client"
 * import { NodeHotspotSession } from "@hotspot-session/client/node"
 * import { Layer } from "effect"
 *
 * const client = HotspotSession.layer({ region: "ap-southeast-1" }).pipe(
 *   Layer.provide(EcsMetadata.layer()),
 *   Layer.provide(NodeHotspotSession.layerUndici())
 * )
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (endpoint?: string): Layer.Layer<Credentials.Credentials, never, HttpClient.HttpClient> =>
  Layer.scoped(Credentials.Credentials, make(endpoint))
