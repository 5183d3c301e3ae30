import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import { type ListHotspotSessionConfigResponse, maxLimit, ProjectId } from "@hotspot-session/core"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import type { Contract } from "../ContractApp.js"
import type { Caller, Callers } from "../caller/Callers.js"
import type { Failure } from "../Failure.js"
import { headOf, queryOf } from "../RouteTable.js"
import type { Project, ProjectResult } from "./Overview.js"
import { contentSecurityPolicy, errorPage, overviewPage } from "./PageTemplate.js"

export interface Dependencies {
  readonly callers: Callers
  readonly contract: Contract
  readonly projects: ReadonlyArray<Omit<Project, "upstream">>
  readonly upstream: string | undefined
  readonly upstreamOf: (projectId: string) => string | undefined
}

const respond = (body: string, status: number, headers: Record<string, string> = {}) =>
  HttpServerResponse.text(body, {
    status,
    contentType: "text/html; charset=utf-8",
    headers: {
      "cache-control": "no-store",
      "content-security-policy": contentSecurityPolicy,
      "referrer-policy": "no-referrer",
      ...headers
    }
  })

const titles: Record<number, string> = {
  401: "Authentication required",
  403: "Forbidden",
  429: "Too many requests"
}

const errorResponse = ({ error_msg, retryAfter, status }: Failure) =>
  respond(errorPage(titles[status] ?? "The page cannot be shown", error_msg), status, {
    // The scheme that browsers can prompt for: any user name, and the key or token as the password.
    ...(status === 401 ? { "www-authenticate": 'Basic realm="hotspot-session: key or token as password"' } : {}),
    ...(retryAfter === undefined ? {} : { "retry-after": String(retryAfter) })
  })

/** How long the page waits for a project before it is shown without it. */
const maxWait = Duration.seconds(5)

const isProjectId = Schema.is(ProjectId)

const maxSearchLength = 100

export const make = ({ callers, contract, projects, upstream, upstreamOf }: Dependencies) => {
  const read = (caller: Caller, project: Project): Effect.Effect<ProjectResult> =>
    contract.read(caller, { project_id: project.id, limit: maxLimit }).pipe(
      Effect.map(({ body, isStale, readAt }): ProjectResult => {
        const { items } = JSON.parse(new TextDecoder().decode(body)) as ListHotspotSessionConfigResponse
        return { _tag: "Loaded", project, configs: items, readAt, isStale, isTruncated: items.length >= maxLimit }
      }),
      Effect.catchAll(({ failure }) =>
        Effect.succeed<ProjectResult>({ _tag: "Failed", project, reason: failure.error_msg })
      ),
      Effect.timeoutTo({
        duration: maxWait,
        onSuccess: (result: ProjectResult) => result,
        onTimeout: (): ProjectResult => ({
          _tag: "Failed",
          project,
          reason: "The cloud did not respond in time. Reload the page."
        })
      })
    )

  return Effect.gen(function* () {
    const head = headOf(yield* HttpServerRequest.HttpServerRequest)
    const identified = callers.identify(head)
    if (Either.isLeft(identified)) return errorResponse(identified.left)
    if (identified.right === "signed") return errorResponse(callers.missingCredentials)
    const caller = identified.right
    const query = new URLSearchParams(queryOf(head))
    const projectId = query.get("project")?.trim() ?? ""
    const search = (query.get("user") ?? "").trim().slice(0, maxSearchLength)
    const problem =
      projectId === "" || isProjectId(projectId)
        ? undefined
        : "This is not a project ID, which has 1 to 128 letters, digits, - or _."
    const selected =
      projectId === "" || problem !== undefined
        ? projects
        : [projects.find(({ id }) => id === projectId) ?? { id: projectId, name: projectId }]
    return yield* contract.withRateLimit(
      caller,
      Effect.gen(function* () {
        const results = yield* Effect.forEach(
          selected,
          (project) => read(caller, { ...project, upstream: upstreamOf(project.id) }),
          { concurrency: 8 }
        )
        const now = yield* Clock.currentTimeMillis
        const view = { upstream, results, projectId: projectId.slice(0, 200), problem, search, now }
        return respond(overviewPage(view), problem === undefined ? 200 : 400)
      }),
      (failure) => Effect.succeed(errorResponse(failure))
    )
  }).pipe(Effect.interruptible)
}
