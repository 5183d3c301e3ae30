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
import { type ChangeFormat, fieldNames } from "../../output/FormatNames.js"
import { incomplete } from "../../output/Formats.js"
import { messageOf } from "../../output/MessageOf.js"
import { pagesOfTarget, resolver, withProgress } from "../../TargetResolver.js"
import type { DiffFlags } from "./DiffOptions.js"

const decode = Schema.decodeUnknownEither(Schema.Array(HotspotSessionMigrationConfig))

const parseJson = (text: string): Either.Either<unknown, string> =>
  Either.try({
    try: () => JSON.parse(text) as unknown,
    catch: messageOf
  })

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
    if (isObject(value) && "targets" in value) return Either.left(severalProjects)
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

const readListing = (file: string) =>
  Effect.gen(function* () {
    const items = yield* itemsOf(yield* Io.readText(file))
    return yield* Either.mapLeft(decode(items), (error) => {
      const [first] = issuesOf(error)
      return `it is not a listing: items${first?.path}: ${first?.message}`
    })
  }).pipe(
    Effect.mapError(
      (reason) =>
        new ConfigurationError({
          message: `The saved listing cannot be read from ${Io.nameOf(file)}: ${reason}.`,
          hint: "Save one with hotspot-session list --all -o json."
        })
    )
  )

export const diff = (file: string, flags: DiffFlags): Effect.Effect<ExitCode, CommandError, Io.Io> =>
  Effect.gen(function* () {
    const io = yield* Io.Io
    const saved = yield* readListing(file)
    const resolve = yield* resolver(flags, [flags])
    const target = yield* resolve(flags)
    const { items: now } = yield* collect(
      withProgress(yield* pagesOfTarget(target, { timeout: flags.timeout, all: true }), io)
    )
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
