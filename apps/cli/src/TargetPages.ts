import type * as HttpClient from "@effect/platform/HttpClient"
import { type Pages, pagesOf, type ReadError } from "@hotspot-session/fleet/Pages"
import type { ResolvedTarget } from "@hotspot-session/settings/ResolvedTarget"
import * as Effect from "effect/Effect"
import { clientFor } from "./Calls.js"
import type { ListFlags } from "./commands/list/ListOptions.js"
import type * as Io from "./Io.js"
import { countText } from "./output/Counts.js"

type PageFlags = Pick<ListFlags, "all" | "limit" | "offset" | "pageSize" | "timeout">

/** The pages of a target: one, or all of them. */
export const pagesOfTarget =
  (target: ResolvedTarget, { timeout, ...options }: PageFlags): Pages<ReadError, HttpClient.HttpClient> =>
  (each) =>
    Effect.flatMap(clientFor(target, timeout), (client) => pagesOf(client, target.projectId, options)(each))

export const withProgress =
  <E, R>(pages: Pages<E, R>, io: Io.Service): Pages<E, R> =>
  (each) =>
    Effect.suspend(() => {
      let found = 0
      return pages((page) => {
        found += page.items.length
        return Effect.zipRight(io.progress({ done: `${countText(found)} so far` }), each(page))
      })
    })
