import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import * as HttpApiError from "@effect/platform/HttpApiError"
import type * as HttpApp from "@effect/platform/HttpApp"
import * as HttpRouter from "@effect/platform/HttpRouter"
import * as HttpServer from "@effect/platform/HttpServer"
import * as HttpServerError from "@effect/platform/HttpServerError"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import {
  BadRequest,
  CreateHotspotSessionConfigBody,
  formatIssues,
  HotspotSessionApi,
  issuesOf,
  NotFound,
  UpdateHotspotSessionConfigBody,
  UpdateNonMigrationUsersBody
} from "@hotspot-session/core"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Documented from "./Documented.js"
import * as GatewayError from "./GatewayError.js"
import * as Project from "./Project.js"
import { ReceivedBody, RequestContext } from "./RequestContext.js"
import * as ResponseBody from "./ResponseBody.js"
import { targetOf } from "./Routing.js"
import { State } from "./State.js"

const badRequestBody = (message: string, requestId: string) => ({
  error_code: Documented.errors[400].error_code,
  error_msg: message,
  request_id: requestId
})

const badRequest = (message: string) =>
  Effect.flatMap(RequestContext, ({ requestId }) => new BadRequest(badRequestBody(message, requestId)))

const utf8 = new TextDecoder("utf-8", { fatal: true })

/** The body, decoded. HttpApi would read it from the request, and respond with 500 if it is not JSON. */
const bodyOf = <A, I>(schema: Schema.Schema<A, I>) => {
  const decode = Schema.decodeUnknownEither(schema, { errors: "all" })
  return Effect.gen(function* () {
    const { headers } = yield* HttpServerRequest.HttpServerRequest
    const body = yield* ReceivedBody
    if (!/^application\/json *(?:;|$)/i.test(headers["content-type"] ?? "")) {
      return yield* badRequest("Content-Type must be application/json")
    }
    const json = Either.try((): unknown => JSON.parse(utf8.decode(body)))
    if (Either.isLeft(json)) return yield* badRequest("the body must be valid JSON")
    if (typeof json.right !== "object" || json.right === null || Array.isArray(json.right)) {
      return yield* badRequest("the body must be a JSON object")
    }
    const decoded = decode(json.right)
    return Either.isLeft(decoded) ? yield* badRequest(formatIssues(issuesOf(decoded.left))) : decoded.right
  })
}

const createBody = bodyOf(CreateHotspotSessionConfigBody)
const updateBody = bodyOf(UpdateHotspotSessionConfigBody)
const usersBody = bodyOf(UpdateNonMigrationUsersBody)

const orNotFound = <A>(option: Option.Option<A>): Either.Either<A, NotFound> =>
  Either.fromOption(option, () => new NotFound(Documented.errors[404]))

/** A success with an empty body. Without a length, Node would send it in chunks. */
const emptyResponse = HttpServerResponse.empty({ status: 200, headers: { "content-length": "0" } })

/**
 * The responses are not encoded by the contract, because the configurations of tests and the changes of faults are served
 * unchanged.
 */
const handlers = HttpApiBuilder.group(HotspotSessionApi, "hotspotSession", (group) =>
  Effect.gen(function* () {
    const state = yield* State
    const projectOf = (id: string) => Effect.flatMap(state.projectById(id), orNotFound)
    const change = <A>(...args: Parameters<typeof state.changeProject<A>>) =>
      Effect.flatMap(state.changeProject(...args), orNotFound)
    const json = HttpServerResponse.unsafeJson

    return group
      .handleRaw("listHotspotSessionConfig", ({ path, urlParams }) =>
        Effect.gen(function* () {
          const { fault } = yield* RequestContext
          if (fault === "shift") {
            yield* state.changeProject(path.project_id, (_) => Option.some([undefined, Project.prepend(_)]))
          }
          const project = yield* projectOf(path.project_id)
          return json(ResponseBody.page(Project.dataset(project), urlParams, fault))
        })
      )
      .handleRaw("createHotspotSessionConfig", ({ path }) =>
        Effect.gen(function* () {
          const { fault } = yield* RequestContext
          const { non_migrate_users = [], ...settings } = yield* createBody
          const config = yield* change(path.project_id, (_) =>
            Option.some(Project.create(_, settings, non_migrate_users))
          )
          return json(ResponseBody.created(config, fault))
        })
      )
      .handleRaw("updateHotspotSessionConfig", ({ path }) =>
        Effect.gen(function* () {
          const { fault } = yield* RequestContext
          const settings = yield* updateBody
          yield* change(path.project_id, (_) =>
            Option.map(Project.update(_, path.config_id, settings), (project) => [undefined, project])
          )
          return json(ResponseBody.updated(path.config_id, settings, fault))
        })
      )
      .handleRaw("listNonMigrationUsers", ({ path, urlParams }) =>
        Effect.gen(function* () {
          const { fault } = yield* RequestContext
          if (fault === "shift") {
            yield* state.changeProject(path.project_id, (_) =>
              Option.map(Project.prependUser(_, path.config_id), (project) => [undefined, project])
            )
          }
          const project = yield* projectOf(path.project_id)
          const users = yield* orNotFound(Project.usersOf(project, path.config_id))
          return json(ResponseBody.users(users, urlParams, fault))
        })
      )
      .handleRaw("updateNonMigrationUsers", ({ path }) =>
        Effect.gen(function* () {
          const { non_migrate_users, update_type } = yield* usersBody
          yield* change(path.project_id, (_) =>
            Option.map(Project.updateUsers(_, path.config_id, update_type, non_migrate_users), (project) => [
              undefined,
              project
            ])
          )
          return emptyResponse
        })
      )
  })
)

/** One message for each parameter: `offset must be an integer from 0 to 2147483647`. */
const describe = (error: HttpApiError.HttpApiDecodeError, url: string): string => {
  const query = new URLSearchParams(targetOf(url).query)
  const messages = new Map<string, string>()
  for (const { message, path } of error.issues) {
    const name = path.filter((key) => typeof key === "string").join(".")
    // The schema of a repeated parameter would only say what one value must be.
    const isRepeated = query.getAll(name).length > 1
    if (!messages.has(name)) messages.set(name, isRepeated ? "is given more than once; send it once" : message)
  }
  return [...messages].map(([name, message]) => (name === "" ? message : `${name} ${message}`)).join("; ")
}

/** HttpApi would respond with the schema of an invalid parameter, and with an empty body for an unknown route. */
const withDocumentedErrors = HttpApiBuilder.middleware(HotspotSessionApi, (app) =>
  Effect.catchAllCause(app, (cause) => {
    const error: unknown = Cause.squash(cause)
    if (error instanceof HttpApiError.HttpApiDecodeError) {
      return Effect.zipWith(RequestContext, HttpServerRequest.HttpServerRequest, ({ requestId }, { url }) =>
        HttpServerResponse.unsafeJson(badRequestBody(describe(error, url), requestId), { status: 400 })
      )
    }
    if (error instanceof HttpServerError.RouteNotFound) {
      return Effect.map(RequestContext, ({ requestId }) => GatewayError.response(GatewayError.notFound, requestId))
    }
    return Effect.failCause(cause)
  })
)

const services = HttpApiBuilder.api(HotspotSessionApi).pipe(
  Layer.provide(handlers),
  Layer.provideMerge(withDocumentedErrors),
  Layer.provideMerge(Layer.mergeAll(HttpApiBuilder.Router.Live, HttpApiBuilder.Middleware.layer)),
  Layer.provideMerge(HttpServer.layerContext)
)

/**
 * The operations of the contract on the state. Built separately from the surrounding layers, because HttpApi keeps its routes
 * in a layer that is shared within one build, and an application may serve the same contract next to the emulator.
 */
export const make: Effect.Effect<HttpApp.Default, never, State | Scope.Scope> = Effect.gen(function* () {
  const context = yield* Layer.build(services)
  const app = yield* HttpApiBuilder.httpApp.pipe(
    HttpRouter.withRouterConfig({
      caseSensitive: true,
      ignoreDuplicateSlashes: false,
      ignoreTrailingSlash: false,
      // As long as the server accepts: a long project ID is an invalid parameter, not an unknown route.
      maxParamLength: 65_536
    }),
    Effect.provide(context)
  )
  return Effect.mapInputContext(app, (input: Context.Context<HttpServerRequest.HttpServerRequest>) =>
    Context.merge(context, input)
  )
})
