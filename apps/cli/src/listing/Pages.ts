import type * as HttpClient from "@effect/platform/HttpClient"
import {
  type HotspotSessionMigrationConfig,
  type ListHotspotSessionConfigResponse,
  maxLimit
} from "@hotspot-session/core"
import type { ResolvedTarget } from "@hotspot-session/settings/ResolvedTarget"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { clientFor } from "../Calls.js"
import type { ListFlags } from "../commandLine/Invocation.js"
import type * as Io from "../Io.js"
import { countText } from "../output/Counts.js"
import type { CommandError } from "../output/ErrorReport.js"

/** The pages of a listing: does something with each, one after the other. The next one is asked for when that is done. */
export type Pages<R = never> = <R2>(
  each: (page: ListHotspotSessionConfigResponse) => Effect.Effect<void, never, R2>
) => Effect.Effect<void, CommandError, R | R2>

/** What decides how much is listed. */
export type PageFlags = Pick<ListFlags, "all" | "limit" | "offset" | "pageSize" | "timeout">

/** The pages of a project: one, or all of them. */
export const pagesOf =
  (target: ResolvedTarget, { all, limit, offset, pageSize, timeout }: PageFlags): Pages<HttpClient.HttpClient> =>
  (each) =>
    Effect.flatMap(clientFor(target, timeout), ({ listHotspotSessionConfig }) => {
      const start = { project_id: target.projectId, ...(offset === undefined ? {} : { offset }) }
      return all
        ? Stream.runForEach(listHotspotSessionConfig.pages({ ...start, limit: pageSize ?? maxLimit }), each)
        : Effect.flatMap(listHotspotSessionConfig({ ...start, ...(limit === undefined ? {} : { limit }) }), each)
    })

/** Shows how far a listing is. */
export const withProgress =
  <R>(pages: Pages<R>, io: Io.Service): Pages<R> =>
  (each) =>
    Effect.suspend(() => {
      let found = 0
      return pages((page) => {
        found += page.items.length
        return Effect.zipRight(io.progress({ done: `${countText(found)} so far` }), each(page))
      })
    })

/** All pages as one answer. */
export interface Collected {
  readonly items: ReadonlyArray<HotspotSessionMigrationConfig>
  /** What the first answer has beside its items. */
  readonly others: object
}

/** Reads all pages. */
export const collect = <R>(pages: Pages<R>): Effect.Effect<Collected, CommandError, R> =>
  Effect.suspend(() => {
    const items: Array<HotspotSessionMigrationConfig> = []
    let first: object | undefined
    return pages(({ items: more, ...others }) =>
      Effect.sync(() => {
        first ??= others
        for (const item of more) items.push(item)
      })
    ).pipe(Effect.map(() => ({ items, others: first ?? {} })))
  })
