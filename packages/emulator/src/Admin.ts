import type * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as HashMap from "effect/HashMap"
import * as Fault from "./Fault.js"
import * as Project from "./Project.js"
import * as RequestBody from "./RequestBody.js"
import { State } from "./State.js"

/** Maximum size of the body of a script, in bytes. */
const maxBodySize = 1024 * 1024

const parseFaults = (text: string): Either.Either<ReadonlyArray<Fault.Fault>, string> =>
  Either.try({
    try: (): unknown => JSON.parse(text),
    catch: (cause) => `The body is not valid JSON: ${cause instanceof Error ? cause.message : String(cause)}`
  }).pipe(Either.flatMap((faults) => Either.mapLeft(Fault.decodeAll(faults), (problem) => `faults: ${problem}`)))

/** The admin endpoints have their own error body, which cannot be mistaken for the cloud's. */
const error = (status: number, message: string, headers: Record<string, string> = {}) =>
  HttpServerResponse.unsafeJson({ error: message }, { status, headers })

const methods: ReadonlyMap<string, ReadonlyArray<string>> = new Map([
  ["state", ["GET"]],
  ["requests", ["GET"]],
  ["faults", ["GET", "POST", "DELETE"]],
  ["reset", ["POST"]]
])

const readState = Effect.gen(function* () {
  const state = yield* State
  const projects = yield* state.projects
  return HttpServerResponse.unsafeJson({
    projects: projects.map((project) => ({
      id: project.id,
      name: project.name,
      size: Project.dataset(project).size,
      created: project.created,
      changed: Project.changedIds(project)
    })),
    faults: yield* state.faults,
    tokens: HashMap.size(yield* state.tokens),
    accessKeys: HashMap.size(yield* state.accessKeys)
  })
})

const readFaults = Effect.gen(function* () {
  const state = yield* State
  return HttpServerResponse.unsafeJson(yield* state.faults)
})

const addFaults = (request: HttpServerRequest.HttpServerRequest) =>
  Effect.gen(function* () {
    const state = yield* State
    const decoded = parseFaults(yield* RequestBody.text(request, maxBodySize))
    if (Either.isLeft(decoded)) {
      return error(400, decoded.left)
    }
    yield* state.inject(decoded.right)
    return HttpServerResponse.unsafeJson(yield* state.faults)
  }).pipe(
    Effect.catchTag("BodyTooLarge", ({ maximum }) =>
      Effect.succeed(error(413, `The body is larger than ${maximum} bytes.`))
    )
  )

/**
 * The endpoints under `/_emulator/`, which the cloud does not have: `GET state`, `GET requests`, `GET`, `POST` and
 * `DELETE faults`, `POST reset`. No response contains a secret.
 */
export const handle = Effect.fnUntraced(function* (
  request: HttpServerRequest.HttpServerRequest,
  name: string
): Effect.fn.Return<HttpServerResponse.HttpServerResponse, never, State> {
  const state = yield* State
  const allowed = methods.get(name)
  if (allowed === undefined) {
    return error(
      404,
      `Unknown admin endpoint ${JSON.stringify(name)}; it must be one of ${[...methods.keys()].join(", ")}.`
    )
  }
  const allow = { allow: allowed.join(", ") }
  if (request.method === "OPTIONS") return HttpServerResponse.empty({ status: 204, headers: allow })
  const method = request.method === "HEAD" ? "GET" : request.method
  if (!allowed.includes(method)) return error(405, `${name} allows only ${allow.allow}.`, allow)
  switch (`${method} ${name}`) {
    case "GET state":
      return yield* readState
    case "GET requests":
      return HttpServerResponse.unsafeJson(state.requestLog.read())
    case "GET faults":
      return yield* readFaults
    case "POST faults":
      return yield* addFaults(request)
    case "DELETE faults":
      yield* state.clearFaults
      return HttpServerResponse.unsafeJson([])
    default:
      yield* state.reset
      return yield* readState
  }
})
