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
import { headOf, queryOf } from "../Route.js"
import type { Project, Reading } from "./Overview.js"
import { contentSecurityPolicy, errorPage, page } from "./Page.js"

/** What the page is made of. */
export interface Parts {
  readonly callers: Callers
  readonly contract: Contract
  readonly projects: ReadonlyArray<Omit<Project, "cloud">>
  /** What the gateway's own cloud is called. */
  readonly cloud: string | undefined
  /** What the cloud of a project is called. */
  readonly cloudOf: (projectId: string) => string | undefined
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

const titles: Record<number, string> = { 401: "Who are you?", 403: "Not from here", 429: "Too many requests" }

const refused = ({ error_msg, retryAfter, status }: Failure) =>
  respond(errorPage(titles[status] ?? "This cannot be shown", error_msg), status, {
    // What a browser can ask its user for: any name, and the key or token as the password.
    ...(status === 401 ? { "www-authenticate": 'Basic realm="hotspot-session: key or token as password"' } : {}),
    ...(retryAfter === undefined ? {} : { "retry-after": String(retryAfter) })
  })

/** A cloud that is slow does not keep the page from showing what is there. */
const patience = Duration.seconds(5)

const isProject = Schema.is(ProjectId)

const longestSearch = 100

/** The page for people. */
export const make = ({ callers, cloud, cloudOf, contract, projects }: Parts) => {
  const read = (caller: Caller, project: Project): Effect.Effect<Reading> =>
    contract.read(caller, { project_id: project.id, limit: maxLimit }).pipe(
      Effect.map(({ body, isStale, readAt }): Reading => {
        const { items } = JSON.parse(new TextDecoder().decode(body)) as ListHotspotSessionConfigResponse
        return { _tag: "Read", project, configs: items, readAt, isStale, isCut: items.length >= maxLimit }
      }),
      Effect.catchAll(({ failure }) => Effect.succeed<Reading>({ _tag: "Unread", project, why: failure.error_msg })),
      Effect.timeoutTo({
        duration: patience,
        onSuccess: (reading: Reading) => reading,
        onTimeout: (): Reading => ({ _tag: "Unread", project, why: "The cloud takes long to answer. Try again." })
      })
    )

  return Effect.gen(function* () {
    const head = headOf(yield* HttpServerRequest.HttpServerRequest)
    const caller = callers.identify(head)
    if (Either.isLeft(caller)) return refused(caller.left)
    if (caller.right === "signed") return refused(callers.needsKey)
    const who = caller.right
    const query = new URLSearchParams(queryOf(head))
    const asked = query.get("project")?.trim() ?? ""
    const search = (query.get("user") ?? "").trim().slice(0, longestSearch)
    const problem =
      asked === "" || isProject(asked)
        ? undefined
        : "This is no ID of a project: it has 1 to 128 letters, digits, - or _."
    const wanted =
      asked === "" || problem !== undefined
        ? projects
        : [projects.find(({ id }) => id === asked) ?? { id: asked, name: asked }]
    return yield* contract.limited(
      who,
      Effect.gen(function* () {
        const readings = yield* Effect.forEach(
          wanted,
          (project) => read(who, { ...project, cloud: cloudOf(project.id) }),
          { concurrency: 8 }
        )
        const now = yield* Clock.currentTimeMillis
        const view = { cloud, readings, asked: asked.slice(0, 200), problem, search, now }
        return respond(page(view), problem === undefined ? 200 : 400)
      }),
      (failure) => Effect.succeed(refused(failure))
    )
  }).pipe(Effect.interruptible)
}
