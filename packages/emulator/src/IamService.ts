import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import { formatIssues, issuesOf } from "@hotspot-session/core"
import * as Array from "effect/Array"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { TokenScope } from "./Authentication.js"
import { Demo } from "./Demo.js"
import { type NamedProject, State } from "./State.js"

/** Lifetime of a token: 24 hours, in milliseconds. */
export const tokenLifetime = 24 * 60 * 60 * 1000

/** Maximum size of the body of a token request, in bytes. */
export const maxBodySize = 64 * 1024

const titles: ReadonlyMap<number, string> = new Map([
  [400, "Bad Request"],
  [401, "Unauthorized"],
  [404, "Not Found"],
  [413, "Request Entity Too Large"],
  [501, "Not Implemented"]
])

export const bodyOf = (code: number, message: string, title = titles.get(code) ?? `Status ${code}`) => ({
  error: { code, message, title }
})

export const errorResponse = (code: number, message: string): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.unsafeJson(bodyOf(code, message), { status: code })

const nullable = { nullable: true, exact: true } as const

const IdOrName = Schema.Struct({
  id: Schema.optionalWith(Schema.String, nullable),
  name: Schema.optionalWith(Schema.String, nullable)
})

/**
 * The body of a token request by password. The cloud's other methods and fields are not emulated.
 *
 * Source: "Obtaining a User Token Through Password Authentication" of IAM's API reference.
 */
const TokenRequest = Schema.Struct({
  auth: Schema.Struct({
    identity: Schema.Struct({
      methods: Schema.Tuple(Schema.Literal("password")).annotations({
        message: () => ({ message: 'must be ["password"], the only method that the emulator supports', override: true })
      }),
      password: Schema.Struct({
        user: Schema.Struct({
          name: Schema.String,
          password: Schema.String,
          domain: Schema.Struct({ name: Schema.String })
        })
      })
    }),
    scope: Schema.optionalWith(
      Schema.Struct({
        project: Schema.optionalWith(IdOrName, nullable),
        domain: Schema.optionalWith(IdOrName, nullable)
      }),
      nullable
    )
  })
})

const decode = Schema.decodeUnknownEither(Schema.parseJson(TokenRequest), { errors: "all" })

/** `2020-01-04T09:05:22.701000Z`: IAM writes six fractional digits. */
export const formatTime = (epochMillis: number): string => new Date(epochMillis).toISOString().replace("Z", "000Z")

export const domain = { id: "d78cbac186b744899480f25bd022f468", name: Demo.domainName }

const tokenBody = (project: Option.Option<NamedProject>, now: number, withCatalog: boolean) => ({
  token: {
    methods: ["password"],
    issued_at: formatTime(now),
    expires_at: formatTime(now + tokenLifetime),
    user: { id: "7116d09f88fa41908676fdd4b039e95b", name: Demo.userName, domain, password_expires_at: "" },
    ...Option.match(project, {
      onNone: () => ({ domain }),
      onSome: ({ id, name }) => ({ project: { id, name, domain } })
    }),
    roles: [],
    ...(withCatalog ? { catalog: [] } : {})
  }
})

const findProject = (
  state: State["Type"],
  requested: typeof IdOrName.Type
): Effect.Effect<Option.Option<NamedProject>> =>
  requested.id !== undefined
    ? state.projectById(requested.id)
    : Effect.map(
        state.namedProjects,
        Array.findFirst(({ name }) => name === requested.name)
      )

/**
 * Issues a token for the body of a request. Wrong passwords lock the user, even for the correct one. A project takes
 * precedence over a domain; a token for a domain or without a scope gives access to no project.
 */
export const issueToken = Effect.fnUntraced(function* (
  body: string,
  options: { readonly catalog: boolean }
): Effect.fn.Return<HttpServerResponse.HttpServerResponse, never, State> {
  const state = yield* State
  const decoded = decode(body)
  if (Either.isLeft(decoded)) {
    return errorResponse(400, `Request body is invalid: ${formatIssues(issuesOf(decoded.left))}`)
  }
  const request = decoded.right
  const { domain: account, name, password } = request.auth.identity.password.user
  const isKnown = account.name === Demo.domainName && name === Demo.userName
  const verdict = isKnown ? yield* state.checkPassword(password) : "wrong"
  if (verdict === "wrong") return errorResponse(401, "The username or password is wrong.")
  if (verdict === "locked") return errorResponse(401, "The account is locked.")
  const requested = request.auth.scope?.project
  const project = requested === undefined ? Option.none() : yield* findProject(state, requested)
  if (requested !== undefined && Option.isNone(project)) return errorResponse(401, "The project does not exist.")
  const scope: TokenScope = Option.match(project, {
    onNone: () => ({ _tag: "NoProject" }),
    onSome: ({ id }) => ({ _tag: "Project", projectId: id })
  })
  const now = state.now()
  const token = yield* state.issueToken(scope, tokenLifetime)
  return HttpServerResponse.unsafeJson(tokenBody(project, now, options.catalog), {
    status: 201,
    headers: { "x-subject-token": token }
  })
})

/** IAM's response to a token that is missing, unknown or expired. */
export const unauthenticated = errorResponse(401, "The request you have made requires authentication.")

/**
 * Lists the projects, only those with the given name if there is one. The cloud's other parameters are ignored.
 *
 * Source: "Querying Project Information" of IAM's API reference.
 */
export const listProjects = Effect.fnUntraced(function* (options: {
  readonly name: string | undefined
  /** The origin of the links, without a slash at the end. */
  readonly origin: string
}): Effect.fn.Return<HttpServerResponse.HttpServerResponse, never, State> {
  const state = yield* State
  const projects = yield* state.namedProjects
  const self = `${options.origin}/v3/projects`
  return HttpServerResponse.unsafeJson({
    projects: projects
      .filter(({ name }) => options.name === undefined || name === options.name)
      .map(({ id, name }) => ({
        id,
        name,
        domain_id: domain.id,
        parent_id: domain.id,
        is_domain: false,
        enabled: true,
        description: "",
        links: { self: `${self}/${id}` }
      })),
    links: { self, next: null, previous: null }
  })
})
