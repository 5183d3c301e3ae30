import * as Fs from "node:fs"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Environment } from "../profile/Profile.js"
import type { Machine } from "../profile/ProfileChain.js"

const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined

/**
 * This machine: its files, and by default the process's environment.
 *
 * @category constructors
 */
export const make = (environment: Environment = process.env): Machine => ({
  environment,
  readFile: (path) =>
    // `node:fs/promises` takes a while to load, and most programs read none of these files.
    Effect.tryPromise({
      try: () => Fs.promises.readFile(path, "utf8"),
      catch: (error) => codeOf(error) ?? "unknown reason"
    }).pipe(
      // What Windows' editors put at the beginning belongs to no format.
      Effect.map((text) => Option.some(text.replace(/^\uFEFF/, ""))),
      Effect.catchIf(
        (code) => code === "ENOENT" || code === "ENOTDIR",
        () => Effect.succeedNone
      )
    )
})
