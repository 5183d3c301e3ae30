import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Array from "effect/Array"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { TokenScope } from "./Authentication.js"
import * as Demo from "./Demo.js"
import * as Issues from "./Issues.js"
import { type NamedProject, State } from "./State.js"

/** How long a token is good: 24 hours, in milliseconds. */
export const tokenLifetime = 24 * 60 * 60 * 1000

/** How large the body of a request for a token may be, in bytes. */
export const maxBodySize = 64 * 1024

const titles: ReadonlyMap<number, string> = new Map([
  [400, "Bad Request"],
  [401, "Unauthorized"],
  [413, "Request Entity Too Large"],
  [501, "Not Implemented"]
])

/** IAM's body of an error. */
export const bodyOf = (code: number, message: string, title = titles.get(code) ?? `Status ${code}`) => ({
  error: { code, message, title }
})

/** IAM's answer to a request that it refuses. */
export const errorResponse = (code: number, message: string): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.unsafeJson(bodyOf(code, message), { status: code })

const Name = Schema.Struct({ name: Schema.String })

const IdOrName = Schema.Struct({
  id: Schema.optionalWith(Schema.String, { nullable: true, exact: true }),
  name: Schema.optionalWith(Schema.String, { nullable: true, exact: true })
})

/**
 * What asks for a token by password. Other ways, and fields besides these, exist in the cloud and are not emulated.
 *
 * Source: "Obtaining a User Token Through Password Authentication" of IAM's API reference.
 */
const TokenRequest = Schema.Struct({
  auth: Schema.Struct({
    identity: Schema.Struct({
      methods: Schema.Tuple(Schema.Literal("password")).annotations({
        message: () => ({ message: 'must be ["password"], the only method that the emulator has', override: true })
      }),
      password: Schema.Struct({
        user: Schema.Struct({ name: Schema.String, password: Schema.String, domain: Name })
      })
    }),
    scope: Schema.optionalWith(
      Schema.Struct({
        project: Schema.optionalWith(IdOrName, { nullable: true, exact: true }),
        domain: Schema.optionalWith(IdOrName, { nullable: true, exact: true })
      }),
      { nullable: true, exact: true }
    )
  })
})

type TokenRequest = typeof TokenRequest.Type

const decode = Schema.decodeUnknownEither(Schema.parseJson(TokenRequest), { errors: "all" })

/** Whether the domain and the user are the emulator's. */
const isKnown = ({ auth: { identity } }: TokenRequest): boolean => {
  const { domain, name } = identity.password.user
  return domain.name === Demo.domainName && name === Demo.userName
}

/** `2020-01-04T09:05:22.701000Z`: IAM writes six fractional digits. */
export const formatTime = (epochMillis: number): string => new Date(epochMillis).toISOString().replace("Z", "000Z")

const domain = { id: "d78cbac186b744899480f25bd022f468", name: Demo.domainName }

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

/** The project that a token is asked for: by ID, or else by name. */
const findProject = (state: State["Type"], asked: typeof IdOrName.Type): Effect.Effect<Option.Option<NamedProject>> =>
  asked.id !== undefined
    ? state.projectById(asked.id)
    : Effect.map(
        state.namedProjects,
        Array.findFirst(({ name }) => name === asked.name)
      )

/**
 * Issues a token for the body of a request. Wrong passwords lock the user, also for the right one. A project goes before a domain; a token for a domain or for nothing is issued,
 * but opens no project.
 */
export const issueToken = (
  body: string,
  options: { readonly catalog: boolean }
): Effect.Effect<HttpServerResponse.HttpServerResponse, never, State> =>
  Effect.gen(function* () {
    const state = yield* State
    const decoded = decode(body)
    if (Either.isLeft(decoded)) {
      return errorResponse(400, `Request body is invalid. ${Issues.describe(decoded.left)}`)
    }
    const request = decoded.right
    const verdict = isKnown(request)
      ? yield* state.checkPassword(request.auth.identity.password.user.password)
      : "wrong"
    if (verdict === "wrong") return errorResponse(401, "The username or password is wrong.")
    if (verdict === "locked") return errorResponse(401, "The account is locked.")
    const asked = request.auth.scope?.project
    const project = asked === undefined ? Option.none() : yield* findProject(state, asked)
    if (asked !== undefined && Option.isNone(project)) return errorResponse(401, "The project does not exist.")
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

/** IAM's answer to a token that is missing, unknown or expired. */
export const unauthenticated = errorResponse(401, "The request you have made requires authentication.")

/**
 * Lists the projects, of one name if one is given. The cloud's other parameters do nothing here.
 *
 * Source: "Querying Project Information" of IAM's API reference.
 */
export const listProjects = (options: {
  readonly name: string | undefined
  /** What the links begin with, without a slash at the end. */
  readonly origin: string
}): Effect.Effect<HttpServerResponse.HttpServerResponse, never, State> =>
  Effect.gen(function* () {
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
