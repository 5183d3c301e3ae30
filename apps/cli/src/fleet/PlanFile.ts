import { randomUUID } from "node:crypto"
import { constants, fstatSync, statSync } from "node:fs"
import { access, type FileHandle, lstat, open, realpath, rename, rm, stat, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import { isatty } from "node:tty"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Predicate from "effect/Predicate"
import { messageOf } from "../output/MessageOf.js"
import { UsageError } from "../UsageError.js"
import { OutputError } from "../WriteErrors.js"

/** What identifies a file under all its names; `undefined` if there is none. `-` is standard input. */
const identityOf = (file: string): string | undefined =>
  Either.getOrUndefined(
    Either.try(() => {
      const stats = file === "-" ? fstatSync(0, { bigint: true }) : statSync(file, { bigint: true })
      return stats.isFile() ? `${stats.dev} ${stats.ino}` : undefined
    })
  )

/** Whether it is standard output, such as /dev/stdout. The null device may be both, because nothing can mix there. */
const isStdout = (file: string): boolean =>
  Either.getOrElse(
    Either.try(() => {
      const [given, stdout] = [statSync(file, { bigint: true }), fstatSync(1, { bigint: true })]
      return given.dev === stdout.dev && given.ino === stdout.ino && (!given.isCharacterDevice() || isatty(1))
    }),
    () => false
  )

/** Fails if a plan would replace a file that it is made from. */
export const checkPlanFile = (out: string | undefined, inputs: ReadonlyArray<string | undefined>) =>
  Effect.suspend(() => {
    if (out === "-" || (out !== undefined && isStdout(out))) {
      return new UsageError({
        message: "option '--out <file>' cannot be standard output",
        hint: "Use -o json to write the plan to standard output."
      })
    }
    const identity = out === undefined ? undefined : identityOf(out)
    const isInput = (input: string | undefined) => input !== undefined && identityOf(input) === identity
    return identity === undefined || !inputs.some(isInput)
      ? Effect.void
      : new UsageError({
          message: `option '--out <file>' is ${out}, which the plan is made from`,
          hint: "Write the plan to another file."
        })
  })

/** Opening a pipe without a reader would wait, and could not be interrupted. This fails instead. */
const openPipe = (file: string): Promise<FileHandle> => open(file, constants.O_WRONLY | constants.O_NONBLOCK)

const attempt = <A>(run: (signal: AbortSignal) => Promise<A>): Effect.Effect<A, unknown> =>
  Effect.tryPromise({ try: run, catch: (error) => error })

/**
 * Replaces a file as a whole, so that the old one stays if the new one cannot be written completely. Until it is complete, only
 * its owner can read it.
 */
const replaceFile = (file: string, text: string, mode: number | undefined): Effect.Effect<void, unknown> =>
  Effect.suspend(() => {
    // Not the name of the file with an addition, which may be too long.
    const temporary = join(dirname(file), `.${randomUUID()}.tmp`)
    return Effect.acquireUseRelease(
      attempt(() => open(temporary, "wx")),
      (handle) =>
        attempt(async (signal) => {
          const finalMode = mode ?? (await handle.stat()).mode
          await handle.chmod(0o600)
          await handle.writeFile(text, { signal })
          await handle.chmod(finalMode)
          await handle.sync()
        }),
      (handle) => Effect.promise(() => handle.close())
    ).pipe(
      Effect.zipRight(attempt(() => rename(temporary, file))),
      Effect.ensuring(Effect.ignore(attempt(() => rm(temporary, { force: true }))))
    )
  })

/** The codes of a folder that cannot be written, and of a file that is mounted by itself. */
const irreplaceable: ReadonlySet<unknown> = new Set(["EACCES", "EPERM", "EROFS", "EBUSY"])

const isIrreplaceable = (error: unknown): boolean =>
  Predicate.hasProperty(error, "code") && irreplaceable.has(error.code)

const write = Effect.fnUntraced(function* (file: string, text: string): Effect.fn.Return<void, unknown> {
  const known = yield* attempt(() => stat(file).catch(() => undefined))
  if (known === undefined) {
    // A link to a file that does not exist yet stays.
    const isLink = yield* attempt(() => lstat(file).then(Boolean, () => false))
    return yield* isLink ? attempt(() => writeFile(file, text)) : replaceFile(file, text, undefined)
  }
  if (known.isFile()) {
    yield* attempt(() => access(file, constants.W_OK))
    const target = yield* attempt(() => realpath(file))
    return yield* Effect.catchIf(replaceFile(target, text, known.mode), isIrreplaceable, () =>
      attempt(() => writeFile(file, text))
    )
  }
  yield* attempt(async () => {
    // Open until the plan is written, because its reader would take the end of a pipe for that of the plan.
    const pipe = known.isFIFO() ? await openPipe(file) : undefined
    await writeFile(file, text).finally(() => pipe?.close())
  })
})

/** Writes the text of a plan. */
export const writePlanFile = (file: string, text: string): Effect.Effect<void, OutputError> =>
  Effect.mapError(
    write(file, text),
    (error) =>
      new OutputError({
        message: `The plan cannot be written to ${file}: ${messageOf(error)}.`,
        hint: "Use the path of a file that can be written."
      })
  )
