import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { issuesOf } from "@hotspot-session/core"
import type { ConfigError } from "effect/ConfigError"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as CachedCredentials from "./CachedCredentials.js"
import { type Configured, settingsOf } from "./Configured.js"
import {
  CredentialsError,
  DecodeError,
  type ErrorContext,
  ProjectLookupError,
  type StatusError,
  TransportError
} from "./Core.js"
import * as Credentials from "./Credentials.js"
import { bounded } from "./Deadline.js"
import { baseUrl } from "./Endpoint.js"
import { exchange, redacted, spanAttributes, withoutTelemetry } from "./Exchange.js"
import { parseJson } from "./Json.js"
import { readError } from "./ReadError.js"
import { excerptOf, type Response } from "./Response.js"
import { scrub } from "./SensitiveHeaders.js"
import * as Tracing from "./Tracing.js"

const timeout = Duration.seconds(30)

/** How long before its expiry a token is replaced. */
const refreshBefore = Duration.minutes(5)

/**
 * An IAM user, and the project of its tokens.
 *
 * @category models
 * @since 0.1.0
 */
export interface User {
  /** Name of the user's account. */
  readonly domainName: string
  readonly userName: string
  readonly password: Redacted.Redacted<string>
  /** The project of the tokens, by ID or by name, which is the name of the region. The ID takes precedence. */
  readonly project: { readonly id: string } | { readonly name: string }
  /** URL of IAM, such as `https://iam.ap-southeast-1.myhuaweicloud.com`; see `iamEndpoint` of core. */
  readonly endpoint: string
  /** Where the user was found, for messages. Default: `IAM user`. */
  readonly source?: string | undefined
}

/** Checks the endpoint, which users write by hand in files and the environment. */
const urlOf = (endpoint: string, path: string): Either.Either<string, CredentialsError> =>
  Either.mapBoth(baseUrl(endpoint), {
    onLeft: (problem) =>
      new CredentialsError({
        reason: `The IAM endpoint ${problem}`,
        hint: "Give an endpoint such as https://iam.ap-southeast-1.myhuaweicloud.com, or a region, whose endpoint is known."
      }),
    onRight: (base) => `${base}${path}`
  })

interface IamRequest {
  readonly operation: string
  readonly request: HttpClientRequest.HttpClientRequest
  /** Authorises the request. Default: none. */
  readonly credential?: Credentials.Credential | undefined
  /** Secrets in the request body. */
  readonly secrets?: ReadonlyArray<string>
}

interface IamResponse {
  readonly response: Response
  /** Redacted immediately, because tracers can read the result of a span's effect. */
  readonly subjectToken: Redacted.Redacted<string> | undefined
  readonly context: ErrorContext
  readonly withoutSecrets: (text: string) => string
}

/** Sends one request to IAM, without retries. Fails if the response has a different status than expected. */
const callIam = (
  { credential, operation, request, secrets }: IamRequest,
  expectedStatus: number
): Effect.Effect<IamResponse, StatusError | TransportError | CredentialsError, HttpClient.HttpClient> => {
  const context: ErrorContext = { operation, method: request.method, url: request.url, attempts: 1 }
  return Effect.gen(function* () {
    const send = withoutTelemetry(yield* HttpClient.HttpClient)
    const traced = yield* Effect.withFiberRuntime<HttpClientRequest.HttpClientRequest>((fiber) =>
      Effect.succeed(Tracing.continueTrace(request, fiber))
    )
    const authorized = yield* credential?.authorize(traced, {}) ?? Effect.succeed(traced)
    const withoutSecrets = (text: string) => scrub(text, authorized, secrets)
    const { headers, response } = yield* exchange(send, authorized, context, withoutSecrets)
    if (response.status !== expectedStatus) return yield* readError(redacted(response, withoutSecrets), context)
    const token = headers["x-subject-token"]
    return { response, subjectToken: token === undefined ? undefined : Redacted.make(token), context, withoutSecrets }
  }).pipe(
    bounded({
      duration: timeout,
      onTimeout: () =>
        new TransportError({ ...context, reason: "timeout", detail: `no response within ${Duration.format(timeout)}` })
    }),
    Tracing.withSpan(`IAM ${operation}`, () => ({
      kind: "client",
      attributes: spanAttributes(request.method, request.url)
    }))
  )
}

const decodeResponse = <A, I>(
  schema: Schema.Schema<A, I>,
  { body, requestId, status }: Response,
  context: ErrorContext
): Either.Either<A, DecodeError> => {
  const details = { ...context, status, ...(requestId === undefined ? {} : { request_id: requestId }) }
  return parseJson(body ?? "").pipe(
    Either.mapLeft((reason) => {
      const excerpt = excerptOf(body)
      return new DecodeError({
        ...details,
        issues: [{ path: "", message: `the body is not valid JSON (${reason})` }],
        ...(excerpt === undefined ? {} : { excerpt })
      })
    }),
    Either.flatMap((json) =>
      Either.mapLeft(
        Schema.decodeUnknownEither(schema)(json),
        (error) => new DecodeError({ ...details, issues: issuesOf(error) })
      )
    )
  )
}

/** Decodes a body. A failure is decoded again without secrets, because the error quotes the body. */
const decodeBody =
  <A, I>(schema: Schema.Schema<A, I>) =>
  ({ context, response, withoutSecrets }: IamResponse): Either.Either<A, DecodeError> =>
    Either.orElse(decodeResponse(schema, response, context), () =>
      decodeResponse(schema, redacted(response, withoutSecrets), context)
    )

const TokenBody = Schema.Struct({ token: Schema.Struct({ expires_at: Schema.Date }) })

const decodeToken = decodeBody(TokenBody)

const json = { accept: "application/json" }

/**
 * Creates a token by password.
 *
 * Source: {@link https://support.huaweicloud.com/intl/en-us/api-iam/iam_30_0001.html Obtaining a User Token Through
 * Password Authentication}.
 */
const createToken = (
  user: User
): Effect.Effect<CachedCredentials.Expiring, CredentialsError, HttpClient.HttpClient> => {
  const password = Redacted.value(user.password)
  // The password as it is, and as JSON escapes it.
  const secrets = [password, JSON.stringify(password).slice(1, -1)]
  const { domainName, endpoint, source = "IAM user", project, userName } = user
  const createRequest = (url: string) =>
    HttpClientRequest.post(url, { headers: json }).pipe(
      HttpClientRequest.bodyUnsafeJson({
        auth: {
          identity: {
            methods: ["password"],
            password: { user: { domain: { name: domainName }, name: userName, password } }
          },
          scope: { project: "id" in project && project.id !== undefined ? { id: project.id } : project }
        }
      })
    )
  return Effect.flatMap(urlOf(endpoint, "/v3/auth/tokens?nocatalog=true"), (url) =>
    callIam({ operation: "KeystoneCreateUserTokenByPassword", request: createRequest(url), secrets }, 201)
  ).pipe(
    Effect.flatMap((iamResponse) =>
      Effect.gen(function* () {
        const { token } = yield* decodeToken(iamResponse)
        const { context, response, subjectToken } = iamResponse
        if (subjectToken === undefined) {
          return yield* new DecodeError({
            ...context,
            status: response.status,
            issues: [{ path: "X-Subject-Token", message: "is missing from the response" }]
          })
        }
        const credential = yield* Credentials.token(subjectToken, `token for ${source}`).get
        // Converts IAM's time to this machine's clock, which may be off by more than the lifetime of a token.
        const skew = Option.getOrElse(Option.filter(response.clockSkew, Number.isFinite), () => 0)
        return { credential, expiresAt: token.expires_at.getTime() - skew }
      })
    ),
    Effect.mapError((error) =>
      error._tag === "CredentialsError"
        ? error
        : new CredentialsError({
            reason: `IAM issued no token for the user ${userName} of ${domainName} (${source}): ${error.message}`,
            hint:
              error._tag === "Unauthorized"
                ? "Check the account name, the user name and the password; repeated failures lock the account. HUAWEI IDs cannot get tokens; use an IAM user."
                : error.hint,
            transient: error.retryable,
            ...("retry_after" in error ? { retry_after: error.retry_after } : {}),
            unavailable: error._tag === "TransportError" || error._tag === "TooManyRequests" || error.status >= 500
          })
    )
  )
}

/** The problem with a user that makes a request pointless. The message contains none of the given values. */
const problemOf = (user: User): string | undefined => {
  const { domainName, password, project, userName }: Partial<User> = user ?? {}
  if (typeof domainName !== "string" || typeof userName !== "string") {
    return "The names of the account and of the IAM user must be strings"
  }
  const text = Redacted.isRedacted(password) ? Redacted.value(password) : undefined
  if (typeof text !== "string") return "The password must be a string wrapped by Redacted.make"
  if (text === "") return `The password (${user.source ?? "IAM user"}) is empty`
  const { id, name }: { id?: unknown; name?: unknown } = project ?? {}
  return typeof (id ?? name) === "string" ? undefined : "The project of the token must have an id or a name"
}

/**
 * Credentials of an IAM user: tokens that IAM issues for a password. A token is shared by all calls and cached until it
 * expires; from five minutes before that it is refreshed, with one request at a time. If the service rejects the token, it
 * is replaced once.
 *
 * `get` fails with a `CredentialsError` if IAM issues no token (`transient` if a later request may succeed), if the user has
 * the wrong type, and if the endpoint is not a plain `http` or `https` URL.
 *
 * @category constructors
 * @since 0.1.0
 */
export const password = (user: User): Effect.Effect<Credentials.Service, never, HttpClient.HttpClient | Scope.Scope> =>
  Effect.flatMap(HttpClient.HttpClient, (client) => {
    const reason = problemOf(user)
    return CachedCredentials.make(
      reason === undefined
        ? Effect.provideService(createToken(user), HttpClient.HttpClient, client)
        : Effect.fail(new CredentialsError({ reason })),
      refreshBefore
    )
  })

/**
 * Credentials of an IAM user, like `password`.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerPassword = (user: User): Layer.Layer<Credentials.Credentials, never, HttpClient.HttpClient> =>
  Layer.scoped(Credentials.Credentials, password(user))

/**
 * Credentials of an IAM user, like `password`. Each setting is given as a value or as a `Config`.
 *
 * Fails with a `ConfigError` that names all missing settings.
 *
 * @example
 * ```ts
 * import { Iam, iamEndpoint } from "@hotspot-session/client"
 * import { Config } from "effect"
 *
 * const credentials = Iam.layerPasswordConfig({
 *   domainName: Config.string("HW_DOMAIN_NAME"),
 *   userName: Config.string("HW_USER_NAME"),
 *   password: Config.redacted("HW_USER_PASSWORD"),
 *   project: { name: "ap-southeast-1" },
 *   endpoint: iamEndpoint("ap-southeast-1")
 * })
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layerPasswordConfig = (
  user: Configured<User>
): Layer.Layer<Credentials.Credentials, ConfigError, HttpClient.HttpClient> =>
  Layer.scoped(Credentials.Credentials, Effect.flatMap(settingsOf<User>(user), password))

const ProjectsBody = Schema.Struct({
  projects: Schema.Array(Schema.Struct({ id: Schema.String, name: Schema.String }))
})

const decodeProjects = decodeBody(ProjectsBody)

/**
 * Looks up the ID of the project that has the name of a region, which is how the cloud names the first project of each
 * region. Never creates a project.
 *
 * Fails with `ProjectLookupError` if there is no such project or more than one, and with the errors of the request to IAM,
 * which is sent once. Rejected credentials are invalidated, so that the next call may use fresh ones.
 *
 * Source: {@link https://support.huaweicloud.com/intl/en-us/api-iam/iam_06_0001.html Querying Project Information}.
 *
 * @category operations
 * @since 0.1.0
 */
export const findProjectId = (options: {
  /** Name of the region, such as `ap-southeast-1`. */
  readonly region: string
  /** URL of IAM; see `iamEndpoint` of core. */
  readonly endpoint: string
}): Effect.Effect<
  string,
  ProjectLookupError | StatusError | TransportError | DecodeError | CredentialsError,
  HttpClient.HttpClient | Credentials.Credentials
> =>
  Effect.gen(function* () {
    const credentials = yield* Credentials.Credentials
    const credential = yield* credentials.get
    const url = yield* urlOf(options.endpoint, `/v3/projects?${new URLSearchParams({ name: options.region })}`)
    const request = HttpClientRequest.get(url, { headers: json })
    const response = yield* Effect.tapErrorTag(
      callIam({ operation: "KeystoneListProjects", request, credential }, 200),
      "Unauthorized",
      () => credentials.invalidate(credential)
    )
    const { projects } = yield* decodeProjects(response)
    const ids = projects.filter(({ name }) => name === options.region).map(({ id }) => id)
    const [id] = ids
    if (id === undefined || ids.length > 1) {
      return yield* new ProjectLookupError({ ...response.context, region: options.region, project_ids: ids })
    }
    return id
  })
