import {
  defaultLimit,
  type HotspotSessionMigrationConfig,
  type ListHotspotSessionConfigResponse,
  PaginationError
} from "@hotspot-session/core"
import * as Either from "effect/Either"

/** The position of a listing. Of constant size: it keeps the first and the previous page, not all of them. */
interface Position {
  /** Offset of the next page, in configurations. */
  readonly offset: number
  /** Keys of the first page. */
  readonly first: ReadonlySet<string>
  /** Keys of the previous page. */
  readonly previous: ReadonlySet<string>
}

/** A page without configurations of the previous one, and the next position; `undefined` at the end of the listing. */
export interface Step {
  readonly page: ListHotspotSessionConfigResponse
  readonly next: Position | undefined
}

const keyOf = (config: HotspotSessionMigrationConfig): string => config.id ?? JSON.stringify(config)

const noKeys: ReadonlySet<string> = new Set()

/** The position before the first page. */
export const start = (offset: number): Position => ({ offset, first: noKeys, previous: noKeys })

/**
 * Whether a page is the last one of a listing: it is empty, or shorter than `limit`. A page of exactly the service's default
 * size is not, if `limit` is larger, because the server may not have received the limit.
 *
 * @category conversions
 * @since 0.1.0
 */
export const isLastPage = (received: number, limit: number): boolean =>
  received === 0 || (received < limit && received !== defaultLimit)

/**
 * Handles the page at a position.
 *
 * Removes configurations of the previous page, which a listing by offset repeats when others are created in the meantime. A
 * page of only repeated configurations is an error, unless it is the last one.
 */
export const step = (
  position: Position,
  page: ListHotspotSessionConfigResponse,
  limit: number
): Either.Either<Step, PaginationError> => {
  const received = page.items.length
  const keys = new Set(page.items.map(keyOf))
  const isRepeated = (key: string) => position.previous.has(key) || position.first.has(key)
  const isLast = isLastPage(received, limit)
  if (!isLast && [...keys].every(isRepeated)) {
    const id = page.items[0]?.id
    return Either.left(
      new PaginationError({
        offset: position.offset,
        repeated: received,
        ...(id === undefined ? {} : { id })
      })
    )
  }
  const items = page.items.filter(({ id }) => id === undefined || !position.previous.has(id))
  return Either.right({
    page: items.length === received ? page : { ...page, items },
    next: isLast
      ? undefined
      : {
          offset: position.offset + received,
          first: position.first.size === 0 ? keys : position.first,
          previous: keys
        }
  })
}
