import {
  defaultLimit,
  type HotspotSessionMigrationConfig,
  type ListHotspotSessionConfigResponse,
  PaginationError
} from "@hotspot-session/core"
import * as Either from "effect/Either"

/** Where a listing stands. Of constant size: it knows the first page and the last one, not all of them. */
export interface Position {
  /** Offset of the next page, in configurations. */
  readonly offset: number
  /** Keys of the first page. */
  readonly first: ReadonlySet<string>
  /** Keys of the page before. */
  readonly previous: ReadonlySet<string>
}

/** A page whose configurations have not come before, and where the listing goes on; absent at its end. */
export interface Step {
  readonly page: ListHotspotSessionConfigResponse
  readonly next: Position | undefined
}

const keyOf = (config: HotspotSessionMigrationConfig): string => config.id ?? JSON.stringify(config)

const nothing: ReadonlySet<string> = new Set()

/** The position before the first page. */
export const start = (offset: number): Position => ({ offset, first: nothing, previous: nothing })

/**
 * Whether a page ends a listing: it is empty, or shorter than asked. A page of exactly the service's default size, where
 * more was asked, does not: that is how a server looks that was not told the limit.
 */
export const isLastPage = (received: number, limit: number): boolean =>
  received === 0 || (received < limit && received !== defaultLimit)

/**
 * Takes the page that was asked for at a position.
 *
 * Configurations that the page before held are left out: a listing by offset gives them twice when others are created
 * meanwhile. A page of nothing but such is an error, unless the listing ends with it.
 */
export const step = (
  position: Position,
  page: ListHotspotSessionConfigResponse,
  limit: number
): Either.Either<Step, PaginationError> => {
  const received = page.items.length
  const keys = new Set(page.items.map(keyOf))
  const cameBefore = (key: string) => position.previous.has(key) || position.first.has(key)
  const isLast = isLastPage(received, limit)
  if (!isLast && [...keys].every(cameBefore)) {
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
