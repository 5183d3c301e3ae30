import type { ListHotspotSessionConfigResponse } from "@hotspot-session/core"
import * as Effect from "effect/Effect"
import type * as Io from "../Io.js"
import type { CommandError } from "../output/ErrorReport.js"
import type { Row } from "../output/Fields.js"
import type { StreamFormat } from "../output/Formats.js"
import type { Pages } from "./Pages.js"

/**
 * A reader such as `head` that has seen enough leaves within a moment. What is written after it shows that, before the
 * next page is asked for.
 */
const moment = "20 millis"

/**
 * Writes rows while they come, and gives their number. What is written is whole, however the listing ends; nothing is
 * written where the first page fails. `goesOn` where more pages may come after the first.
 */
export const writeStream = <R>(
  pages: Pages<R>,
  format: StreamFormat,
  goesOn: boolean,
  io: Io.Service
): Effect.Effect<number, CommandError, R> =>
  Effect.suspend(() => {
    let written = 0
    let isOpen = false
    const writeRows = (rows: ReadonlyArray<Row>) =>
      Effect.suspend(() => {
        const before = written
        written += rows.length
        return io.data(format.rows(rows, before))
      })
    const writePage = ({ items, ...others }: ListHotspotSessionConfigResponse) =>
      Effect.gen(function* () {
        const rows = items.map((config): Row => ({ config }))
        if (isOpen) return yield* writeRows(rows)
        isOpen = true
        yield* io.data(format.head(others))
        if (!goesOn || rows.length < 2 || io.isTerminal) return yield* writeRows(rows)
        yield* writeRows(rows.slice(0, -1))
        yield* Effect.sleep(moment)
        yield* writeRows(rows.slice(-1))
      })
    const close = Effect.suspend(() => (isOpen ? io.data(format.tail(written)) : Effect.void))
    return pages(writePage).pipe(
      Effect.ensuring(close),
      Effect.map(() => written)
    )
  })
