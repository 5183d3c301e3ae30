import { isLastPage } from "@hotspot-session/client"
import { defaultLimit, type ListNonMigrationUsersResponse, type UserInfo } from "@hotspot-session/core"
import { ExitCode } from "@hotspot-session/settings/ExitCode"
import * as Effect from "effect/Effect"
import * as Http from "../../Http.js"
import * as Io from "../../Io.js"
import { outputFormat } from "../../OutputFormat.js"
import { pick } from "../../output/ConfigFields.js"
import { digits, plural } from "../../output/Counts.js"
import type { CommandError } from "../../output/ErrorReport.js"
import { type Format, userFieldNames } from "../../output/FormatNames.js"
import { incomplete } from "../../output/Formats.js"
import { printable } from "../../output/Printable.js"
import { makeQuery } from "../../Query.js"
import { connectProject } from "../../write/ConnectProject.js"
import type { Project } from "../../write/Reading.js"
import type { UsersListFlags } from "./UsersListOptions.js"

interface ReadPages {
  readonly page: ListNonMigrationUsersResponse
  /** Why later pages could not be read. */
  readonly error?: CommandError | undefined
}

/** The pages as one. Fails if the first cannot be read. */
const readPages = Effect.fnUntraced(function* (
  { client: { listNonMigrationUsers }, projectId }: Project,
  id: string,
  { all, limit, name, offset }: UsersListFlags
): Effect.fn.Return<ReadPages, CommandError, Io.Io> {
  const { progress } = yield* Io.Io
  const request = { project_id: projectId, config_id: id, user_name: name, offset }
  if (all !== true) return { page: yield* listNonMigrationUsers({ ...request, limit }) }
  const users: Array<UserInfo> = []
  let last: ListNonMigrationUsersResponse | undefined
  const read = listNonMigrationUsers.forEachPage(request, (page) => {
    last = page
    for (const user of page.non_migrate_users) users.push(user)
    return progress({ done: `${plural(users.length, "user")} so far` })
  })
  const error = yield* Effect.match(read, { onFailure: (error) => error, onSuccess: () => undefined })
  if (error !== undefined && last === undefined) return yield* error
  return { page: { ...last, non_migrate_users: users }, error }
})

/** The number of users, and how to list the rest if there is more. */
const summary = (flags: UsersListFlags, found: number, total: number | undefined): string => {
  const { all, limit = defaultLimit, offset = 0 } = flags
  const next = offset + found
  if (all === true) {
    const isComplete = total === undefined || total === next || (found === 0 && offset > total)
    return isComplete
      ? `${plural(found, "user")}\n`
      : `${plural(found, "user")}\nwarning: the service counts ${plural(total, "user")}; others may have changed them in the meantime\n`
  }
  if (total !== undefined) {
    const counted = `${digits(found)} of ${plural(total, "user")}`
    return next < total && found > 0
      ? `${counted}; --offset ${next} for the next page, --all for all\n`
      : `${found === total ? plural(found, "user") : counted}\n`
  }
  return isLastPage(found, limit)
    ? `${plural(found, "user")}\n`
    : `${plural(found, "user")}; there may be more: --offset ${next} for the next page, --all for all\n`
}

/** The users as rows with a fixed number of columns, which `cut` and `--users-file` rely on. */
const renderRows = Effect.fnUntraced(function* (
  users: ReadonlyArray<UserInfo>,
  fields: UsersListFlags["fields"],
  format: Format
) {
  const io = yield* Io.Io
  const names = fields ?? userFieldNames
  const rows = users.map((user) => names.map((name) => user[name] ?? ""))
  const safe = io.isTerminal ? rows.map((row) => row.map(printable)) : rows
  if (format === "tsv") {
    const { tsvLine } = yield* Effect.promise(() => import("../../output/Formats.js"))
    return safe.map(tsvLine).join("")
  }
  if (format === "csv") {
    const { csvLines } = yield* Effect.promise(() => import("../../output/Csv.js"))
    return csvLines([names, ...safe])
  }
  if (users.length === 0) return ""
  const { alignColumns } = yield* Effect.promise(() => import("../../output/Table.js"))
  const titles = names.map((name) => (name === "user_id" ? "USER ID" : "NAME"))
  return alignColumns([titles, ...rows.map((row) => row.map((cell) => printable(cell) || "-"))], io.colours.stdout)
})

export const usersList = (id: string, flags: UsersListFlags): Effect.Effect<ExitCode, CommandError, Io.Io> =>
  Effect.gen(function* () {
    const io = yield* Io.Io
    const format = yield* outputFormat(flags, io)
    const query = flags.query === undefined ? undefined : yield* makeQuery(flags.query)
    const { error, page } = yield* readPages(yield* connectProject(flags), id, flags)
    // Its result could not say that it is of a part only.
    if (error !== undefined && query !== undefined) return yield* error
    const users = page.non_migrate_users
    const shown: ReadonlyArray<object> = users.map((user) => pick(user, flags.fields))
    const mark = error === undefined ? {} : { [incomplete]: true }
    const document = { ...page, non_migrate_users: shown, ...mark }
    if (query !== undefined) yield* query(document, format)
    else if (format === "json" || format === "yaml" || format === "ndjson") {
      const { renderValue } = yield* Effect.promise(() => import("../../output/ValueFormats.js"))
      const lines = error === undefined ? shown : [...shown, mark]
      yield* io.data(renderValue(format === "ndjson" ? lines : document, format))
    } else yield* io.data(yield* renderRows(users, flags.fields, format))
    if (error !== undefined) return yield* error
    yield* io.note(summary(flags, users.length, page.total_count))
    return ExitCode.ok
  }).pipe(Http.provide(flags))
