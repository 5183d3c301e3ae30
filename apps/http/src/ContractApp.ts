import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import { HttpApiDecodeError } from "@effect/platform/HttpApiError"
import type * as HttpApp from "@effect/platform/HttpApp"
import * as HttpRouter from "@effect/platform/HttpRouter"
import * as HttpServer from "@effect/platform/HttpServer"
import { RouteNotFound } from "@effect/platform/HttpServerError"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import { Credentials, HotspotSession } from "@hotspot-session/client"
import { HotspotSessionApi } from "@hotspot-session/core"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Failure from "./Failure.js"
import { refusal } from "./LocalCaller.js"

/** Whom the gateway answers, and with whose credentials. */
export interface Access {
  readonly credentials: Failure.CredentialsMode
  readonly allowedHosts: ReadonlyArray<string>
}

const callerCredentials = (token: Redacted.Redacted<string> | undefined) =>
  Credentials.token(token ?? Redacted.make(""), "header X-Auth-Token")

const failed = (error: Parameters<typeof Failure.failureOf>[0], mode: Failure.CredentialsMode) => {
  const failure = Failure.failureOf(error, mode)
  return Failure.toResponse(failure).pipe(
    Effect.zipLeft(
      Failure.isOfGateway(failure)
        ? Effect.annotateLogs(Effect.logWarning(error.message), {
            error: error._tag,
            error_code: failure.error_code,
            ...(error.hint === undefined ? {} : { hint: error.hint })
          })
        : Effect.void
    )
  )
}

const handlers = (mode: Failure.CredentialsMode) =>
  HttpApiBuilder.group(HotspotSessionApi, "hotspotSession", (handlers) =>
    Effect.map(HotspotSession.HotspotSession, ({ listHotspotSessionConfig }) =>
      handlers.handleRaw("listHotspotSessionConfig", ({ headers, path, urlParams }) =>
        listHotspotSessionConfig(
          {
            project_id: path.project_id,
            ...(urlParams.offset === undefined ? {} : { offset: urlParams.offset }),
            ...(urlParams.limit === undefined ? {} : { limit: urlParams.limit })
          },
          mode === "own" ? {} : { credentials: callerCredentials(headers["x-auth-token"]) }
        ).pipe(
          // Not encoded by the schema, which would drop the fields that the documentation does not know.
          Effect.map((page) => HttpServerResponse.unsafeJson(page, { headers: { "cache-control": "no-store" } })),
          Effect.catchAll((error) => failed(error, mode))
        )
      )
    )
  )

const invalidPath = [{ path: "project_id", message: "must be 1 to 128 letters, digits, - or _" }]

/** The documented body for parameters that do not decode, which the platform would answer with one of its own. */
const documentedDecodeErrors = HttpApiBuilder.middleware((app) =>
  Effect.catchAllCause(app, (cause) => {
    const error: unknown = Option.getOrUndefined(Cause.failureOption(cause))
    if (error instanceof HttpApiDecodeError) {
      return Failure.toResponse(
        Failure.invalidParameters(error.issues.map(({ message, path }) => ({ path: path.join("."), message })))
      )
    }
    // The path has the contract's form, or it would not be here: its ID is what the router cannot decode.
    if (error instanceof RouteNotFound) return Failure.toResponse(Failure.invalidParameters(invalidPath))
    return Effect.failCause(cause)
  })
)

const unauthenticated = ({ headers }: HttpServerRequest.HttpServerRequest): Failure.Failure | undefined => {
  if (headers["x-auth-token"] !== undefined && headers["x-auth-token"] !== "") return undefined
  return /^(?:SDK|V11)-HMAC-/i.test(headers["authorization"] ?? "") ? Failure.signedRequest : Failure.missingToken
}

/**
 * The contract's route, served through the client. Who asks is looked at before what is asked for, as the cloud does.
 * Built with a memo map of its own, so that it shares no router with an `HttpApi` of the application around it.
 */
export const make = (access: Access): Effect.Effect<HttpApp.Default<unknown>, never, HotspotSession.HotspotSession> =>
  Effect.gen(function* () {
    const context = yield* Layer.build(
      Layer.mergeAll(
        HttpApiBuilder.api(HotspotSessionApi).pipe(Layer.provide(handlers(access.credentials))),
        documentedDecodeErrors,
        HttpApiBuilder.Router.Live,
        HttpApiBuilder.Middleware.layer,
        HttpServer.layerContext
      )
    )
    const app = yield* HttpApiBuilder.httpApp.pipe(
      // An ID of more than the router's 100 characters is for the contract to judge.
      HttpRouter.withRouterConfig({ caseSensitive: true, ignoreDuplicateSlashes: false, maxParamLength: 65536 }),
      Effect.provide(context)
    )
    return Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) => {
      const failure = access.credentials === "own" ? refusal(request, access.allowedHosts) : unauthenticated(request)
      return failure === undefined ? Effect.provide(app, context) : Failure.toResponse(failure)
    })
  }).pipe(Effect.scoped)
