import { defaultLimit, maxLimit, PaginationError } from "@hotspot-session/core"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { CallOptions } from "./Call.js"
import type { Operation, OperationPagination } from "./Core.js"

/**
 * The parameters by which a list is read page by page.
 *
 * @category models
 * @since 0.1.0
 */
export interface PageParameters {
  readonly offset?: number | undefined
  readonly limit?: number | undefined
}

/**
 * Returns one page of a list.
 *
 * @category models
 * @since 0.1.0
 */
export type OnePage<Parameters, Page, E> = (parameters: Parameters, options?: CallOptions) => Effect.Effect<Page, E>

/**
 * A paginated operation. As a function it returns one page.
 *
 * @category models
 * @since 0.1.0
 */
export interface PagedOperation<Parameters, Page, Item, E> {
  /** Requests one page. */
  (parameters: Parameters, options?: CallOptions): Effect.Effect<Page, E>
  /**
   * All pages from `offset` on, with up to `limit` (default: 100) items each. Lazy: a page is requested when the consumer
   * pulls it, and pages are not kept. The options apply to each page.
   */
  readonly pages: (parameters: Parameters, options?: CallOptions) => Stream.Stream<Page, E | PaginationError>
  /**
   * Runs an effect for each of `pages` in turn; the next page is requested when the effect is done. For many lists of few
   * pages, because it costs a quarter of running the stream.
   */
  readonly forEachPage: <E2, R>(
    parameters: Parameters,
    each: (page: Page) => Effect.Effect<void, E2, R>,
    options?: CallOptions
  ) => Effect.Effect<void, E | E2 | PaginationError, R>
  /** All items from `offset` on, requested in pages of `limit` (default: 100). Lazy, like `pages`. */
  readonly items: (parameters: Parameters, options?: CallOptions) => Stream.Stream<Item, E | PaginationError>
}

/** The position in a list. Of constant size: it keeps three of the pages, not all of them. */
interface Position {
  /** Offset of the next page, in items. */
  readonly offset: number
  /** Keys of the first page. */
  readonly first: ReadonlySet<string>
  /** Keys of the previous page. */
  readonly previous: ReadonlySet<string>
  /** Number of pages so far. */
  readonly pages: number
  /** Keys of the last page whose number is a power of 2: pages that repeat in a cycle of any length meet it again. */
  readonly marker: ReadonlySet<string>
}

/** The items of a page without those of the previous one, and the next position; `undefined` at the end of the list. */
interface Step<Item> {
  readonly items: ReadonlyArray<Item>
  readonly next: Position | undefined
}

const noKeys: ReadonlySet<string> = new Set()

/**
 * The position before the first page.
 *
 * @internal
 */
export const start = (offset: number): Position => ({
  offset,
  first: noKeys,
  previous: noKeys,
  pages: 0,
  marker: noKeys
})

/**
 * Whether a page is the last one of a list: it is empty, or shorter than `limit`. A page of exactly the service's default
 * size is not, if `limit` is larger, because the server may not have received the limit.
 *
 * @category conversions
 * @since 0.1.0
 */
export const isLastPage = (received: number, limit: number): boolean =>
  received === 0 || (received < limit && received !== defaultLimit)

/** Whether a page is the last one, by the total if the service sends one that the pages so far do not contradict. */
const isLast = (end: number, received: number, limit: number, total: number | undefined): boolean =>
  total === undefined || total < end ? isLastPage(received, limit) : received === 0 || end >= total

/** Of an item without a key, which JSON would reject. */
const withBigInts = (_: string, value: unknown): unknown => (typeof value === "bigint" ? String(value) : value)

/**
 * Handles the page at a position.
 *
 * Removes items of the previous page, which a list by offset repeats when others are created in the meantime. A page of only
 * repeated items is an error, unless it is the last one.
 *
 * @internal
 */
export const step = <Item extends object>(
  position: Position,
  items: ReadonlyArray<Item>,
  limit: number,
  { key, total }: { readonly key: string; readonly total?: number | undefined }
): Either.Either<Step<Item>, PaginationError> => {
  const received = items.length
  const idOf = (item: Item): string | undefined => {
    const id = key in item ? item[key as keyof Item] : undefined
    return typeof id === "string" || typeof id === "number" || typeof id === "bigint" ? String(id) : undefined
  }
  const keys = new Set(items.map((item) => idOf(item) ?? JSON.stringify(item, withBigInts)))
  const isRepeated = (key: string) => position.previous.has(key) || position.first.has(key) || position.marker.has(key)
  const pages = position.pages + 1
  const isEnd = isLast(position.offset + received, received, limit, total)
  if (!isEnd && [...keys].every(isRepeated)) {
    const id = items[0] === undefined ? undefined : idOf(items[0])
    return Either.left(
      new PaginationError({ offset: position.offset, repeated: received, ...(id === undefined ? {} : { id }) })
    )
  }
  return Either.right({
    items: items.filter((item) => {
      const id = idOf(item)
      return id === undefined || !position.previous.has(id)
    }),
    next: isEnd
      ? undefined
      : {
          offset: position.offset + received,
          first: position.first.size === 0 ? keys : position.first,
          previous: keys,
          pages,
          marker: (pages & position.pages) === 0 ? keys : position.marker
        }
  })
}

const totalOf = (page: object, { total }: OperationPagination): number | undefined => {
  const value = total !== undefined && total in page ? page[total as keyof typeof page] : undefined
  return typeof value === "number" ? value : undefined
}

/**
 * A description of an operation whose pages have their items in a field of this name.
 *
 * @category models
 * @since 0.1.0
 */
export type Paginated<Items extends string> = Pick<Operation, "name" | "method"> & {
  readonly pagination: OperationPagination & { readonly items: Items }
}

/**
 * Adds streams of all pages and items to a function that returns one page. For a `Service` that is not a client, such as a
 * cache, and for paginated operations of your own. The streams fail with `PaginationError` if `onePage` repeats pages.
 *
 * @example
 * ```ts
 * import { HotspotSession, Operations, paged } from "@hotspot-session/client"
 * import { Effect } from "effect"
 *
 * const logged = Effect.map(HotspotSession.HotspotSession, (service) =>
 *   HotspotSession.HotspotSession.of({
 *     ...service,
 *     listHotspotSessionConfig: paged(Operations.listHotspotSessionConfig, (parameters, options) =>
 *       Effect.tap(service.listHotspotSessionConfig(parameters, options), () => Effect.log("listed"))
 *     )
 *   })
 * )
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const paged = <
  const Items extends string,
  Parameters extends PageParameters,
  Item extends object,
  Page extends { readonly [Name in Items]: ReadonlyArray<Item> },
  E
>(
  { method, name, pagination }: Paginated<Items>,
  onePage: OnePage<Parameters, Page, E>,
  /** The URL of a page, for `PaginationError`. */
  urlOf?: (parameters: Parameters, options: CallOptions | undefined) => string | undefined
): PagedOperation<Parameters, Page, Page[Items][number], E> => {
  const first = (parameters: Parameters) => start(parameters?.offset ?? 0)
  const pageAt =
    (parameters: Parameters, options: CallOptions | undefined) =>
    (position: Position): Effect.Effect<readonly [Page, Option.Option<Position>], E | PaginationError> => {
      const limit = parameters?.limit ?? maxLimit
      const request = { ...parameters, limit, offset: position.offset }
      return Effect.flatMap(onePage(request, options), (page) => {
        const received: ReadonlyArray<Item> = page[pagination.items]
        return Either.mapBoth(
          step(position, received, limit, { key: pagination.key, total: totalOf(page, pagination) }),
          {
            onLeft: (error) =>
              new PaginationError({ ...error, operation: name, method, url: urlOf?.(request, options) }),
            onRight: ({ items, next }) =>
              [
                items.length === received.length ? page : { ...page, [pagination.items]: items },
                Option.fromNullable(next)
              ] as const
          }
        )
      })
    }
  const pages = (parameters: Parameters, options?: CallOptions): Stream.Stream<Page, E | PaginationError> =>
    Stream.paginateEffect(first(parameters), pageAt(parameters, options))
  const forEachPage = <E2, R>(
    parameters: Parameters,
    each: (page: Page) => Effect.Effect<void, E2, R>,
    options?: CallOptions
  ) => {
    const read = pageAt(parameters, options)
    const from = (position: Position): Effect.Effect<void, E | E2 | PaginationError, R> =>
      Effect.flatMap(read(position), ([page, next]) =>
        Option.isNone(next) ? each(page) : Effect.flatMap(each(page), () => from(next.value))
      )
    return Effect.suspend(() => from(first(parameters)))
  }
  // A new function, because assigning to `onePage` would change the caller's.
  return Object.assign((parameters: Parameters, options?: CallOptions) => onePage(parameters, options), {
    pages,
    forEachPage,
    items: (parameters: Parameters, options?: CallOptions) =>
      Stream.flattenChunks(
        Stream.map(pages(parameters, options), (page) => Chunk.unsafeFromArray(page[pagination.items]))
      )
  })
}
