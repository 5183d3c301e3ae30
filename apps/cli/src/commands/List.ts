import { isLastPage } from "@hotspot-session/client"
import {
  defaultLimit,
  type HotspotSessionMigrationConfig,
  type ListHotspotSessionConfigResponse,
  maxLimit
} from "@hotspot-session/core"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Stream from "effect/Stream"
import { clientFor, resolver } from "../Calls.js"
import { UsageError } from "../CliError.js"
import type { Format, ListFlags } from "../commandLine/Invocation.js"
import { variables } from "../commandLine/Variables.js"
import { ExitCode } from "../ExitCode.js"
import * as Http from "../Http.js"
import * as Io from "../Io.js"
import { type CommandError, errorFields, exitCode, humanReport, jsonReport } from "../output/ErrorReport.js"
import { type Origin, pick, type Row } from "../output/Fields.js"
import { type StreamFormat, streamFormat } from "../output/Formats.js"
import { renderTable } from "../output/Table.js"
import type { Asked, Settings } from "../Settings.js"
import { targetsOf } from "../Targets.js"

const plural = (number: number, noun: string): string => {
  const digits = String(number).replace(/\B(?=(\d{3})+$)/g, ",")
  return `${digits} ${noun}${number === 1 ? "" : "s"}`
}

const count = (number: number): string => plural(number, "configuration")

const formatOf = ({ output }: ListFlags, { isTerminal }: Io.Service): Format => output ?? (isTerminal ? "table" : "tsv")

/** The pages of a project: one, or all of them. */
const pagesOf = (settings: Settings, { all, limit, offset, pageSize, timeout }: ListFlags) =>
  Stream.unwrap(
    Effect.map(clientFor(settings, timeout), ({ listHotspotSessionConfig }) => {
      const start = { project_id: settings.projectId, ...(offset === undefined ? {} : { offset }) }
      return all
        ? listHotspotSessionConfig.pages({ ...start, limit: pageSize ?? maxLimit })
        : Stream.fromEffect(listHotspotSessionConfig({ ...start, ...(limit === undefined ? {} : { limit }) }))
    })
  )

/** Shows how far a long listing is. */
const withProgress = <E, R>(pages: Stream.Stream<ListHotspotSessionConfigResponse, E, R>, io: Io.Service) => {
  let found = 0
  return Stream.tap(pages, ({ items }) => {
    found += items.length
    return io.progress({ done: `${count(found)} so far` })
  })
}

/**
 * A reader such as `head` that has seen enough leaves within a moment. What is written after it shows that, before the
 * next page is asked for.
 */
const moment = "20 millis"

/**
 * Writes rows while they come, and gives their number. What is written is whole, however the listing ends. `goesOn` where
 * more pages may come after the first.
 */
const writeStream = <E, R>(
  pages: Stream.Stream<ListHotspotSessionConfigResponse, E, R>,
  format: StreamFormat,
  goesOn: boolean,
  io: Io.Service
) =>
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
    return Stream.runForEach(pages, writePage).pipe(
      Effect.ensuring(close),
      Effect.map(() => written)
    )
  })

/** All pages as one answer. */
const collect = <E, R>(pages: Stream.Stream<ListHotspotSessionConfigResponse, E, R>) =>
  Stream.runFold(
    pages,
    { others: {} as object, items: [] as Array<HotspotSessionMigrationConfig>, isFirst: true },
    (all, { items, ...others }) => {
      for (const item of items) all.items.push(item)
      return all.isFirst ? { ...all, others, isFirst: false } : all
    }
  )

const queryOf = (expression: string) =>
  Effect.gen(function* () {
    const { queryOf, renderValue } = yield* Effect.promise(() => import("../output/Query.js"))
    const query = yield* Effect.try({
      try: () => queryOf(expression),
      catch: (error) =>
        new UsageError({
          message: `option '--query <expression>' cannot be read: ${error instanceof Error ? error.message : String(error)}`,
          hint: "Write a JMESPath expression, such as items[].id; https://jmespath.org has a tutorial."
        })
    })
    const run = (document: unknown) =>
      Effect.try({
        try: () => query(document),
        catch: (error) =>
          new UsageError({
            message: `option '--query <expression>' cannot be applied: ${error instanceof Error ? error.message : String(error)}`,
            hint: "It is applied to what -o json shows without it."
          })
      })
    return { run, renderValue }
  })

type Query = Effect.Effect.Success<ReturnType<typeof queryOf>>

/** Applies a query and writes what it gives. */
const writeQueried = (document: unknown, { renderValue, run }: Query, flags: ListFlags, io: Io.Service) =>
  Effect.gen(function* () {
    const value = yield* run(document)
    yield* io.data(renderValue(value, formatOf(flags, io), io.colours.stdout))
    if (value === null) yield* io.note("the query finds nothing\n")
  })

/** How many there were, and how to see the rest where there may be one. */
const summary = (flags: ListFlags, found: number): string => {
  if (flags.all === true || isLastPage(found, flags.limit ?? defaultLimit)) return `${count(found)}\n`
  const next = (flags.offset ?? 0) + found
  return `${count(found)}; there may be more: --offset ${next} for the next ones, --all for every one\n`
}

/** Lists one project. */
const listOne = (settings: Settings, flags: ListFlags, query: Query | undefined) =>
  Effect.gen(function* () {
    const io = yield* Io.Io
    const pages = withProgress(pagesOf(settings, flags), io)
    const format = yield* Effect.promise(() =>
      query === undefined
        ? streamFormat(formatOf(flags, io), { ...flags, hasOrigin: false })
        : Promise.resolve(undefined)
    )
    if (format !== undefined) {
      const found = yield* writeStream(pages, format, flags.all === true, io)
      yield* io.note(summary(flags, found))
      return
    }
    const { items, others } = yield* collect(pages)
    if (query === undefined) {
      const rows = items.map((config): Row => ({ config }))
      yield* io.data(renderTable(rows, flags.fields, io.columns, io.colours.stdout))
    } else {
      yield* writeQueried({ ...others, items }, query, flags, io)
    }
    yield* io.note(summary(flags, items.length))
  })

/** What was listed of a project. */
interface Listed {
  readonly origin: Partial<Origin>
  readonly result: Either.Either<ReadonlyArray<HotspotSessionMigrationConfig>, CommandError>
}

/** The exit code of several projects: theirs where they agree. */
const commonExitCode = (listed: ReadonlyArray<Listed>): ExitCode => {
  const codes = new Set(listed.map(({ result }) => (Either.isRight(result) ? ExitCode.ok : exitCode(result.left))))
  const [code = ExitCode.ok, ...others] = codes
  return others.length === 0 ? code : ExitCode.partial
}

const documentOf = (listed: ReadonlyArray<Listed>, { fields }: ListFlags): object => ({
  targets: listed.map(({ origin, result }) =>
    Either.match(result, {
      onLeft: (error) => ({ ...origin, error: errorFields(error) }),
      onRight: (items) => ({ ...origin, items: items.map((config) => pick(config, fields)) })
    })
  )
})

/** Lists several projects: some at a time, in the order in which they are given. */
const listSeveral = (
  targets: ReadonlyArray<Asked>,
  resolve: (asked: Asked) => Effect.Effect<Settings, CommandError, Http.Requirements>,
  flags: ListFlags,
  query: Query | undefined
) =>
  Effect.gen(function* () {
    const io = yield* Io.Io
    const format = formatOf(flags, io)
    const isDocument = query !== undefined || format === "json" || format === "yaml"
    const rowFormat = isDocument
      ? undefined
      : yield* Effect.promise(() => streamFormat(format, { ...flags, hasOrigin: true }))

    const listTarget = (asked: Asked): Effect.Effect<Listed, never, Http.Requirements> =>
      Effect.gen(function* () {
        const given = {
          ...(asked.region === undefined ? {} : { region: asked.region }),
          ...(asked.projectId === undefined ? {} : { project_id: asked.projectId })
        }
        const settings = yield* Effect.either(resolve(asked))
        if (Either.isLeft(settings)) return { origin: given, result: Either.left(settings.left) }
        const { endpoint, projectId, region } = settings.right
        const origin = { ...(region === undefined ? { endpoint } : { region }), project_id: projectId }
        const result = yield* Effect.either(Effect.map(collect(pagesOf(settings.right, flags)), ({ items }) => items))
        return { origin, result }
      })

    const rows: Array<Row> = []
    const listed: Array<Listed> = []
    let written = 0
    const isJson = format === "json" || format === "ndjson"
    if (rowFormat !== undefined) yield* io.data(rowFormat.head({}))
    const take = (one: Listed) =>
      Effect.gen(function* () {
        listed.push(one)
        yield* io.progress({ done: `${listed.length} of ${plural(targets.length, "project")}` })
        if (Either.isLeft(one.result)) {
          const { origin, result } = one
          return yield* io.note(
            isJson ? jsonReport(result.left, origin) : humanReport(result.left, io.colours.stderr, origin)
          )
        }
        const found = one.result.right.map((config): Row => ({ config, origin: one.origin as Origin }))
        written += found.length
        if (rowFormat !== undefined) return yield* io.data(rowFormat.rows(found, written - found.length))
        if (format === "table") for (const row of found) rows.push(row)
      })
    yield* Stream.fromIterable(targets).pipe(
      Stream.mapEffect(listTarget, { concurrency: flags.parallel ?? 4 }),
      Stream.runForEach(take)
    )

    if (query !== undefined) {
      yield* writeQueried(documentOf(listed, flags), query, flags, io)
    } else if (format === "table") {
      yield* io.data(renderTable(rows, flags.fields, io.columns, io.colours.stdout))
    } else if (isDocument) {
      const { renderValue } = yield* Effect.promise(() => import("../output/Query.js"))
      yield* io.data(renderValue(documentOf(listed, flags), format))
    }
    const failed = listed.filter(({ result }) => Either.isLeft(result)).length
    const where =
      failed === 0
        ? plural(listed.length, "project")
        : `${listed.length - failed} of ${plural(listed.length, "project")}`
    yield* io.note(`${count(written)} in ${where}\n`)
    return commonExitCode(listed)
  })

/** `hotspot-session list`. */
export const list = (flags: ListFlags): Effect.Effect<ExitCode, CommandError, Io.Io> =>
  Effect.gen(function* () {
    const query = flags.query === undefined ? undefined : yield* queryOf(flags.query)
    const { machine } = yield* Io.Io
    const hasEndpoint = flags.endpoint !== undefined || !!machine.environment[variables.endpoint]
    const targets = yield* targetsOf(flags, hasEndpoint)
    const [first = {}, ...others] = targets
    const resolve = yield* resolver(flags, first)
    if (others.length > 0 || flags.targets !== undefined) return yield* listSeveral(targets, resolve, flags, query)
    const settings = yield* resolve(first)
    if (flags.watch !== undefined) {
      const { watch } = yield* Effect.promise(() => import("./Watch.js"))
      return yield* watch(settings, { ...flags, watch: flags.watch })
    }
    yield* listOne(settings, flags, query)
    return ExitCode.ok
  }).pipe(Effect.scoped, Effect.provide(Http.layer(flags.debug)))
