import { Monotonic } from "@hotspot-session/core"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { denialOf } from "../Authorization.js"
import type { Components } from "../Components.js"
import type { Caller } from "../caller/Callers.js"
import * as Failure from "../Failure.js"
import type { GatewayRequest, Pending, Step } from "../GatewayRequest.js"
import type { GatewayResponse } from "../GatewayResponse.js"
import { parametersOf } from "../RequestParameters.js"
import { list } from "../RouteTable.js"
import { notSent, type UpstreamFailure } from "../Upstream.js"
import type { List, PageApp } from "./PageApp.js"

/** The steps of a request for the page, which is loaded for the first one. `upstream` is the name of the default upstream. */
export const makePageSteps = (
  { cachedReads, metrics, pageProjects, rateLimit, upstreams, verdicts }: Components,
  upstream: string | undefined
) => {
  let loadingPage: Promise<PageApp> | undefined
  let loadedPage: PageApp | undefined

  /**
   * The first configurations of a project, for the page. The page itself has been charged one request, which is that of the
   * first project that is not in the cache.
   */
  const listFor = (request: GatewayRequest, caller: Caller): List => {
    let isPaid = true
    const charge = Effect.suspend((): Effect.Effect<void, UpstreamFailure> => {
      if (isPaid || rateLimit === undefined) {
        isPaid = false
        return Effect.void
      }
      const isKnown = verdicts.isAccepted(caller.id, request.now)
      const taken =
        rateLimit.consume?.(caller.id, isKnown) ??
        Effect.map(Monotonic.currentMillis, (now) => rateLimit.take(caller.id, isKnown, now))
      return Effect.flatMap(taken, (result) => {
        request.rateLimit = result
        if (result.allowed) return Effect.void
        metrics.refused("rate")
        return Effect.fail(notSent(Failure.rateLimited(result.retryAfter)))
      })
    })
    return (values) => {
      const denial = denialOf(caller, list, () => values.project_id)
      if (denial !== undefined) return Effect.fail(notSent(denial))
      const parameters = parametersOf(list, values)
      const fetch = upstreams.call(list, values, caller, request.id)
      if (cachedReads === undefined) {
        return Effect.zipRight(charge, fetch).pipe(
          Effect.zipWith(Monotonic.currentMillis, (body, readAt) => ({
            stored: { body, etag: "", readAt },
            outcome: "miss" as const
          }))
        )
      }
      return Effect.suspend(() => {
        const found = cachedReads.peek(caller, parameters, request.now)
        const result =
          found === undefined
            ? Effect.zipRight(charge, cachedReads.get(caller, parameters, fetch))
            : Effect.succeed(found)
        return Effect.tap(result, ({ outcome }) => metrics.cache(outcome))
      })
    }
  }

  const importPage = () =>
    import("./PageApp.js").then((module) =>
      module.make({
        mayRead: (caller, projectId) => denialOf(caller, list, () => projectId) === undefined,
        isAccepted: ({ id }) => Effect.map(Monotonic.currentMillis, (now) => verdicts.isAccepted(id, now)),
        projects: pageProjects,
        upstream,
        upstreamOf: upstreams.nameOf
      })
    )

  const loadPage = (request: GatewayRequest): Step<PageApp> => {
    request.page = loadedPage
    if (loadedPage !== undefined) return Either.right(loadedPage)
    return Effect.map(
      Effect.promise(() => {
        loadingPage ??= importPage()
        return loadingPage
      }),
      (page) => {
        loadedPage = page
        request.page = page
        return page
      }
    )
  }

  const showPage = (request: GatewayRequest, page: PageApp, caller: Caller): Pending<GatewayResponse> =>
    page.show(caller, request.head, listFor(request, caller))

  return { loadPage, showPage }
}
