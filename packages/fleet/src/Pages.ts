import type { HotspotSession } from "@hotspot-session/client"
import {
  type HotspotSessionMigrationConfig,
  type ListHotspotSessionConfigError,
  type ListHotspotSessionConfigResponse,
  maxLimit,
  type PaginationError
} from "@hotspot-session/core"
import * as Effect from "effect/Effect"

/**
 * Why a project's configurations cannot be read.
 *
 * @category errors
 * @since 0.1.0
 */
export type ReadError = ListHotspotSessionConfigError | PaginationError

/**
 * The pages of a listing: runs an effect for each page in turn. The next page is requested when the effect is done.
 *
 * @category models
 * @since 0.1.0
 */
export type Pages<E, R = never> = <R2>(
  each: (page: ListHotspotSessionConfigResponse) => Effect.Effect<void, never, R2>
) => Effect.Effect<void, E, R | R2>

/**
 * Which configurations of a project are read.
 *
 * @category models
 * @since 0.1.0
 */
export interface PageOptions {
  /** Whether every page is read, or only one. */
  readonly all?: boolean | undefined
  /** The maximum number of configurations on the one page. Default: the service's. */
  readonly limit?: number | undefined
  readonly offset?: number | undefined
  /** With `all`: how many configurations a request asks for. Default: the service's maximum. */
  readonly pageSize?: number | undefined
}

/**
 * The pages of a project: one, or all of them. The options apply to each call.
 *
 * @category operations
 * @since 0.1.0
 */
export const pagesOf =
  (
    { listHotspotSessionConfig }: HotspotSession.Service,
    projectId: string,
    { all, limit, offset, pageSize }: PageOptions = {},
    options?: HotspotSession.CallOptions
  ): Pages<ReadError> =>
  (each) => {
    const start = { project_id: projectId, ...(offset === undefined ? {} : { offset }) }
    return all
      ? listHotspotSessionConfig.forEachPage({ ...start, limit: pageSize ?? maxLimit }, each, options)
      : Effect.flatMap(listHotspotSessionConfig({ ...start, ...(limit === undefined ? {} : { limit }) }, options), each)
  }

/**
 * All pages as one response.
 *
 * @category models
 * @since 0.1.0
 */
export interface Collected {
  readonly items: ReadonlyArray<HotspotSessionMigrationConfig>
  /** The fields of the first response besides its items. */
  readonly others: object
}

/**
 * Reads pages until one fails; `error` is why. Fails if this is the first one.
 *
 * @category operations
 * @since 0.1.0
 */
export const collectUntilError = <E, R>(
  pages: Pages<E, R>
): Effect.Effect<Collected & { readonly error: E | undefined }, E, R> =>
  Effect.suspend(() => {
    const items: Array<HotspotSessionMigrationConfig> = []
    let others: object | undefined
    return Effect.matchEffect(
      pages(({ items: more, ...rest }) =>
        Effect.sync(() => {
          others ??= rest
          for (const item of more) items.push(item)
        })
      ),
      {
        onFailure: (error) => (others === undefined ? Effect.fail(error) : Effect.succeed({ items, others, error })),
        onSuccess: () => Effect.succeed({ items, others: others ?? {}, error: undefined })
      }
    )
  })

/**
 * Reads all pages.
 *
 * @category operations
 * @since 0.1.0
 */
export const collect = <E, R>(pages: Pages<E, R>): Effect.Effect<Collected, E, R> =>
  Effect.flatMap(collectUntilError(pages), ({ error, ...collected }) =>
    error === undefined ? Effect.succeed(collected) : Effect.fail(error)
  )
