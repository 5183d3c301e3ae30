import type * as HttpClient from "@effect/platform/HttpClient"
import type { CallError, HotspotSessionMigrationConfig, TooManyRequests } from "@hotspot-session/core"
import * as Monotonic from "@hotspot-session/core/Monotonic"
import { changesBetween } from "@hotspot-session/fleet/Changes"
import {
  type ConfigWrite,
  expectedConfig,
  isNoWrite,
  isSameWrite,
  unmetFields
} from "@hotspot-session/fleet/ConfigWrite"
import { isRejected, maxRejections, pauseAfter } from "@hotspot-session/fleet/Rejection"
import { ExitCode } from "@hotspot-session/settings/ExitCode"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Io from "../Io.js"
import type { WriteFlags } from "../options/WriteOptions.js"
import { changesText } from "../output/ChangeReport.js"
import type { CommandError } from "../output/ErrorReport.js"
import { printable } from "../output/Printable.js"
import {
  doneInterruption,
  doneText,
  interruptionOf,
  noWriteText,
  questionOf,
  writeText
} from "../output/WriteReport.js"
import type { UsageError } from "../UsageError.js"
import { ChangedSinceShown, NotVerified } from "../WriteErrors.js"
import { confirm } from "./Confirm.js"

type Config = HotspotSessionMigrationConfig

/** What a command that writes does, apart from the order in which it does it. */
export interface WriteSteps<Write extends ConfigWrite> {
  /** The configurations that the change depends on. */
  readonly read: Effect.Effect<ReadonlyArray<Config>, CommandError>
  /** What to write, decided on what was read. */
  readonly decide: (configs: ReadonlyArray<Config>) => Either.Either<Write, CommandError>
  /** Sends it; returns the ID of a new configuration. `onCompleted` gets the number of users that are changed so far. */
  readonly send: (write: Write, onCompleted: (users: number) => void) => Effect.Effect<string | undefined, CallError>
  /** The configuration after the write, if it can be found. `before` is what was read before it. */
  readonly readBack: (
    id: string | undefined,
    before: ReadonlyArray<Config>
  ) => Effect.Effect<Config | undefined, CommandError>
  /** The error of a write whose outcome is unknown. */
  readonly onUnknown: (error: CallError, before: ReadonlyArray<Config>) => Effect.Effect<CommandError>
  /**
   * How long it may take until a write that was rejected with a 429 is decided and sent again, if the client does not send it
   * again.
   */
  readonly retriedFor?: Duration.DurationInput | undefined
  /** Whether standard input is the data, so that nothing can be asked. */
  readonly takesInput: boolean
}

/** Writes a configuration to standard output in the chosen format. */
export type Show = (config: Config) => Effect.Effect<void, UsageError>

/** Fails if what was decided on the first reading would not be decided now. */
const checkUnchanged = <Write extends ConfigWrite>(
  steps: WriteSteps<Write>,
  write: Write,
  before: ReadonlyArray<Config>
) =>
  Effect.gen(function* () {
    const { colours, note } = yield* Io.Io
    const now = yield* Effect.catchTag(steps.read, "ConfigNotFound", () => Effect.succeed([]))
    const isGone = now.length < before.length
    const decided = steps.decide(now)
    if (!isGone && Either.isRight(decided) && isSameWrite(decided.right, write)) return
    const changes = changesBetween(before, now)
    yield* note(changesText(changes, colours.stderr))
    return yield* new ChangedSinceShown({
      changes,
      message: "What was shown has changed in the meantime. Nothing was written.",
      hint: "Run the command again to see the change to what is there now."
    })
  })

const isRejectedCall = (error: CommandError): error is TooManyRequests =>
  error._tag === "TooManyRequests" && isRejected(error)

/** Sends a write, and says what it may have done if it is interrupted before that is known. Returns the ID, if it is known. */
const sendOnce = <Write extends ConfigWrite>(steps: WriteSteps<Write>, write: Write, before: ReadonlyArray<Config>) =>
  Effect.gen(function* () {
    const { note } = yield* Io.Io
    let completed = 0
    const onCompleted = (users: number) => {
      completed = users
    }
    return yield* steps.send(write, onCompleted).pipe(
      Effect.catchAll((error) => {
        if (error.outcome === "unknown") return Effect.flip(steps.onUnknown(error, before))
        if (error.outcome !== "done") return Effect.fail(error)
        const warning = `warning: it was done, but its response cannot be parsed. ${printable(error.message)}\n`
        return Effect.as(note(warning), "id" in write ? write.id : undefined)
      }),
      Io.whenInterrupted(() => interruptionOf(write, completed))
    )
  })

/** Sends a write that is still what would be decided, after each wait for a 429, too. */
const send = <Write extends ConfigWrite>(steps: WriteSteps<Write>, write: Write, before: ReadonlyArray<Config>) =>
  Effect.flatMap(Monotonic.currentMillis, (startedAt) => {
    const until = startedAt + Duration.toMillis(steps.retriedFor ?? Duration.zero)
    const attempt = (
      rejections: number
    ): Effect.Effect<string | undefined, CommandError, HttpClient.HttpClient | Io.Io> =>
      Effect.zipRight(
        checkUnchanged(steps, write, before),
        Effect.catchIf(sendOnce(steps, write, before), isRejectedCall, (error) =>
          Effect.flatMap(Monotonic.currentMillis, (now) => {
            const pause = pauseAfter(error)
            return rejections < maxRejections && now + Duration.toMillis(pause) < until
              ? Effect.delay(attempt(rejections + 1), pause)
              : Effect.fail(error)
          })
        )
      )
    return attempt(0)
  })

/** Shows the configuration as it is after a write. Fails if it differs from what was written. */
const verify = <Write extends ConfigWrite>(
  steps: WriteSteps<Write>,
  write: Write,
  id: string | undefined,
  before: ReadonlyArray<Config>,
  show: Show
): Effect.Effect<ExitCode, NotVerified> =>
  Effect.gen(function* () {
    const failed = (problem: string) =>
      new NotVerified({
        config_id: id,
        outcome: "done",
        message: `The change was made, but ${problem}`,
        hint: "List the configurations to see what is there, before you run the command again."
      })
    // A query may fail on the result. The exit code of invalid options would say that nothing was done.
    const shown = (config: Config) =>
      Effect.mapError(show(config), ({ message }) => failed(`the result cannot be shown: ${message}.`))
    const created = id === undefined || write.write !== "create" ? undefined : { id, ...expectedConfig(write) }
    // What was sent, with the ID that the service gave it; both types have the same fields.
    const showCreated = created === undefined ? Effect.void : shown(created as Config)
    const result = yield* Effect.either(steps.readBack(id, before))
    if (Either.isLeft(result)) {
      yield* showCreated
      return yield* failed(`the configuration cannot be read back: ${result.left.message}`)
    }
    if (result.right === undefined) {
      yield* showCreated
      return yield* failed("the configuration is not among those that are listed.")
    }
    yield* shown(result.right)
    const unmet = unmetFields(write, result.right)
    return unmet.length === 0
      ? ExitCode.ok
      : yield* failed(`the configuration differs from what was written: ${unmet.join(", ")}.`)
  })

/**
 * Reads, shows, asks, reads again, writes and reads back: the order in which every command writes. If it is interrupted before
 * it writes, the command says that nothing was written.
 */
export const runWrite = <Write extends ConfigWrite>(
  steps: WriteSteps<Write>,
  { dryRun, yes }: Pick<WriteFlags, "dryRun" | "yes">,
  show: Show
): Effect.Effect<ExitCode, CommandError, HttpClient.HttpClient | Io.Io> =>
  Effect.gen(function* () {
    const { colours, note } = yield* Io.Io
    const before = yield* steps.read
    const write = yield* steps.decide(before)
    const current = write.write === "create" ? undefined : before[0]
    if (isNoWrite(write)) {
      yield* note(`nothing to change: ${noWriteText(write)}\n`)
      if (current !== undefined) yield* show(current)
      return ExitCode.ok
    }
    yield* note(writeText(write, colours.stderr))
    if (dryRun === true) {
      yield* show(expectedConfig(write, current))
      yield* note("dry run: nothing was written\n")
      return ExitCode.ok
    }
    if (
      yes !== true &&
      !(yield* confirm(questionOf(write), "the change", steps.takesInput ? "the users" : undefined))
    ) {
      yield* note("nothing was written\n")
      return ExitCode.negative
    }
    const id = yield* send(steps, write, before)
    return yield* Effect.zipRight(note(`${doneText(write, id)}\n`), verify(steps, write, id, before, show)).pipe(
      Io.whenInterrupted(() => doneInterruption(write, id))
    )
  })
