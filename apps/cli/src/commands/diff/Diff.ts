import { parseJson } from "@hotspot-session/client/Json"
import { HotspotSessionMigrationConfig, issuesOf } from "@hotspot-session/core"
import { isTooDeep } from "@hotspot-session/core/Nesting"
import { hasRepeatedNames } from "@hotspot-session/core/RepeatedNames"
import { changesBetween } from "@hotspot-session/fleet/Changes"
import { collect } from "@hotspot-session/fleet/Pages"
import { ConfigurationError } from "@hotspot-session/settings/ConfigurationError"
import { ExitCode } from "@hotspot-session/settings/ExitCode"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as Http from "../../Http.js"
import * as Io from "../../Io.js"
import { changesJson, changesNdjson, changesSummary, changesText } from "../../output/ChangeReport.js"
import type { CommandError } from "../../output/ErrorReport.js"
import { type ChangeFormat, type FieldName, fieldNames } from "../../output/FormatNames.js"
import { incomplete } from "../../output/Formats.js"
import { printable } from "../../output/Printable.js"
import { pagesOfTarget, resolver, withProgress } from "../../TargetResolver.js"
import type { DiffFlags } from "./DiffOptions.js"

const decode = Schema.decodeUnknownEither(Schema.Array(HotspotSessionMigrationConfig))

/** Why a value of JSON cannot be compared, whatever it is. */
const jsonProblem = (text: string, value: unknown): string | undefined => {
  if (isTooDeep(value)) return "it is nested too deeply"
  return hasRepeatedNames(text, value) ? "it has an object with two fields of the same name" : undefined
}

const severalProjects = "it is a listing of several projects; save one project at a time"

const notListing = "it is not a listing"

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null

const incompleteListing = "it is an incomplete listing, saved when list failed"

/** Why a line of NDJSON is not a configuration of one project. */
const problemOf = (item: unknown): string | undefined => {
  if (!isObject(item)) return notListing
  if (!fieldNames.some((name) => name in item)) return incomplete in item ? incompleteListing : notListing
  return "origin" in item ? severalProjects : undefined
}

/** The items of a saved listing: the output of `-o json` or `-o ndjson`. */
const itemsOf = (text: string): Either.Either<unknown, string> => {
  // A failed listing leaves an empty file; a listing without items, saved as JSON, is not empty.
  if (text.trim() === "") return Either.left("it is empty")
  const whole = parseJson(text)
  if (Either.isRight(whole)) {
    const value = whole.right
    const problem = jsonProblem(text, value)
    if (problem !== undefined) return Either.left(problem)
    if (Array.isArray(value)) return whole
    if (isObject(value) && "targets" in value) {
      const isListing = !("version" in value) && !("plan_version" in value)
      return Either.left(isListing ? severalProjects : "it is an export or a plan, not a listing")
    }
    if (isObject(value) && incomplete in value) return Either.left(incompleteListing)
    if (isObject(value) && "items" in value) return Either.right(value.items)
    // NDJSON has each item on one line; other commands write a configuration as JSON on several.
    const itemProblem = problemOf(value) ?? (text.trim().includes("\n") ? notListing : undefined)
    return itemProblem === undefined ? Either.right([value]) : Either.left(itemProblem)
  }
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "")
  const items: Array<unknown> = []
  for (const [index, line] of lines.entries()) {
    const item = parseJson(line)
    if (Either.isLeft(item)) {
      return Either.left(index === 0 ? "it is not valid JSON" : `line ${index + 1} is not valid JSON: ${item.left}`)
    }
    const problem = jsonProblem(line, item.right) ?? problemOf(item.right)
    if (problem !== undefined) return Either.left(problem)
    items.push(item.right)
  }
  return Either.right(items)
}

const unreadable = (file: string, reason: string, hint = "Save one with hotspot-session list --all -o json.") =>
  new ConfigurationError({
    message: `The saved listing cannot be read from ${Io.nameOf(file)}: ${reason}.`,
    hint
  })

/** A saved listing, and the fields that none of its configurations has. */
const readListing = (file: string) =>
  Effect.gen(function* () {
    const items = yield* itemsOf(yield* Io.readText(file))
    return yield* Either.mapBoth(decode(items), {
      onLeft: (error) => {
        const [first] = issuesOf(error)
        return `it is not a listing: items${first?.path}: ${first?.message}`
      },
      onRight: (saved) => ({
        saved,
        // They are objects, because they were decoded.
        absent: fieldNames.filter(
          (name) => saved.length > 0 && !(items as ReadonlyArray<object>).some((item) => name in item)
        )
      })
    })
  }).pipe(Effect.mapError((reason) => unreadable(file, reason)))

/** Whether there is something that a listing without the field does not show. */
const hasField = (config: HotspotSessionMigrationConfig, name: FieldName): boolean =>
  name === "non_migrate_users" ? config[name].length > 0 : config[name] !== undefined

export const diff = (file: string, flags: DiffFlags): Effect.Effect<ExitCode, CommandError, Io.Io> =>
  Effect.gen(function* () {
    const io = yield* Io.Io
    const { absent, saved } = yield* readListing(file)
    const resolve = yield* resolver(flags, [flags])
    const target = yield* resolve(flags)
    const { items: now } = yield* collect(
      withProgress(yield* pagesOfTarget(target, { timeout: flags.timeout, all: true }), io)
    )
    const missing = absent.filter((name) => now.some((config) => hasField(config, name)))
    if (missing.length > 0) {
      return yield* unreadable(
        file,
        `none of its configurations has ${missing.join(", ")}, as if it was saved with --fields`,
        "Save all fields: hotspot-session list --all -o json, without --fields."
      )
    }
    const other = saved.find(({ project_id = target.projectId }) => project_id !== target.projectId)?.project_id
    if (other !== undefined) {
      const text = `the saved listing is of the project ${other}, and is compared with ${target.projectId}`
      yield* io.note(`warning: ${printable(text)}\n`)
    }
    const changes = changesBetween(saved, now)
    const render: Record<ChangeFormat, () => string> = {
      text: () => changesText(changes, io.colours.stdout),
      json: () => changesJson(changes),
      ndjson: () => changesNdjson(changes)
    }
    yield* io.data(render[flags.output ?? "text"]())
    yield* io.note(changesSummary(changes))
    return changes.length === 0 ? ExitCode.ok : ExitCode.negative
  }).pipe(Http.provide(flags))
