import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import {
  CredentialsError,
  DecodeError,
  type ErrorContext,
  issuesOf,
  ProjectLookupError,
  type StatusError,
  TransportError
} from "@hotspot-session/core"
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
import * as Credentials from "./Credentials.js"
import { bounded } from "./Deadline.js"
import { baseUrl } from "./Endpoint.js"
import { exchange, redacted, spanAttributes, withoutTelemetry } from "./Exchange.js"
import { readError } from "./ReadError.js"
import { excerptOf, parseJson, type Response } from "./Response.js"
import { scrub } from "./SensitiveHeaders.js"
import * as Tracing from "./Tracing.js"

/** How long IAM may take for an answer. */
const timeout = Duration.seconds(30)

/** A token is replaced this long before it expires. */
const refreshBefore = Duration.minutes(5)

/**
 * A user of IAM, and what its tokens are for.
 *
 * @category models
 */
export interface User {
  /** Name of the account that the user belongs to. */
  readonly domainName: string
  readonly userName: string
  readonly password: Redacted.Redacted<string>
  /** The project that the tokens are for, by its ID or by its name, which is that of its region. The ID wins. */
  readonly project: { readonly id: string } | { readonly name: string }
  /** URL of IAM, such as `https://iam.ap-southeast-1.myhuaweicloud.com`; see `iamEndpoint` of core. */
  readonly endpoint: string
  /** For people, where these came from. */
  readonly source?: string | undefined
}

/** URL of an operation. Endpoints come from files and the environment, where they are written by hand. */
const urlOf = (endpoint: string, path: string): Either.Either<string, CredentialsError> =>
  Either.mapBoth(baseUrl(endpoint), {
    onLeft: (why) =>
      new CredentialsError({
        reason: `The endpoint of IAM ${why}`,
        advice: "Give one such as https://iam.ap-southeast-1.myhuaweicloud.com, or a region, whose endpoint is known."
      }),
    onRight: (base) => `${base}${path}`
  })

interface Asked {
  readonly operation: string
  readonly request: HttpClientRequest.HttpClientRequest
  /** Authorises the request. Default: it is sent as it is. */
  readonly credential?: Credentials.Credential | undefined
  /** Secrets in the request's body. */
  readonly secrets?: ReadonlyArray<string>
}

interface Told {
  readonly answer: Response
  /** Redacted at once: tracers see what a span's effect gives. */
  readonly subjectToken: Redacted.Redacted<string> | undefined
  readonly context: ErrorContext
  readonly withoutSecrets: (text: string) => string
}

/** Asks IAM once. Fails where the status is not the one wanted. */
const ask = (
  { credential, operation, request, secrets }: Asked,
  wanted: number
): Effect.Effect<Told, StatusError | TransportError | CredentialsError, HttpClient.HttpClient> => {
  const context: ErrorContext = { operation, method: request.method, url: request.url, attempts: 1 }
  return Effect.gen(function* () {
    const send = withoutTelemetry(yield* HttpClient.HttpClient)
    const traced = yield* Effect.withFiberRuntime<HttpClientRequest.HttpClientRequest>((fiber) =>
      Effect.succeed(Tracing.continueTrace(request, fiber))
    )
    const authorized = yield* credential?.authorize(traced, {}) ?? Effect.succeed(traced)
    const withoutSecrets = (text: string) => scrub(text, authorized, secrets)
    const { answer, headers } = yield* exchange(send, authorized, context, withoutSecrets)
    if (answer.status !== wanted) return yield* readError(redacted(answer, withoutSecrets), context)
    const token = headers["x-subject-token"]
    return { answer, subjectToken: token === undefined ? undefined : Redacted.make(token), context, withoutSecrets }
  }).pipe(
    bounded({
      duration: timeout,
      onTimeout: () =>
        new TransportError({ ...context, reason: "timeout", detail: `no answer within ${Duration.format(timeout)}` })
    }),
    Tracing.withSpan(`IAM ${operation}`, () => ({
      kind: "client",
      attributes: spanAttributes(request.method, request.url)
    }))
  )
}

const decodeAnswer = <A, I>(
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
        issues: [{ path: "", message: `the body is not JSON (${reason})` }],
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

/** The body of an answer. What cannot be read is read once more without secrets, for the error quotes it. */
const decodeBody =
  <A, I>(schema: Schema.Schema<A, I>) =>
  ({ answer, context, withoutSecrets }: Told): Either.Either<A, DecodeError> =>
    Either.orElse(decodeAnswer(schema, answer, context), () =>
      decodeAnswer(schema, redacted(answer, withoutSecrets), context)
    )

const TokenBody = Schema.Struct({ token: Schema.Struct({ expires_at: Schema.Date }) })

const decodeToken = decodeBody(TokenBody)

const json = { accept: "application/json" }

/**
 * Asks IAM for a token by password.
 *
 * Source: {@link https://support.huaweicloud.com/intl/en-us/api-iam/iam_30_0001.html Obtaining a User Token Through
 * Password Authentication}.
 */
const createToken = (
  user: User
): Effect.Effect<CachedCredentials.Expiring, CredentialsError, HttpClient.HttpClient> => {
  const password = Redacted.value(user.password)
  // As it is, and as JSON would show it.
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
    ask({ operation: "KeystoneCreateUserTokenByPassword", request: createRequest(url), secrets }, 201)
  ).pipe(
    Effect.flatMap((told) =>
      Effect.gen(function* () {
        const { token } = yield* decodeToken(told)
        const { answer, context, subjectToken } = told
        if (subjectToken === undefined) {
          return yield* new DecodeError({
            ...context,
            status: answer.status,
            issues: [{ path: "X-Subject-Token", message: "is missing from the answer" }]
          })
        }
        const credential = yield* Credentials.token(subjectToken, `token for ${source}`).get
        // IAM's time as this machine's clock has it, which may be wrong by more than a token is good for.
        const skew = Option.getOrElse(Option.filter(answer.clockSkew, Number.isFinite), () => 0)
        return { credential, expiresAt: token.expires_at.getTime() - skew }
      })
    ),
    Effect.mapError((error) =>
      error._tag === "CredentialsError"
        ? error
        : new CredentialsError({
            reason: `IAM gave no token for the user ${userName} of ${domainName} (${source}): ${error.message}`,
            advice:
              error._tag === "Unauthorized"
                ? "Check the account's name, the user's and the password: several wrong ones lock the account. HUAWEI IDs get no tokens; use an IAM user."
                : error.hint,
            transient: error.retryable,
            ...("retry_after" in error ? { retry_after: error.retry_after } : {}),
            unavailable: error._tag === "TransportError" || error._tag === "TooManyRequests" || error.status >= 500
          })
    )
  )
}

/** Why nothing can be asked for a user. The message holds nothing of what was given. */
const problemOf = (user: User): string | undefined => {
  const { domainName, password, project, userName }: Partial<User> = user ?? {}
  if (typeof domainName !== "string" || typeof userName !== "string") {
    return "The names of the account and of the IAM user must be strings"
  }
  const text = Redacted.isRedacted(password) ? Redacted.value(password) : undefined
  if (typeof text !== "string") return "The password must be the text in a Redacted, as Redacted.make gives it"
  if (text === "") return `The password (${user.source ?? "IAM user"}) is empty`
  const { id, name }: { id?: unknown; name?: unknown } = project ?? {}
  return typeof (id ?? name) === "string" ? undefined : "The project of the token must have an id or a name"
}

/**
 * Credentials of an IAM user: tokens that IAM gives for a password. One is shared by all calls and serves until it expires;
 * from five minutes before that on, the next one is asked for, by one request at a time. When the service refuses it, it is
 * replaced once.
 *
 * `get` fails with `CredentialsError` where IAM gives none, `transient` where it may do so later; and where the user is not
 * what its type says or the endpoint is not a plain `http` or `https` URL.
 *
 * @category constructors
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
 * Credentials of an IAM user, as `password` makes them.
 *
 * @category layers
 */
export const layerPassword = (user: User): Layer.Layer<Credentials.Credentials, never, HttpClient.HttpClient> =>
  Layer.scoped(Credentials.Credentials, password(user))

/**
 * Credentials of an IAM user, as `password` makes them, from settings of which each is given as it is or as configuration.
 *
 * Fails with `ConfigError`, which names all that are missing.
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
 * The ID of the project that is named like a region, which is how the cloud names the first project of each. It is looked
 * up and never created.
 *
 * Fails with `ProjectLookupError` where there is none or more than one, and with what IAM or the way to it fails with. It is
 * asked once; credentials that it refuses are told so, and another call may have better ones.
 *
 * Source: {@link https://support.huaweicloud.com/intl/en-us/api-iam/iam_06_0001.html Querying Project Information}.
 *
 * @category operations
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
    const told = yield* Effect.tapErrorTag(
      ask({ operation: "KeystoneListProjects", request, credential }, 200),
      "Unauthorized",
      () => credentials.invalidate(credential)
    )
    const { projects } = yield* decodeProjects(told)
    const ids = projects.filter(({ name }) => name === options.region).map(({ id }) => id)
    const [id] = ids
    if (id === undefined || ids.length > 1) {
      return yield* new ProjectLookupError({ ...told.context, region: options.region, project_ids: ids })
    }
    return id
  })
