import type * as HttpClient from "@effect/platform/HttpClient"
import { projectIdPattern } from "@hotspot-session/core"
import type { ConfigError } from "effect/ConfigError"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as CachedCredentials from "./CachedCredentials.js"
import { decodeBy } from "./CallableOperation.js"
import { type Configured, settingsOf } from "./Configured.js"
import { CredentialsError, DecodeError, ProjectLookupError, type StatusError, type TransportError } from "./Core.js"
import * as Credentials from "./Credentials.js"
import { callIam, contextOf, formsOf, type IamOperation, notIssued, withIamHint } from "./IamCall.js"
import { clockSkewOf, headerOf } from "./Response.js"

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

interface IssuedToken {
  /** Redacted immediately, because tracers can read the result of a span's effect. */
  readonly token: Redacted.Redacted<string>
  /** Epoch milliseconds. */
  readonly expiresAt: number
}

const TokenBody = Schema.Struct({ token: Schema.Struct({ expires_at: Schema.Date }) })

const createUserToken: IamOperation<IssuedToken> = {
  name: "KeystoneCreateUserTokenByPassword",
  method: "POST",
  path: "/v3/auth/tokens",
  query: ["nocatalog"],
  body: ["auth"],
  success: [201],
  idempotency: "none",
  decode: (json, response) =>
    Either.flatMap(decodeBy(TokenBody)(json), ({ token: { expires_at } }) => {
      const token = headerOf(response, "x-subject-token")
      return token === undefined
        ? Either.left([{ path: "X-Subject-Token", message: "is missing from the response" }])
        : // Converts IAM's time to this machine's clock, which may be off by more than the lifetime of a token.
          Either.right({ token: Redacted.make(token), expiresAt: expires_at.getTime() - clockSkewOf(response) })
    })
}

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
  const { domainName, endpoint, source = "IAM user", project, userName } = user
  const auth = {
    identity: {
      methods: ["password"],
      password: { user: { domain: { name: domainName }, name: userName, password } }
    },
    scope: { project: "id" in project && project.id !== undefined ? { id: project.id } : project }
  }
  return callIam(createUserToken, { nocatalog: true, auth }, { endpoint, secrets: formsOf(password) }).pipe(
    Effect.flatMap(({ expiresAt, token }) =>
      Effect.map(Credentials.token(token, `token for ${source}`).get, (credential) => ({ credential, expiresAt }))
    ),
    Effect.mapError((error) =>
      notIssued(
        error,
        `IAM issued no token for the user ${userName} of ${domainName} (${source})`,
        "Check the account name, the user name and the password; repeated failures lock the account. HUAWEI IDs cannot get tokens; use an IAM user."
      )
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
 * @example
 * ```ts
 * import { Credentials, Iam, iamEndpoint } from "@hotspot-session/client"
 * import { Layer, Redacted } from "effect"
 *
 * const credentials = Iam.password({
 *   domainName: "your account",
 *   userName: "your user",
 *   password: Redacted.make("your password"),
 *   project: { name: "ap-southeast-1" },
 *   endpoint: iamEndpoint("ap-southeast-1")
 * })
 *
 * const layer = Layer.scoped(Credentials.Credentials, credentials)
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const password = (user: User): Effect.Effect<Credentials.Service, never, HttpClient.HttpClient | Scope.Scope> =>
  CachedCredentials.make(
    Effect.suspend(() => {
      const reason = problemOf(user)
      return reason === undefined ? createToken(user) : Effect.fail(new CredentialsError({ reason }))
    }),
    refreshBefore
  )

/**
 * Credentials of an IAM user, like `password`.
 *
 * @example
 * ```ts
 * import { Iam, iamEndpoint } from "@hotspot-session/client"
 * import { Redacted } from "effect"
 *
 * const layer = Iam.layerPassword({
 *   domainName: "your account",
 *   userName: "your user",
 *   password: Redacted.make("your password"),
 *   project: { name: "ap-southeast-1" },
 *   endpoint: iamEndpoint("ap-southeast-1")
 * })
 * ```
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

const listProjects: IamOperation<typeof ProjectsBody.Type> = {
  name: "KeystoneListProjects",
  method: "GET",
  path: "/v3/projects",
  query: ["name"],
  idempotency: "safe",
  decode: decodeBy(ProjectsBody)
}

/**
 * Looks up the ID of a project by name, by default by that of a region, which is how the cloud names the first project of
 * each region. Never creates a project.
 *
 * Fails with `ProjectLookupError` if there is no such project or more than one, and with the errors of the request to IAM,
 * which is sent once. Rejected credentials are invalidated, so that the next call may use fresh ones.
 *
 * Source: {@link https://support.huaweicloud.com/intl/en-us/api-iam/iam_06_0001.html Querying Project Information}.
 *
 * @category operations
 * @since 0.1.0
 */
export const findProjectId = Effect.fnUntraced(function* (options: {
  /** Name of the region, such as `ap-southeast-1`. */
  readonly region: string
  /** Name of the project. Default: the region's. */
  readonly name?: string | undefined
  /** URL of IAM; see `iamEndpoint` of core. */
  readonly endpoint: string
}): Effect.fn.Return<
  string,
  ProjectLookupError | StatusError | TransportError | DecodeError | CredentialsError,
  HttpClient.HttpClient | Credentials.Credentials
> {
  const { endpoint, region, name = region } = options
  const credentials = yield* Credentials.Credentials
  const credential = yield* credentials.get
  const { projects } = yield* Effect.tapErrorTag(
    callIam(listProjects, { name }, { endpoint, credential }),
    "Unauthorized",
    () => credentials.invalidate(credential)
  )
  const ids = projects.filter((project) => project.name === name).map(({ id }) => id)
  const [id] = ids
  const context = yield* contextOf(listProjects, endpoint, { name })
  if (id === undefined || ids.length > 1) {
    return yield* new ProjectLookupError({
      ...context,
      region,
      ...(name === region ? {} : { project_name: name }),
      project_ids: ids
    })
  }
  return projectIdPattern.test(id)
    ? id
    : yield* withIamHint(
        new DecodeError({
          ...context,
          status: 200,
          issues: [{ path: "projects", message: "has an ID that is not 1 to 128 letters, digits, - or _" }]
        })
      )
})
