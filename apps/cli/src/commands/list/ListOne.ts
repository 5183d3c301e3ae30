import type * as HttpClient from "@effect/platform/HttpClient"
import { isLastPage } from "@hotspot-session/client"
import { defaultLimit } from "@hotspot-session/core"
import { collect, collectUntilError } from "@hotspot-session/fleet/Pages"
import type { ResolvedTarget } from "@hotspot-session/settings/ResolvedTarget"
import * as Effect from "effect/Effect"
import * as Io from "../../Io.js"
import type { Row } from "../../output/ConfigFields.js"
import { countText } from "../../output/Counts.js"
import type { CommandError } from "../../output/ErrorReport.js"
import type { Format } from "../../output/FormatNames.js"
import { streamFormat } from "../../output/Formats.js"
import { renderTable } from "../../output/Table.js"
import type { Query } from "../../Query.js"
import { pagesOfTarget, withProgress } from "../../TargetResolver.js"
import type { ListFlags } from "./ListOptions.js"
import { writeStream } from "./WriteStream.js"

/** The number of configurations, and how to list the rest if there may be more. */
const summary = (flags: ListFlags, found: number): string => {
  if (flags.all === true || isLastPage(found, flags.limit ?? defaultLimit)) return `${countText(found)}\n`
  const next = (flags.offset ?? 0) + found
  return `${countText(found)}; there may be more: --offset ${next} for the next page, --all for all\n`
}

export const listOne = Effect.fnUntraced(function* (
  target: ResolvedTarget,
  flags: ListFlags,
  format: Format,
  query: Query | undefined
): Effect.fn.Return<void, CommandError, HttpClient.HttpClient | Io.Io> {
  const io = yield* Io.Io
  const pages = withProgress(yield* pagesOfTarget(target, flags), io)
  const streamed =
    query === undefined
      ? yield* Effect.promise(() =>
          streamFormat(format, { fields: flags.fields, hasOrigin: false, isTerminal: io.isTerminal })
        )
      : undefined
  if (streamed !== undefined) {
    return yield* io.note(summary(flags, yield* writeStream(pages, streamed, flags.all === true, io)))
  }
  if (query !== undefined) {
    const { items, others } = yield* collect(pages)
    yield* query({ ...others, items }, format)
    return yield* io.note(summary(flags, items.length))
  }
  const { error, items } = yield* collectUntilError(pages)
  const rows = items.map((config): Row => ({ config }))
  yield* io.data(renderTable(rows, flags.fields, io.columns, io.colours.stdout))
  if (error !== undefined) return yield* Effect.fail(error)
  yield* io.note(summary(flags, items.length))
})
