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
import * as ContractService from "./ContractService.js"
import { isDone, type Kind, type Target } from "./Fault.js"
import * as FaultResponse from "./FaultResponse.js"
import type { Choice } from "./FaultScript.js"
import * as GatewayError from "./GatewayError.js"
import * as IamService from "./IamService.js"
import * as Metadata from "./Metadata.js"
import * as RequestBody from "./RequestBody.js"
import { ReceivedBody, RequestContext } from "./RequestContext.js"
import { type Entry, setBody } from "./RequestLog.js"
import * as Routing from "./Routing.js"
import { State } from "./State.js"
import * as TemporaryKeyService from "./TemporaryKeyService.js"

type Request = HttpServerRequest.HttpServerRequest
type Response = HttpServerResponse.HttpServerResponse

/** The headers of every response. `Date` is set here, because Node would use the machine's clock. */
const withCloudHeaders = (response: Response, requestId: string, now: number): Response =>
  HttpServerResponse.setHeaders(response, {
    "x-request-id": requestId,
    server: "api-gateway",
    date: new Date(now).toUTCString()
  })

/** Runs an action instead of a response. The fiber ends with its connection. */
const withoutResponse = (act: () => void): Effect.Effect<never> => Effect.zipRight(Effect.sync(act), Effect.never)

const closeConnection = (request: Request): Effect.Effect<never> =>
  withoutResponse(() => NodeHttpServerRequest.toIncomingMessage(request).socket.resetAndDestroy())

const bytesOf = (response: Response): Uint8Array | undefined =>
  response.body._tag === "Uint8Array"
    ? response.body.body
    : response.body._tag === "Empty"
      ? new Uint8Array()
      : undefined

/** Sends the headers of a response, with the length of its body, or 1 for an empty one, and half of the body. */
const sendHalf = (request: Request, entry: Entry, response: Response, bytes: Uint8Array, onSent: () => void): void => {
  const nodeResponse = NodeHttpServerRequest.toServerResponse(request)
  entry.status = response.status
  const half = bytes.subarray(0, Math.ceil(bytes.byteLength / 2))
  nodeResponse.writeHead(response.status, { ...response.headers, "content-length": Math.max(1, bytes.byteLength) })
  if (half.byteLength > 0) nodeResponse.write(half, onSent)
  else {
    nodeResponse.flushHeaders()
    nodeResponse.socket?.write("", () => onSent())
  }
}

/** Applies a fault to a successful response. */
const applyFault = (
  request: Request,
  response: Response,
  entry: Entry,
  fault: Kind | undefined
): Effect.Effect<Response> => {
  const bytes = bytesOf(response)
  if (bytes === undefined || !isSuccess(response)) return Effect.succeed(response)
  switch (fault) {
    case "badJson":
      return Effect.succeed(
        HttpServerResponse.text(FaultResponse.html(response.status), {
          status: response.status,
          contentType: "text/html; charset=utf-8"
        })
      )
    case "stallBody":
      return withoutResponse(() => sendHalf(request, entry, response, bytes, () => {}))
    case "truncate":
      return withoutResponse(() =>
        sendHalf(request, entry, response, bytes, () =>
          NodeHttpServerRequest.toIncomingMessage(request).socket.destroy()
        )
      )
    default:
      return Effect.succeed(response)
  }
}

const isSuccess = ({ status }: Response): boolean => status < 300

/** Handles a request with the faults that the script has chosen; `regular` is the response without them. */
const withFault = <R>(
  request: Request,
  entry: Entry,
  { delay, fault }: Choice,
  regular: Effect.Effect<Response, never, R>
): Effect.Effect<Response, never, R> => {
  const carriedOut = Effect.provideService(regular, RequestContext, { requestId: entry.id, fault: fault?.kind })
  const replaced = (replacement: Effect.Effect<Response>): Effect.Effect<Response, never, R> =>
    fault !== undefined && isDone(fault)
      ? Effect.flatMap(carriedOut, (response) => (isSuccess(response) ? replacement : Effect.succeed(response)))
      : replacement
  const respond = (): Effect.Effect<Response, never, R> => {
    switch (fault?.kind) {
      case "status":
        return replaced(Effect.sync(() => FaultResponse.make(fault, entry.id, request)))
      case "reset":
        return replaced(closeConnection(request))
      case "stall":
        return replaced(Effect.never)
      default:
        return Effect.flatMap(carriedOut, (response) => applyFault(request, response, entry, fault?.kind))
    }
  }
  return delay > 0 ? Effect.zipRight(Effect.sleep(delay), Effect.suspend(respond)) : respond()
}

const notEmulated = (operation: string): Response =>
  IamService.errorResponse(501, GatewayError.notEmulated(`implement ${operation}`).error_msg)

/**
 * Maximum size of the body of an operation, and of every signed request, in bytes. It is buffered. 1,000 users whose IDs and
 * names are 128 emoji take 1.1 MB.
 */
const maxBodySize = 2 * 1024 * 1024

/**
 * The whole emulator as one application: the gateway in front of the service and of IAM, the metadata service, and the
 * admin endpoints. Every response has `X-Request-Id`, `Server` and `Date`, and every error has a body.
 */
export const make = Effect.fnUntraced(function* (options: {
  /** Delay of every response except those of the admin endpoints, in milliseconds. */
  readonly latency: number
  readonly metadata: Metadata.Mode
}): Effect.fn.Return<HttpApp.Default, never, State | Scope.Scope> {
  const state = yield* State
  const service = yield* ContractService.make

  const authenticate = (
    request: Request,
    { method, path, query }: Entry,
    credentials: Authentication.RequestCredentials,
    body: Effect.Effect<Uint8Array, RequestBody.BodyTooLarge>
  ): Effect.Effect<Authentication.TokenScope, GatewayError.GatewayError> =>
    Effect.gen(function* () {
      const { headers } = request
      switch (credentials._tag) {
        case "Nothing":
          return yield* Effect.fail(GatewayError.tokenMissing)
        case "Token": {
          const token = HashMap.get(yield* state.tokens, credentials.token)
          if (Option.isNone(token)) return yield* Effect.fail(GatewayError.tokenUnknown)
          if (state.now() >= token.value.expiresAt) return yield* Effect.fail(GatewayError.tokenExpired)
          return token.value.scope
        }
        case "Signature": {
          const signed = { method, path, query, headers, body: yield* body }
          yield* Effect.flatten(state.verify(signed, credentials.authorization))
          return Authentication.signatureScope(headers)
        }
      }
    }).pipe(Effect.catchTag("BodyTooLarge", () => Effect.fail(GatewayError.bodyTooLarge)))

  const callOperation = (request: Request, entry: Entry, projectId: string, body: Uint8Array) =>
    authenticate(request, entry, Authentication.credentialsOf(request.headers), Effect.succeed(body)).pipe(
      Effect.flatMap((scope) => Authentication.authorize(scope, projectId)),
      Effect.matchEffect({
        onFailure: (error) => Effect.succeed(GatewayError.response(error, entry.id)),
        onSuccess: () => service
      }),
      Effect.provideService(ReceivedBody, body),
      Effect.provideService(HttpServerRequest.HttpServerRequest, request)
    )

  /** The body is read before faults apply, so that it is always recorded. */
  const operation = (request: Request, entry: Entry, route: Extract<Routing.Route, { readonly _tag: "Operation" }>) =>
    Effect.flatMap(Effect.either(RequestBody.bytes(request, maxBodySize)), (body) => {
      if (Either.isRight(body)) setBody(entry, body.right)
      const regular = Either.match(body, {
        onLeft: () => Effect.succeed(GatewayError.response(GatewayError.bodyTooLarge, entry.id)),
        onRight: (bytes) => callOperation(request, entry, route.projectId, bytes)
      })
      return scripted(request, entry, route.target, regular)
    })

  const listProjects = (request: Request, entry: Entry, name: string | undefined) => {
    const credentials = Authentication.credentialsOf(request.headers)
    return authenticate(request, entry, credentials, RequestBody.bytes(request, maxBodySize)).pipe(
      Effect.matchEffect({
        // IAM checks tokens itself, the gateway in front of it checks signatures.
        onFailure: (error) =>
          Effect.succeed(
            credentials._tag === "Signature" ? GatewayError.response(error, entry.id) : IamService.unauthenticated
          ),
        onSuccess: () => IamService.listProjects({ name, origin: `http://${request.headers["host"] ?? "localhost"}` })
      })
    )
  }

  const withBody = (
    request: Request,
    respond: (body: string) => Effect.Effect<Response, never, State>
  ): Effect.Effect<Response, never, State> =>
    RequestBody.text(request, IamService.maxBodySize).pipe(
      Effect.flatMap(respond),
      Effect.catchTag("BodyTooLarge", ({ maximum }) =>
        Effect.succeed(IamService.errorResponse(413, `The request body is larger than ${maximum} bytes.`))
      )
    )

  const createTemporaryKey = (request: Request, entry: Entry) =>
    withBody(request, (body) => {
      const credentials = Authentication.credentialsOf(request.headers)
      return TemporaryKeyService.createTemporaryKey(
        body,
        credentials._tag === "Token" ? credentials.token : undefined,
        authenticate(request, entry, credentials, Effect.succeed(Buffer.from(body)))
      ).pipe(
        Effect.catchAll((error) =>
          Effect.succeed(
            credentials._tag === "Signature" ? GatewayError.response(error, entry.id) : IamService.unauthenticated
          )
        )
      )
    })

  const scripted = (
    request: Request,
    entry: Entry,
    target: Target,
    regular: Effect.Effect<Response, never, State>
  ): Effect.Effect<Response, never, State> =>
    Effect.flatMap(state.nextFault(target), (choice) => {
      entry.faults = choice.fired
      return withFault(
        request,
        entry,
        choice,
        Effect.map(regular, (response) => withCloudHeaders(response, entry.id, state.now()))
      )
    })

  const respond = (request: Request, entry: Entry, route: Routing.Route): Effect.Effect<Response, never, State> => {
    const { headers } = request
    const scriptedFor = (target: Target, regular: Effect.Effect<Response, never, State>) =>
      scripted(request, entry, target, regular)
    switch (route._tag) {
      case "Operation":
        return operation(request, entry, route)
      case "IssueToken":
        return scriptedFor(
          "iam",
          withBody(request, (body) => IamService.issueToken(body, { catalog: route.catalog }))
        )
      case "IssueFederatedToken":
        return scriptedFor(
          "iam",
          withBody(request, (body) => TemporaryKeyService.issueFederatedToken(body, headers["x-idp-id"]))
        )
      case "IssueFederatedTokenByBearer":
        return scriptedFor(
          "iam",
          TemporaryKeyService.issueFederatedTokenByBearer(route.idpId, headers["authorization"])
        )
      case "CreateTemporaryKey":
        return scriptedFor("iam", createTemporaryKey(request, entry))
      case "PodKey":
        return scriptedFor(
          "pod",
          withBody(request, (body) => TemporaryKeyService.podKey(body, headers["authorization"], route.format))
        )
      case "ListProjects":
        return scriptedFor("iam", listProjects(request, entry, route.name))
      case "IssueMetadataToken":
        return scriptedFor("metadata", Metadata.issueToken(options.metadata, headers["x-metadata-token-ttl-seconds"]))
      case "SecurityKey":
        return scriptedFor("metadata", Metadata.securityKey(options.metadata, headers["x-metadata-token"]))
      case "Options":
        return Effect.succeed(HttpServerResponse.empty({ status: 204, headers: { allow: route.allow } }))
      case "MethodNotAllowed":
        return Effect.succeed(
          HttpServerResponse.setHeader(GatewayError.documented(405, entry.id), "allow", route.allow)
        )
      case "NotEmulated":
        return Effect.succeed(notEmulated(route.operation))
      case "Malformed":
        return Effect.succeed(GatewayError.response(GatewayError.badRequest, entry.id))
      case "NotFound":
      case "Admin":
        return Effect.succeed(GatewayError.response(GatewayError.notFound, entry.id))
    }
  }

  const recorded = Effect.fnUntraced(function* (
    request: Request,
    requestId: string,
    target: Routing.RequestTarget,
    route: Routing.Route
  ) {
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
    const response = yield* respond(request, entry, route)
    entry.status = response.status
    return response
  })

  const handle = (request: Request): Effect.Effect<Response> => {
    const requestId = state.nextRequestId()
    const target = Routing.targetOf(request.url)
    const route = Routing.match(request.method, target)
    const response =
      route._tag === "Admin"
        ? Admin.handle(request, route.name)
        : state.untilReset(recorded(request, requestId, target, route))
    return response.pipe(
      Effect.provideService(State, state),
      Effect.catchAllCause((cause) =>
        Cause.isInterrupted(cause)
          ? // By a reset, or because the body will not arrive.
            closeConnection(request)
          : Effect.as(Effect.logError("The emulator failed to respond", cause), GatewayError.documented(500, requestId))
      ),
      Effect.map((response) => withCloudHeaders(response, requestId, state.now()))
    )
  }

  // The server runs applications uninterruptibly, but a stalled request must end with its connection.
  return Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) => Effect.interruptible(handle(request)))
})
