import { changesBetween } from "@hotspot-session/fleet/Changes"
import { collect } from "@hotspot-session/fleet/Pages"
import { ExitCode } from "@hotspot-session/settings/ExitCode"
import type { ResolvedTarget } from "@hotspot-session/settings/ResolvedTarget"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Http from "../../Http.js"
import * as Io from "../../Io.js"
import { changesNdjson, changesText } from "../../output/ChangeReport.js"
import { countText } from "../../output/Counts.js"
import { type CommandError, exitCode, jsonReport, textReport } from "../../output/ErrorReport.js"
import { pagesOfTarget } from "../../TargetResolver.js"
import type { ListFlags } from "./ListOptions.js"

const now = Effect.map(DateTime.now, (time) => `${DateTime.formatIso(time).slice(0, 19)}Z`)

/**
 * Whether retrying may help: the service is unavailable, or something else responded in its place, such as a proxy.
 */
const isTransient = (error: CommandError): boolean => {
  if (exitCode(error) === ExitCode.unavailable || error._tag === "DecodeError") return true
  return exitCode(error) === ExitCode.rejected && "status" in error && error.error_code === undefined
}

/**
 * `hotspot-session list --watch`: lists repeatedly and writes changes. After a transient error it compares with the last
 * successful listing; any other error ends it.
 */
export const watch = Effect.fnUntraced(function* (
  target: ResolvedTarget,
  flags: ListFlags & { readonly watch: number }
): Effect.fn.Return<never, CommandError, Http.Requirements | Io.Io> {
  const io = yield* Io.Io
  const isJson = flags.output === "ndjson"
  const pages = yield* pagesOfTarget(target, { ...flags, all: true })
  const listAll = Effect.map(collect(pages), ({ items }) => items)
  let previous = yield* listAll
  let outageSince: number | undefined
  const interval = Duration.format(Duration.millis(flags.watch))
  yield* io.note(`watching ${countText(previous.length)}, every ${interval}\n`)
  const poll = Effect.gen(function* () {
    const current = yield* Effect.either(listAll)
    yield* io.progress({ doing: undefined })
    const time = yield* now
    const millis = yield* Clock.currentTimeMillis
    if (Either.isLeft(current)) {
      if (!isTransient(current.left)) return yield* Effect.fail(current.left)
      if (outageSince !== undefined) return
      outageSince = millis
      const report = (isJson ? jsonReport : textReport)(current.left, undefined, io.colours.stderr)
      return yield* io.note(isJson ? report : `${report}  Retrying every ${interval}.\n`)
    }
    if (outageSince !== undefined) {
      yield* io.note(`the service is available again after ${Duration.format(Duration.millis(millis - outageSince))}\n`)
      outageSince = undefined
    }
    const changes = changesBetween(previous, current.right)
    previous = current.right
    yield* io.data(isJson ? changesNdjson(changes, time) : changesText(changes, io.colours.stdout, time))
  })
  return yield* Effect.forever(Effect.delay(poll, flags.watch))
})
