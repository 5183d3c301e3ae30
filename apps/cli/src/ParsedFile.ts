import type { TextFileError } from "@hotspot-session/fleet/TextFileError"
import { ConfigurationError } from "@hotspot-session/settings/ConfigurationError"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Io from "./Io.js"

/** Reads and parses a file of lines; `-` is standard input. `what` names its content. */
export const readParsed = <A>(
  file: string,
  what: "targets" | "users",
  parse: (text: string) => Either.Either<A, TextFileError>
): Effect.Effect<A, ConfigurationError, Io.Io> =>
  Effect.gen(function* () {
    const name = Io.nameOf(file)
    const text = yield* Effect.mapError(
      Io.readText(file),
      (reason) =>
        new ConfigurationError({
          message: `The ${what} cannot be read from ${name}: ${reason}.`,
          hint: "Use the path of a text file, or - for standard input."
        })
    )
    return yield* Either.mapLeft(parse(text), ({ hint, line, problem }) => {
      const start = line === undefined ? (file === "-" ? "Standard input" : file) : `${name}, line ${line}`
      return new ConfigurationError({ message: `${start} ${problem}.`, hint })
    })
  })
