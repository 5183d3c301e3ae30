import type { ListHotspotSessionConfigResponse } from "@hotspot-session/core"
import type { Pages } from "@hotspot-session/fleet/Pages"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Ref from "effect/Ref"
import type * as Io from "../../Io.js"
import type { Row } from "../../output/ConfigFields.js"
import type { StreamFormat } from "../../output/Formats.js"

/**
 * A reader such as `head` closes the pipe shortly after its last line. A write after this delay detects that before the
 * next page is requested.
 */
const closeDelay = "20 millis"

/**
 * Writes rows as they arrive, and returns their number. The output is a valid document even if a later page fails; nothing
 * is written if the first page fails. `hasMorePages` says whether more pages may follow the first.
 */
export const writeStream = <E, R>(
  pages: Pages<E, R>,
  format: StreamFormat,
  hasMorePages: boolean,
  io: Io.Service
): Effect.Effect<number, E, R> =>
  Effect.suspend(() => {
    let written = 0
    let isOpen = false
    const writeRows = (rows: ReadonlyArray<Row>) =>
      Effect.suspend(() => {
        const before = written
        written += rows.length
        return io.data(format.rows(rows, before))
      })
    const writePage = Effect.fnUntraced(function* ({ items, ...others }: ListHotspotSessionConfigResponse) {
      const rows = items.map((config): Row => ({ config }))
      if (isOpen) return yield* writeRows(rows)
      isOpen = true
      yield* io.data(format.head(others))
      if (!hasMorePages || rows.length < 2 || io.isTerminal) return yield* writeRows(rows)
      yield* writeRows(rows.slice(0, -1))
      yield* Effect.sleep(closeDelay)
      yield* writeRows(rows.slice(-1))
    })
    const close = (exit: Exit.Exit<void, E>) =>
      Effect.suspend(() => {
        if (!isOpen) return Effect.void
        const tail = format.tail(written, Exit.isSuccess(exit))
        return Exit.isInterrupted(exit) ? Ref.set(io.lastData, tail) : io.data(tail)
      })
    return pages(writePage).pipe(
      Effect.onExit(close),
      Effect.map(() => written)
    )
  })
