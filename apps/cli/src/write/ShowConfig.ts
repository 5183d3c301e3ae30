import * as Effect from "effect/Effect"
import * as Io from "../Io.js"
import { outputFormat } from "../OutputFormat.js"
import type { OutputFlags } from "../options/OutputOptions.js"
import { pick } from "../output/ConfigFields.js"
import type { CommandError } from "../output/ErrorReport.js"
import { streamFormat } from "../output/Formats.js"
import { renderTable } from "../output/Table.js"
import { makeQuery } from "../Query.js"
import type { Show } from "./Write.js"

/** Prepares the output of one configuration, and fails if an option of it is invalid. JSON and YAML are the configuration itself. */
export const showConfig = Effect.fnUntraced(function* (
  flags: OutputFlags
): Effect.fn.Return<Show, CommandError, Io.Io> {
  const io = yield* Io.Io
  const format = yield* outputFormat(flags, io)
  const query = flags.query === undefined ? undefined : yield* makeQuery(flags.query)
  const { fields } = flags
  if (query !== undefined) return (config) => Effect.provideService(query(config, format), Io.Io, io)
  if (format === "table") {
    return (config) => io.data(renderTable([{ config }], fields, io.columns, io.colours.stdout))
  }
  if (format === "json" || format === "yaml") {
    const { renderValue } = yield* Effect.promise(() => import("../output/ValueFormats.js"))
    return (config) => io.data(renderValue(pick(config, fields), format))
  }
  const streamed = yield* Effect.promise(() =>
    streamFormat(format, { fields, hasOrigin: false, isTerminal: io.isTerminal })
  )
  return (config) => io.data(streamed === undefined ? "" : streamed.head({}) + streamed.rows([{ config }], 0))
})
