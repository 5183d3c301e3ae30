import type * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as CachedCredentials from "./CachedCredentials.js"
import { acceptEncoding } from "./ContentCoding.js"
import { CredentialsError } from "./Core.js"
import * as Credentials from "./Credentials.js"
import { baseUrl } from "./Endpoint.js"
import * as LocalService from "./LocalService.js"
import type { Response } from "./Response.js"
import { isHeaderSafe } from "./SensitiveHeaders.js"
import * as TemporaryKey from "./TemporaryKey.js"

/**
 * URL of the metadata service, which is reachable only from an ECS.
 *
 * @category constants
 * @since 0.1.0
 */
export const defaultEndpoint = "http://169.254.169.254"

/** Milliseconds for a request. The service responds within a few or not at all. */
const requestTimeout = 1_000

/** Time limit of all requests for a key, repeated ones included. */
const fetchTimeout = Duration.millis(2_500)

const tokenLifetimeSeconds = "21600"

const unavailable = ({ mayPass, reason }: LocalService.Problem) =>
  new CredentialsError({
    reason: `The ECS metadata service returned no credentials: ${reason}`,
    hint: mayPass
      ? "Try again. If it persists, look at the metadata service of the ECS, or configure an access key instead of the agency."
      : "Give the ECS an agency with Workspace permissions, or configure an access key.",
    transient: mayPass,
    unavailable: mayPass
  })

/** Version 2 of the service requires a token; version 1 has none and works without. */
const sessionToken = (endpoint: string) =>
  LocalService.send(
    HttpClientRequest.put(`${endpoint}/meta-data/latest/api/token`, {
      headers: { "accept-encoding": acceptEncoding, "x-metadata-token-ttl-seconds": tokenLifetimeSeconds }
    }),
    { timeout: requestTimeout, what: "the token request failed with ", accepts: 503 }
  ).pipe(
    Effect.flatMap((response) => {
      const token = (response.text ?? "").trim()
      const { status } = response
      if (status === 200 && isHeaderSafe(token)) return Effect.succeed(token)
      if (status === 200)
        return Effect.fail(LocalService.problem("the response is not a token; a proxy may have sent it"))
      if (status === 404 || status === 405 || status === 503) return Effect.succeed(undefined)
      return Effect.fail(
        LocalService.problem(`the token request failed with ${LocalService.problemOfStatus(response)}`)
      )
    })
  )

const requestKey = (endpoint: string, token: string | undefined) =>
  LocalService.send(
    HttpClientRequest.get(`${endpoint}/openstack/latest/securitykey`, {
      headers: { "accept-encoding": acceptEncoding, ...(token === undefined ? {} : { "x-metadata-token": token }) }
    }),
    { timeout: requestTimeout }
  )

/** The words by which the official SDKs recognise an ECS without an agency. */
const isWithoutAgency = ({ text = "" }: Response): boolean => /configure Cloud Service Agency/i.test(text)

/**
 * A key of the agency of this ECS.
 *
 * @internal
 */
export const findKey = (
  endpoint: string
): Effect.Effect<CachedCredentials.Expiring, LocalService.Problem, HttpClient.HttpClient> =>
  Effect.gen(function* () {
    const base = yield* Either.mapLeft(baseUrl(endpoint), (problem) => LocalService.problem(`its endpoint ${problem}`))
    const first = yield* requestKey(base, yield* sessionToken(base))
    const isTokenRejected = first.status === 401 && !isWithoutAgency(first)
    const renewed = isTokenRejected ? yield* sessionToken(base) : undefined
    const response = renewed === undefined ? first : yield* requestKey(base, renewed)
    const { status } = response
    if (status === 404 || (status === 401 && isWithoutAgency(response))) {
      return yield* LocalService.problem(`status ${status}, the ECS has no agency`)
    }
    if (status === 401) {
      return yield* LocalService.problem(
        `status 401, ${renewed === undefined ? "and it issues no token" : "with a new token too"}; probably the ECS has no agency`
      )
    }
    const problem = LocalService.problemOfStatus(response)
    if (problem !== undefined) return yield* LocalService.problem(problem)
    const { expiresAt, key } = yield* Either.mapLeft(TemporaryKey.read(response), (problem) =>
      LocalService.problem(problem)
    )
    return { credential: Credentials.signing(key, "ECS metadata service"), expiresAt }
  }).pipe(LocalService.limited(fetchTimeout))

/**
 * Credentials of the ECS on which the program runs: temporary keys of its agency, from the metadata service. A key is cached
 * until it expires and refreshed from ten minutes before that.
 *
 * A fault that may pass (a 429, a 5xx, a broken connection, no response) is tried again twice, and a rejected metadata token
 * is renewed once. `get` fails with a `CredentialsError` after at most 2.5 seconds: one that is `unavailable` if such a
 * fault stays, and one that is not if the machine is not an ECS or has no agency.
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
  CachedCredentials.make(Effect.mapError(findKey(endpoint), unavailable), TemporaryKey.refreshBefore)

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
