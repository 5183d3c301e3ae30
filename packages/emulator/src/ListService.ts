import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import * as HttpApiError from "@effect/platform/HttpApiError"
import type * as HttpApp from "@effect/platform/HttpApp"
import * as HttpRouter from "@effect/platform/HttpRouter"
import * as HttpServer from "@effect/platform/HttpServer"
import * as HttpServerError from "@effect/platform/HttpServerError"
import type * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import { HotspotSessionApi, NotFound } from "@hotspot-session/core"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Documented from "./Documented.js"
import * as GatewayError from "./GatewayError.js"
import * as ListPage from "./ListPage.js"
import { RequestContext } from "./RequestContext.js"
import { State } from "./State.js"

const handlers = HttpApiBuilder.group(HotspotSessionApi, "hotspotSession", (group) =>
  Effect.gen(function* () {
    const state = yield* State
    return group.handle("listHotspotSessionConfig", ({ path, urlParams }) =>
      Effect.gen(function* () {
        const { fault } = yield* RequestContext
        if (fault === "shift") yield* state.addConfig(path.project_id)
        const project = yield* state.projectById(path.project_id)
        if (Option.isNone(project)) return yield* new NotFound(Documented.errors[404])
        // Not encoded by the contract, because the configurations of tests and the changes of faults are served unchanged.
        return HttpServerResponse.unsafeJson(ListPage.make(state.datasetOf(project.value), urlParams, fault))
      })
    )
  })
)

/** One message for each parameter: `offset must be an integer from 0 to 2147483647`. */
const describe = (error: HttpApiError.HttpApiDecodeError): string => {
  const messages = new Map<string, string>()
  for (const { message, path } of error.issues) {
    const name = path.filter((key) => typeof key === "string").join(".")
    if (!messages.has(name)) messages.set(name, message)
  }
  return [...messages].map(([name, message]) => (name === "" ? message : `${name} ${message}`)).join("; ")
}

/** HttpApi would respond with the schema of an invalid parameter, and with an empty body for an unknown route. */
const withDocumentedErrors = HttpApiBuilder.middleware(HotspotSessionApi, (app) =>
  Effect.catchAllCause(app, (cause) => {
    const error: unknown = Cause.squash(cause)
    if (error instanceof HttpApiError.HttpApiDecodeError) {
      return Effect.map(RequestContext, ({ requestId }) =>
        HttpServerResponse.unsafeJson(
          { error_code: Documented.errors[400].error_code, error_msg: describe(error), request_id: requestId },
          { status: 400 }
        )
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
 * The operation of the contract on the state. Built separately from the surrounding layers, because HttpApi keeps its routes
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
