import { constants, fstatSync, statSync } from "node:fs"
import { type FileHandle, open, stat, writeFile } from "node:fs/promises"
import type { PlanDocument } from "@hotspot-session/fleet/PlanDocument"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { printableJson } from "../output/Printable.js"
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

/** Fails if a plan would replace a file that it is made from. */
export const checkPlanFile = (out: string | undefined, inputs: ReadonlyArray<string | undefined>) =>
  Effect.suspend(() => {
    if (out === "-") {
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
const openPipe = async (file: string): Promise<FileHandle | undefined> => {
  const isPipe = await stat(file).then(
    (stats) => stats.isFIFO(),
    () => false
  )
  return isPipe ? open(file, constants.O_WRONLY | constants.O_NONBLOCK) : undefined
}

/** Writes a plan as JSON. */
export const writePlanFile = (file: string, document: PlanDocument): Effect.Effect<void, OutputError> =>
  Effect.tryPromise({
    try: async () => {
      // Open until the plan is written, because its reader would take the end of a pipe for that of the plan.
      const pipe = await openPipe(file)
      await writeFile(file, `${printableJson(document, 2)}\n`).finally(() => pipe?.close())
    },
    catch: (error) =>
      new OutputError({
        message: `The plan cannot be written to ${file}: ${error instanceof Error ? error.message : String(error)}.`,
        hint: "Use the path of a file that can be written."
      })
  })
