import { maxSize } from "@hotspot-session/client/TextFile"
import * as Effect from "effect/Effect"
import { OutputError } from "../WriteErrors.js"

/** The text of a file that other commands read. Fails if it is larger than what they read, or than any text can be. */
export const readableText = (what: "plan" | "export", render: () => string): Effect.Effect<string, OutputError> =>
  Effect.try({
    try: () => {
      const text = render()
      if (Buffer.byteLength(text) <= maxSize) return text
      throw new RangeError()
    },
    catch: () =>
      new OutputError({
        message: `The ${what} would have more than 64 MiB, which no command reads.`,
        hint: "Use --targets with a part of the projects at a time. Nothing was written."
      })
  })
