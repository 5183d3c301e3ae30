import * as Effect from "effect/Effect"
import * as Io from "../Io.js"
import { UsageError } from "../UsageError.js"

/**
 * Asks before anything is written. `input` is what standard input is, if it is data, so that nothing can be asked; `changes`
 * is what would be written, in hints.
 */
export const confirm = Effect.fnUntraced(function* (
  question: string,
  changes: "the change" | "the changes",
  input: string | undefined
): Effect.fn.Return<boolean, UsageError, Io.Io> {
  const { ask, canAsk } = yield* Io.Io
  if (input !== undefined || !(yield* canAsk)) {
    return yield* new UsageError({
      message: `option '--yes' is required ${input === undefined ? "without a terminal" : `if standard input is ${input}`}`,
      hint: `Nothing was written. Use --yes to write without asking, --dry-run to only see ${changes}.`
    })
  }
  const answer = yield* ask(`${question} [y/N] `)
  return /^\s*y(es)?\s*$/i.test(answer ?? "")
})
