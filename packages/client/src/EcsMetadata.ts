import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { CredentialsError, type TransportError } from "@hotspot-session/core"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as CachedCredentials from "./CachedCredentials.js"
import * as Credentials from "./Credentials.js"
import { baseUrl } from "./Endpoint.js"
import { exchange, withoutTelemetry } from "./Exchange.js"
import { parseJson } from "./Response.js"
import { sendable } from "./SensitiveHeaders.js"

/**
 * Where an ECS finds its metadata. Reachable from within an ECS only.
 *
 * @category constants
 */
export const defaultEndpoint = "http://169.254.169.254"

/** The address answers within milliseconds or not at all; elsewhere than on an ECS nothing must wait for it. */
const requestTimeout = Duration.seconds(1)

/** A temporary key is replaced this long before it expires. */
const refreshBefore = Duration.minutes(10)

const tokenLifetimeSeconds = "21600"

const Sendable = Schema.String.pipe(Schema.pattern(sendable))

const SecurityKey = Schema.Struct({
  credential: Schema.Struct({
    access: Sendable,
    secret: Sendable,
    securitytoken: Sendable,
    expires_at: Schema.Date
  })
})

const decodeSecurityKey = Schema.decodeUnknownEither(SecurityKey)

const unusable = (reason: string, transient = false) =>
  new CredentialsError({
    reason: `The ECS metadata service gave no credentials: ${reason}`,
    advice: "Give the ECS an agency with Workspace permissions, or configure an access key.",
    transient,
    unavailable: transient
  })

const send = (
  request: HttpClientRequest.HttpClientRequest
): Effect.Effect<{ readonly status: number; readonly body: string }, CredentialsError, HttpClient.HttpClient> =>
  Effect.flatMap(HttpClient.HttpClient, (client) =>
    exchange(withoutTelemetry(client), request, { method: request.method, url: request.url }, (text) => text)
  ).pipe(
    Effect.map(({ answer: { body = "", status } }) => ({ body, status })),
    Effect.mapError((error: TransportError) => unusable(error.detail ?? error.reason, error.retryable)),
    Effect.timeoutFail({
      duration: requestTimeout,
      onTimeout: () =>
        unusable(`no answer within ${Duration.format(requestTimeout)}; this is no ECS, or it is busy`, true)
    })
  )

/** Version 2 of the service wants a token; where it has none, version 1 answers without. */
const sessionToken = (endpoint: string) =>
  send(
    HttpClientRequest.put(`${endpoint}/meta-data/latest/api/token`, {
      headers: { "x-metadata-token-ttl-seconds": tokenLifetimeSeconds }
    })
  ).pipe(
    Effect.flatMap(({ body, status }) => {
      const token = body.trim()
      if (status === 200 && sendable.test(token)) return Effect.succeed(token)
      if (status === 200) return Effect.fail(unusable("its answer is no token, so something else answers in its place"))
      if (status === 404 || status === 405 || status === 503) return Effect.succeed(undefined)
      return Effect.fail(unusable(`its token was refused with status ${status}`, status >= 500))
    })
  )

const securityKey = (endpoint: string) =>
  Effect.gen(function* () {
    const base = yield* Either.mapLeft(baseUrl(endpoint), (why) => unusable(`its endpoint ${why}`))
    const token = yield* sessionToken(base)
    const { body, status } = yield* send(
      HttpClientRequest.get(`${base}/openstack/latest/securitykey`, {
        headers: token === undefined ? {} : { "x-metadata-token": token }
      })
    )
    if (status === 401 || status === 404) return yield* unusable(`status ${status}, the ECS has no agency`)
    if (status !== 200) return yield* unusable(`status ${status}`, status >= 500)
    // What is wrong is told without the body, which holds the key.
    const { credential } = yield* Either.mapLeft(Either.flatMap(parseJson(body), decodeSecurityKey), () =>
      unusable("its answer has not the documented form")
    )
    const expiring: CachedCredentials.Expiring = {
      credential: Credentials.signing(
        {
          accessKey: credential.access,
          secretKey: Redacted.make(credential.secret),
          securityToken: Redacted.make(credential.securitytoken)
        },
        "ECS metadata service"
      ),
      expiresAt: credential.expires_at.getTime()
    }
    return expiring
  })

/**
 * Credentials of the ECS that this runs on: temporary keys of its agency, from the metadata service. One serves until it
 * expires; from ten minutes before that on, the next one is asked for.
 *
 * `get` fails with `CredentialsError` where this is no ECS, or one without an agency: after two seconds at the latest.
 *
 * @category constructors
 */
export const make = (
  endpoint: string = defaultEndpoint
): Effect.Effect<Credentials.Service, never, HttpClient.HttpClient | Scope.Scope> =>
  Effect.flatMap(HttpClient.HttpClient, (client) =>
    CachedCredentials.make(Effect.provideService(securityKey(endpoint), HttpClient.HttpClient, client), refreshBefore)
  )

/**
 * Credentials of the ECS that this runs on, as `make` gets them.
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
 */
export const layer = (endpoint?: string): Layer.Layer<Credentials.Credentials, never, HttpClient.HttpClient> =>
  Layer.scoped(Credentials.Credentials, make(endpoint))
