import { type ListHotspotSessionConfigResponse, Monotonic, maxLimit, ProjectId } from "@hotspot-session/core"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { CacheResult } from "../cache/ResponseCache.js"
import type { Caller } from "../caller/Callers.js"
import type { Failure } from "../Failure.js"
import { type GatewayResponse, noStore, withBody } from "../GatewayResponse.js"
import { queryOf, type RequestHead } from "../RequestHead.js"
import type { UpstreamFailure } from "../Upstream.js"
import * as WallClock from "../WallClock.js"
import type { Project, ProjectResult } from "./Overview.js"
import { contentSecurityPolicy, errorPage, overviewPage } from "./PageTemplate.js"

/** The first configurations of a project, through the cache. */
export type List = (parameters: {
  readonly project_id: string
  readonly limit: number
}) => Effect.Effect<CacheResult, UpstreamFailure>

export interface Dependencies {
  readonly projects: () => ReadonlyArray<Omit<Project, "upstream">>
  readonly mayRead: (caller: Caller, projectId: string) => boolean
  /** Whether the caller's token is known to be valid. */
  readonly isAccepted: (caller: Caller) => Effect.Effect<boolean>
  readonly upstream: string | undefined
  readonly upstreamOf: (projectId: string) => string | undefined
}

export interface PageApp {
  readonly show: (caller: Caller, head: RequestHead, list: List) => Effect.Effect<GatewayResponse>
  readonly reject: (failure: Pick<Failure, "error_msg" | "status" | "retryAfter">) => GatewayResponse
}

const respond = (body: string, status: number, headers: Record<string, string> = {}) =>
  withBody(
    body,
    "text/html; charset=utf-8",
    {
      ...noStore,
      "content-security-policy": contentSecurityPolicy,
      "referrer-policy": "no-referrer",
      ...headers
    },
    status
  )

const titles: Record<number, string> = {
  401: "Authentication required",
  403: "Forbidden",
  429: "Too many requests"
}

const reject: PageApp["reject"] = ({ error_msg, retryAfter, status }) =>
  respond(errorPage(titles[status] ?? "The page cannot be shown", error_msg), status, {
    // The scheme that browsers can prompt for: any user name, and the key or token as the password.
    ...(status === 401 ? { "www-authenticate": 'Basic realm="hotspot-session: key or token as password"' } : {}),
    ...(retryAfter === undefined ? {} : { "retry-after": String(retryAfter) })
  })

/** How long the page waits for a project before it is shown without it. */
const maxWait = Duration.seconds(5)

/** Why the caller must authenticate again: no project can be shown, and the cloud refuses its token. */
const refusalOf = (results: ReadonlyArray<ProjectResult>): Failure | undefined => {
  const failures = results.flatMap((result) => (result._tag === "Failed" ? [result.failure] : []))
  return failures.length < results.length ? undefined : failures.find((failure) => failure?.status === 401)
}

/** Whether the cloud has responded to the token: it does not look for a project before it has accepted one. */
const isAnswered = (result: ProjectResult): boolean => {
  if (result._tag === "Loaded") return true
  const { status = 500 } = result.failure ?? {}
  return status < 500 && ![401, 408, 429].includes(status)
}

/** An invented token would otherwise show the names of the projects while the cloud is unavailable. */
const notAccepted: Pick<Failure, "error_msg" | "status" | "retryAfter"> = {
  status: 503,
  error_msg: "No project can be read now, and your token has not been accepted yet. Try again later."
}

const isProjectId = Schema.is(ProjectId)

const maxSearchLength = 100

export const make = ({ isAccepted, mayRead, projects, upstream, upstreamOf }: Dependencies): PageApp => {
  const read = (list: List, project: Project, wallOffset: number): Effect.Effect<ProjectResult> =>
    list({ project_id: project.id, limit: maxLimit }).pipe(
      Effect.map(({ outcome, stored }): ProjectResult => {
        const { items } = JSON.parse(new TextDecoder().decode(stored.body)) as ListHotspotSessionConfigResponse
        return {
          _tag: "Loaded",
          project,
          configs: items,
          readAt: stored.readAt + wallOffset,
          isStale: outcome === "stale",
          isTruncated: items.length >= maxLimit
        }
      }),
      Effect.catchAll(({ failure }) =>
        Effect.succeed<ProjectResult>({ _tag: "Failed", project, reason: failure.error_msg, failure })
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

  const show: PageApp["show"] = (caller, head, list) => {
    const query = new URLSearchParams(queryOf(head.url))
    const projectId = query.get("project")?.trim() ?? ""
    const search = (query.get("user") ?? "").trim().slice(0, maxSearchLength)
    const problem =
      projectId === "" || isProjectId(projectId)
        ? undefined
        : "This is not a project ID, which has 1 to 128 letters, digits, - or _."
    const visible = projects().filter(({ id }) => mayRead(caller, id))
    const selected =
      projectId === "" || problem !== undefined
        ? visible
        : [visible.find(({ id }) => id === projectId) ?? { id: projectId, name: projectId }]
    return Effect.gen(function* () {
      const wallOffset = yield* WallClock.offset
      const results = yield* Effect.forEach(
        selected,
        (project) =>
          read(
            list,
            { ...project, upstream: mayRead(caller, project.id) ? upstreamOf(project.id) : undefined },
            wallOffset
          ),
        { concurrency: 8 }
      )
      const refusal = refusalOf(results)
      if (refusal !== undefined) return reject(refusal)
      const isUnanswered = results.length > 0 && !results.some(isAnswered)
      if (isUnanswered && !(yield* isAccepted(caller))) return reject(notAccepted)
      const now = (yield* Monotonic.currentMillis) + wallOffset
      const view = { upstream, results, projectId: projectId.slice(0, 200), problem, search, now }
      return respond(overviewPage(view), problem === undefined ? 200 : 400)
    })
  }

  return { show, reject }
}
