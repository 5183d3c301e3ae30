import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import { formatIssues, issuesOf } from "@hotspot-session/core"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as HashMap from "effect/HashMap"
import * as Schema from "effect/Schema"
import { Demo } from "./Demo.js"
import * as IamService from "./IamService.js"
import { State } from "./State.js"

type Response = HttpServerResponse.HttpServerResponse

const strict = { errors: "all", onExcessProperty: "error" } as const

const optional = { exact: true } as const

const invalidBody = (error: Parameters<typeof issuesOf>[0]): Response =>
  IamService.errorResponse(400, `Request body is invalid: ${formatIssues(issuesOf(error))}`)

/**
 * The body of a token request with an ID token. The cloud's scope is not emulated.
 *
 * Source: "Obtaining a Token with an OpenID Connect ID Token" of IAM's API reference.
 */
const decodeIdToken = Schema.decodeUnknownEither(
  Schema.parseJson(Schema.Struct({ auth: Schema.Struct({ id_token: Schema.Struct({ id: Schema.NonEmptyString }) }) })),
  strict
)

/** Issues an unscoped token for an ID token, which must be the current one of the identity provider. */
const issueFor = Effect.fnUntraced(function* (
  idpId: string,
  idToken: string
): Effect.fn.Return<Response, never, State> {
  const state = yield* State
  if (idpId !== Demo.idpId) return IamService.errorResponse(404, "Could not find the identity provider.")
  if (idToken !== (yield* state.idToken)) {
    return IamService.errorResponse(401, "The ID token is not valid or has expired.")
  }
  const now = state.now()
  const token = yield* state.issueToken({ _tag: "NoProject" }, IamService.tokenLifetime)
  return HttpServerResponse.unsafeJson(
    {
      token: {
        methods: ["mapped"],
        issued_at: IamService.formatTime(now),
        expires_at: IamService.formatTime(now + IamService.tokenLifetime),
        user: {
          id: "a3f1d0c9b8e7465fa0d1c2b3a4958677",
          name: Demo.userName,
          domain: IamService.domain,
          "OS-FEDERATION": { identity_provider: { id: idpId }, protocol: { id: "oidc" }, groups: [] }
        }
      }
    },
    { status: 201, headers: { "x-subject-token": token } }
  )
})

/** `idpId` is the value of `X-Idp-Id`. */
export const issueFederatedToken = (body: string, idpId: string | undefined): Effect.Effect<Response, never, State> => {
  if (idpId === undefined || idpId === "") {
    return Effect.succeed(IamService.errorResponse(400, "The request header X-Idp-Id is missing."))
  }
  return Either.match(decodeIdToken(body), {
    onLeft: (error) => Effect.succeed(invalidBody(error)),
    onRight: ({ auth }) => issueFor(idpId, auth.id_token.id)
  })
}

/**
 * The same for the federation API, which the official SDK for Node.js uses: the ID token is in `Authorization`.
 *
 * Source: "Obtaining an Unscoped Token (OpenID Connect)" of IAM's API reference.
 */
export const issueFederatedTokenByBearer = (
  idpId: string,
  authorization: string | undefined
): Effect.Effect<Response, never, State> => {
  const token = /^Bearer (\S+)$/.exec(authorization ?? "")?.[1]
  return token === undefined
    ? Effect.succeed(IamService.errorResponse(401, "The request header Authorization must be Bearer and the ID token."))
    : issueFor(idpId, token)
}

/** In seconds. */
const Lifetime = Schema.Int.pipe(
  Schema.between(900, 86_400, {
    message: () => ({ message: "must be an integer from 900 to 86400", override: true })
  })
)

const lifetime = { duration_seconds: Schema.optionalWith(Lifetime, optional) }

const defaultLifetime = 900

/** The cloud's policies and session users are not emulated. */
const Identity = Schema.Union(
  Schema.Struct({
    methods: Schema.Tuple(Schema.Literal("token")),
    token: Schema.optionalWith(
      Schema.Struct({ id: Schema.optionalWith(Schema.NonEmptyString, optional), ...lifetime }),
      optional
    )
  }),
  Schema.Struct({
    methods: Schema.Tuple(Schema.Literal("assume_role")),
    assume_role: Schema.Struct({
      agency_name: Schema.NonEmptyString,
      domain_name: Schema.optionalWith(Schema.NonEmptyString, optional),
      domain_id: Schema.optionalWith(Schema.NonEmptyString, optional),
      ...lifetime
    })
  })
)

const decodeIdentity = Schema.decodeUnknownEither(
  Schema.parseJson(Schema.Struct({ auth: Schema.Struct({ identity: Identity }) })),
  strict
)

export const keyBody = (key: {
  readonly accessKey: string
  readonly secretKey: string
  readonly securityToken: string
  readonly expiresAt: number
}) => ({
  credential: {
    access: key.accessKey,
    secret: key.secretKey,
    securitytoken: key.securityToken,
    expires_at: IamService.formatTime(key.expiresAt)
  }
})

const issueKey = Effect.fnUntraced(function* (
  seconds: number = defaultLifetime
): Effect.fn.Return<Response, never, State> {
  const state = yield* State
  return HttpServerResponse.unsafeJson(keyBody(yield* state.issueTemporaryKey(seconds * 1000)), { status: 201 })
})

/**
 * Issues a temporary access key, by a token in the body or in `X-Auth-Token`, or for an agency. `authenticated` tells whether
 * the request is signed or has a valid token, and is evaluated only if that matters.
 *
 * Source: "Obtaining a Temporary Access Key and Security Token Through a Token" and "… an Agency" of IAM's API reference.
 */
export const createTemporaryKey = <E>(
  body: string,
  headerToken: string | undefined,
  authenticated: Effect.Effect<unknown, E>
): Effect.Effect<Response, E, State> =>
  Effect.gen(function* () {
    const state = yield* State
    const decoded = decodeIdentity(body)
    if (Either.isLeft(decoded)) return invalidBody(decoded.left)
    const { identity } = decoded.right.auth
    if ("assume_role" in identity) {
      yield* authenticated
      const { agency_name, domain_id, domain_name, duration_seconds } = identity.assume_role
      if (domain_id === undefined && domain_name === undefined) {
        return IamService.errorResponse(400, "Request body is invalid: domain_name or domain_id is missing")
      }
      const isOther =
        (domain_name ?? Demo.agencyDomainName) !== Demo.agencyDomainName ||
        (domain_id ?? Demo.agencyDomainId) !== Demo.agencyDomainId
      return isOther || agency_name !== Demo.agencyName
        ? IamService.errorResponse(404, `Could not find the agency ${agency_name}.`)
        : yield* issueKey(duration_seconds)
    }
    const { duration_seconds, id = headerToken } = identity.token ?? {}
    const token = id === undefined ? undefined : HashMap.get(yield* state.tokens, id)
    return token?._tag !== "Some" || state.now() >= token.value.expiresAt
      ? IamService.unauthenticated
      : yield* issueKey(duration_seconds)
  })

/** Keys of pods have the lifetime of those of an ECS: 24 hours, in seconds. */
const podLifetime = 24 * 60 * 60

const isEmptyObject = (body: string): boolean => /^\s*\{\s*\}\s*$/.test(body)

/**
 * The agent of a pod. `token` is the value of `Authorization`. There are two formats of the response.
 *
 * Source: the official SDK for Python.
 */
export const podKey = Effect.fnUntraced(function* (
  body: string,
  token: string | undefined,
  format: "credential" | "credentials"
): Effect.fn.Return<Response, never, State> {
  const state = yield* State
  const refuse = (status: number, message: string) => HttpServerResponse.unsafeJson({ message }, { status })
  if (token !== (yield* state.podToken)) return refuse(401, "The token of the pod is not valid.")
  if (!isEmptyObject(body)) return refuse(400, "The body must be {}.")
  const key = yield* state.issueTemporaryKey(podLifetime * 1000)
  return HttpServerResponse.unsafeJson(
    format === "credential"
      ? keyBody(key)
      : {
          credentials: {
            accessKeyId: key.accessKey,
            secretAccessKey: key.secretKey,
            securityToken: key.securityToken,
            expiration: IamService.formatTime(key.expiresAt)
          }
        }
  )
})
