import type * as HttpApp from "@effect/platform/HttpApp"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as NodeHttpServerRequest from "@effect/platform-node/NodeHttpServerRequest"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as HashMap from "effect/HashMap"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Admin from "./Admin.js"
import * as Authentication from "./Authentication.js"
import * as Documented from "./Documented.js"
import { Exchange } from "./Exchange.js"
import type { Kind, Target } from "./Fault.js"
import * as FaultAnswer from "./FaultAnswer.js"
import * as GatewayError from "./GatewayError.js"
import * as Iam from "./Iam.js"
import * as ListService from "./ListService.js"
import * as RequestBody from "./RequestBody.js"
import type { Entry } from "./RequestLog.js"
import * as Route from "./Route.js"
import type { Choice } from "./Script.js"
import { State } from "./State.js"

type Request = HttpServerRequest.HttpServerRequest
type Response = HttpServerResponse.HttpServerResponse

/** What every answer of the cloud says. */
const identify = (response: Response, requestId: string): Response =>
  HttpServerResponse.setHeaders(response, { "x-request-id": requestId, server: "api-gateway" })

/** Ends a request without an answer of its own; the fiber ends when its connection does. */
const thenNothing = (act: () => void): Effect.Effect<never> => Effect.zipRight(Effect.sync(act), Effect.never)

const bytesOf = (response: Response): Uint8Array | undefined =>
  response.body._tag === "Uint8Array" ? response.body.body : undefined

/** Sends the headers of an answer, `Content-Length` included, and half of its body. */
const sendHalf = (request: Request, entry: Entry, answer: Response, bytes: Uint8Array, sent: () => void): void => {
  const response = identify(answer, entry.id)
  const nodeResponse = NodeHttpServerRequest.toServerResponse(request)
  entry.status = response.status
  nodeResponse.writeHead(response.status, response.headers)
  nodeResponse.write(bytes.subarray(0, Math.ceil(bytes.byteLength / 2)), sent)
}

/** What a fault makes of an answer that would be a success. */
const distort = (
  request: Request,
  response: Response,
  entry: Entry,
  fault: Kind | undefined
): Effect.Effect<Response> => {
  const bytes = bytesOf(response)
  if (bytes === undefined || response.status >= 300) return Effect.succeed(response)
  switch (fault) {
    case "badJson":
      return Effect.succeed(
        HttpServerResponse.text(FaultAnswer.html(response.status), {
          status: response.status,
          contentType: "text/html; charset=utf-8"
        })
      )
    case "stallBody":
      return thenNothing(() => sendHalf(request, entry, response, bytes, () => {}))
    case "truncate":
      return thenNothing(() =>
        sendHalf(request, entry, response, bytes, () =>
          NodeHttpServerRequest.toIncomingMessage(request).socket.destroy()
        )
      )
    default:
      return Effect.succeed(response)
  }
}

/** What comes of a request that the script has something for; `answer` is what it would be without. */
const withFault = <R>(
  request: Request,
  entry: Entry,
  { delay, fault }: Choice,
  answer: Effect.Effect<Response, never, R>
): Effect.Effect<Response, never, R> => {
  const react = (): Effect.Effect<Response, never, R> => {
    switch (fault?.kind) {
      case "status":
        return Effect.sync(() => FaultAnswer.make(fault, entry.id, request))
      case "reset":
        return thenNothing(() => NodeHttpServerRequest.toIncomingMessage(request).socket.resetAndDestroy())
      case "stall":
        return Effect.never
      default:
        return answer.pipe(
          Effect.flatMap((response) => distort(request, response, entry, fault?.kind)),
          Effect.provideService(Exchange, { requestId: entry.id, fault: fault?.kind })
        )
    }
  }
  return delay > 0 ? Effect.zipRight(Effect.sleep(delay), Effect.suspend(react)) : react()
}

const notEmulated = (route: Extract<Route.Route, { readonly _tag: "NotEmulated" }>, requestId: string): Response => {
  const error = GatewayError.notEmulated(`answer ${route.operation}`)
  return route.iam ? Iam.errorResponse(501, error.error_msg) : GatewayError.response(error, requestId)
}

/**
 * The whole emulator as one application: the gateway in front of the service and of IAM, and the admin endpoints. Every
 * answer has `X-Request-Id` and `Server`, and every error a body.
 */
export const make = (options: {
  /** Milliseconds that every answer but an admin endpoint's takes longer. */
  readonly latency: number
}): Effect.Effect<HttpApp.Default, never, State | Scope.Scope> =>
  Effect.gen(function* () {
    const state = yield* State
    const list = yield* ListService.make

    const listConfigs = (request: Request, requestId: string, projectId: string) =>
      Effect.gen(function* () {
        const tokens = yield* state.tokens
        const allowed = Authentication.authenticate({
          headers: request.headers,
          projectId,
          now: yield* Clock.currentTimeMillis,
          lookup: (token) => Option.getOrUndefined(HashMap.get(tokens, token))
        })
        return Either.isLeft(allowed) ? GatewayError.response(allowed.left, requestId) : yield* list
      }).pipe(Effect.provideService(HttpServerRequest.HttpServerRequest, request))

    const issueToken = (request: Request, catalog: boolean) =>
      RequestBody.text(request, Iam.maxBodySize).pipe(
        Effect.flatMap((body) =>
          Effect.flatMap(Clock.currentTimeMillis, (now) => Iam.issueToken(body, { now, catalog }))
        ),
        Effect.catchTag("BodyTooLarge", ({ maximum }) =>
          Effect.succeed(Iam.errorResponse(413, `The request body may have at most ${maximum} bytes.`))
        ),
        Effect.provideService(State, state)
      )

    const scripted = (
      request: Request,
      entry: Entry,
      target: Target,
      answer: Effect.Effect<Response>
    ): Effect.Effect<Response> =>
      Effect.flatMap(state.nextFault(target), (choice) => {
        entry.faults = choice.fired
        return withFault(request, entry, choice, answer)
      })

    const answer = (request: Request, entry: Entry, route: Route.Route): Effect.Effect<Response> => {
      switch (route._tag) {
        case "List":
          return scripted(request, entry, "list", listConfigs(request, entry.id, route.projectId))
        case "IssueToken":
          return scripted(request, entry, "iam", issueToken(request, route.catalog))
        case "Options":
          return Effect.succeed(HttpServerResponse.empty({ status: 204, headers: { allow: route.allow } }))
        case "MethodNotAllowed":
          return Effect.succeed(
            HttpServerResponse.setHeader(
              GatewayError.response({ status: 405, ...Documented.errors[405] }, entry.id),
              "allow",
              route.allow
            )
          )
        case "NotEmulated":
          return Effect.succeed(notEmulated(route, entry.id))
        case "Malformed":
          return Effect.succeed(GatewayError.response(GatewayError.badRequest, entry.id))
        case "NotFound":
        case "Admin":
          return Effect.succeed(GatewayError.response(GatewayError.notFound, entry.id))
      }
    }

    const seen = (request: Request, requestId: string, target: Route.RequestTarget, route: Route.Route) =>
      Effect.gen(function* () {
        const entry: Entry = {
          id: requestId,
          time: yield* Clock.currentTimeMillis,
          method: request.method,
          ...target,
          headers: request.headers,
          status: undefined,
          faults: []
        }
        state.requestLog.add(entry)
        if (options.latency > 0) yield* Effect.sleep(options.latency)
        const response = yield* answer(request, entry, route)
        entry.status = response.status
        return response
      })

    const handle = (request: Request): Effect.Effect<Response> => {
      const requestId = state.nextRequestId()
      const target = Route.targetOf(request.url)
      const route = Route.match(request.method, target)
      const response =
        route._tag === "Admin"
          ? Effect.provideService(Admin.handle(request, route.name), State, state)
          : seen(request, requestId, target, route)
      return response.pipe(
        Effect.catchAllCause((cause) =>
          Cause.isInterrupted(cause)
            ? Effect.failCause(cause)
            : Effect.as(
                Effect.logError("The emulator failed to answer", cause),
                GatewayError.response({ status: 500, ...Documented.errors[500] }, requestId)
              )
        ),
        Effect.map((response) => identify(response, requestId))
      )
    }

    // The server runs applications uninterruptibly, but a stalled one must end with its connection.
    return Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) => Effect.interruptible(handle(request)))
  })
