import { isLastPage } from "@hotspot-session/client"
import { defaultLimit } from "@hotspot-session/core"
import { type Connection, listFleet, type TargetListing } from "@hotspot-session/fleet/ListFleet"
import { ExitCode } from "@hotspot-session/settings/ExitCode"
import type { TargetRequest } from "@hotspot-session/settings/Target"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { clientFor, type Resolve } from "../../Calls.js"
import type * as Http from "../../Http.js"
import * as Io from "../../Io.js"
import { type Origin, pick, type Row } from "../../output/ConfigFields.js"
import { countText, plural } from "../../output/Counts.js"
import { type CommandError, errorFields, exitCode, humanReport, jsonReport } from "../../output/ErrorReport.js"
import type { Format } from "../../output/FormatNames.js"
import { streamFormat } from "../../output/Formats.js"
import { renderTable } from "../../output/Table.js"
import type { Query } from "../../Query.js"
import type { ListFlags } from "./ListOptions.js"

/** The connection to one of several targets, and its location. */
interface TargetConnection extends Connection {
  readonly region?: string | undefined
  readonly endpoint: string
}

type Listed = TargetListing<TargetRequest, TargetConnection, CommandError>

const originOf = ({ endpoint, projectId, region }: TargetConnection): Origin => ({
  ...(region === undefined ? { endpoint } : { region }),
  project_id: projectId
})

/** Has no project ID if the lookup failed. */
const knownOrigin = ({ connection, target: { projectId, region } }: Listed): Partial<Origin> =>
  connection !== undefined
    ? originOf(connection)
    : {
        ...(region === undefined ? {} : { region }),
        ...(projectId === undefined ? {} : { project_id: projectId })
      }

/** The exit code of several projects: their common one, or `partial`. */
const commonExitCode = (listed: ReadonlyArray<Listed>): ExitCode => {
  const [code = ExitCode.ok, ...others] = new Set(
    listed.map((one) => ("error" in one ? exitCode(one.error) : ExitCode.ok))
  )
  return others.length === 0 ? code : ExitCode.partial
}

/** All listings as one document, for JSON, YAML and queries. */
const documentOf = (listed: ReadonlyArray<Listed>, { fields }: ListFlags): object => ({
  targets: listed.map((one) =>
    "error" in one
      ? { ...knownOrigin(one), error: errorFields(one.error) }
      : { ...originOf(one.connection), items: one.configs.map((config) => pick(config, fields)) }
  )
})

const rowsOf = (one: Listed): ReadonlyArray<Row> => {
  if ("error" in one) return []
  const origin = originOf(one.connection)
  return one.configs.map((config): Row => ({ config, origin }))
}

const connect =
  (resolve: Resolve, timeout: number | undefined) =>
  (request: TargetRequest): Effect.Effect<TargetConnection, CommandError, Http.Requirements> =>
    Effect.gen(function* () {
      const target = yield* resolve(request)
      const { endpoint, projectId, region } = target
      return { client: yield* clientFor(target, timeout), endpoint, projectId, region }
    })

export const listSeveral = (
  targets: ReadonlyArray<TargetRequest>,
  resolve: Resolve,
  flags: ListFlags,
  format: Format,
  query: Query | undefined
): Effect.Effect<ExitCode, CommandError, Http.Requirements | Io.Io> =>
  Effect.gen(function* () {
    const io = yield* Io.Io
    const isDocument = query !== undefined || format === "json" || format === "yaml"
    const streamed = isDocument
      ? undefined
      : yield* Effect.promise(() =>
          streamFormat(format, { fields: flags.fields, hasOrigin: true, isTerminal: io.isTerminal })
        )
    const report = format === "json" || format === "ndjson" ? jsonReport : humanReport

    const listed: Array<Listed> = []
    let found = 0
    const handle = (one: Listed) =>
      Effect.gen(function* () {
        listed.push(one)
        yield* io.progress({ done: `${listed.length} of ${plural(targets.length, "project")}` })
        if ("error" in one) return yield* io.note(report(one.error, knownOrigin(one), io.colours.stderr))
        if (streamed !== undefined) yield* io.data(streamed.rows(rowsOf(one), found))
        found += one.configs.length
      })
    if (streamed !== undefined) yield* io.data(streamed.head({}))
    yield* Stream.runForEach(listFleet(targets, connect(resolve, flags.timeout), flags), handle)

    if (query !== undefined) {
      yield* query(documentOf(listed, flags), format)
    } else if (isDocument) {
      const { renderValue } = yield* Effect.promise(() => import("../../output/ValueFormats.js"))
      yield* io.data(renderValue(documentOf(listed, flags), format))
    } else if (streamed === undefined) {
      yield* io.data(renderTable(listed.flatMap(rowsOf), flags.fields, io.columns, io.colours.stdout))
    }
    const succeeded = listed.filter((one) => "configs" in one).length
    const all = plural(listed.length, "project")
    const mayHaveMore =
      flags.all !== true &&
      listed.some((one) => "configs" in one && !isLastPage(one.configs.length, flags.limit ?? defaultLimit))
    yield* io.note(
      `${countText(found)} in ${succeeded === listed.length ? all : `${succeeded} of ${all}`}${mayHaveMore ? "; there may be more: --all for all" : ""}\n`
    )
    return commonExitCode(listed)
  })
