import { isLastPage } from "@hotspot-session/client"
import { defaultLimit } from "@hotspot-session/core"
import { forEachTarget, type TargetResult } from "@hotspot-session/fleet/EachTarget"
import { type Collected, collect, pagesOf, type ReadError } from "@hotspot-session/fleet/Pages"
import { ExitCode } from "@hotspot-session/settings/ExitCode"
import type { TargetRequest } from "@hotspot-session/settings/Target"
import * as Effect from "effect/Effect"
import {
  commonExitCode,
  connectFleet,
  knownOrigin,
  originOf,
  projectProgress,
  type TargetConnection
} from "../../fleet/ConnectFleet.js"
import type * as Http from "../../Http.js"
import * as Io from "../../Io.js"
import { pick, type Row } from "../../output/ConfigFields.js"
import { countText, plural } from "../../output/Counts.js"
import { type CommandError, errorFields, exitCode, jsonReport, textReport } from "../../output/ErrorReport.js"
import type { Format } from "../../output/FormatNames.js"
import { streamFormat } from "../../output/Formats.js"
import { renderTable } from "../../output/Table.js"
import type { Query } from "../../Query.js"
import type { Resolve } from "../../TargetResolver.js"
import type { ListFlags } from "./ListOptions.js"

type Listed = TargetResult<TargetRequest, TargetConnection, Collected, CommandError | ReadError>

/** All listings as one document, for JSON, YAML and queries. */
const documentOf = (listed: ReadonlyArray<Listed>, { fields }: ListFlags): object => ({
  targets: listed.map((one) =>
    "error" in one
      ? { ...knownOrigin(one), error: errorFields(one.error) }
      : { ...originOf(one.connection), items: one.value.items.map((config) => pick(config, fields)) }
  )
})

const rowsOf = (one: Listed): ReadonlyArray<Row> => {
  if ("error" in one) return []
  const origin = originOf(one.connection)
  return one.value.items.map((config): Row => ({ config, origin }))
}

export const listSeveral = Effect.fnUntraced(function* (
  targets: ReadonlyArray<TargetRequest>,
  resolve: Resolve,
  flags: ListFlags,
  format: Format,
  query: Query | undefined
): Effect.fn.Return<ExitCode, CommandError, Http.Requirements | Io.Io> {
  const io = yield* Io.Io
  const isDocument = query !== undefined || format === "json" || format === "yaml"
  const streamed = isDocument
    ? undefined
    : yield* Effect.promise(() =>
        streamFormat(format, { fields: flags.fields, hasOrigin: true, isTerminal: io.isTerminal })
      )
  const report = format === "json" || format === "ndjson" ? jsonReport : textReport

  const show = projectProgress(io, targets.length)
  const listed: Array<Listed> = []
  let found = 0
  const handle = Effect.fnUntraced(function* (one: Listed) {
    listed.push(one)
    yield* show(listed.length)
    if ("error" in one) return yield* io.note(report(one.error, knownOrigin(one), io.colours.stderr))
    if (streamed !== undefined) yield* io.data(streamed.rows(rowsOf(one), found))
    found += one.value.items.length
  })
  if (streamed !== undefined) yield* io.data(streamed.head({}))
  const connect = yield* connectFleet(resolve, flags)
  const read = ({ client, options, projectId }: TargetConnection) => collect(pagesOf(client, projectId, flags, options))
  yield* show(0)
  yield* forEachTarget(targets, connect, read, flags.parallel ?? 4, handle)

  if (query !== undefined) {
    yield* query(documentOf(listed, flags), format)
  } else if (isDocument) {
    const { renderValue } = yield* Effect.promise(() => import("../../output/ValueFormats.js"))
    yield* io.data(renderValue(documentOf(listed, flags), format))
  } else if (streamed === undefined) {
    yield* io.data(renderTable(listed.flatMap(rowsOf), flags.fields, io.columns, io.colours.stdout))
  }
  const succeeded = listed.filter((one) => "value" in one).length
  const all = plural(listed.length, "project")
  const mayHaveMore =
    flags.all !== true &&
    listed.some((one) => "value" in one && !isLastPage(one.value.items.length, flags.limit ?? defaultLimit))
  yield* io.note(
    `${countText(found)} in ${succeeded === listed.length ? all : `${succeeded} of ${all}`}${mayHaveMore ? "; there may be more: --all for all" : ""}\n`
  )
  return commonExitCode(listed.map((one) => ("error" in one ? exitCode(one.error) : ExitCode.ok)))
})
