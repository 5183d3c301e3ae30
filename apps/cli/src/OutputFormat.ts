import { ConfigurationError } from "@hotspot-session/settings/ConfigurationError"
import { didYouMean } from "@hotspot-session/settings/Nearest"
import * as Effect from "effect/Effect"
import type * as Io from "./Io.js"
import { alternatives } from "./options/OptionValues.js"
import { type Format, formats, outputVariable } from "./output/FormatNames.js"

/** The format of the command line, else of the environment, else a table on a terminal and TSV elsewhere. */
export const outputFormat = (
  { output }: { readonly output?: Format | undefined },
  { isTerminal, machine }: Io.Service
): Effect.Effect<Format, ConfigurationError> => {
  const fallback = machine.environment[outputVariable] || undefined
  if (output !== undefined) return Effect.succeed(output)
  if (fallback === undefined) return Effect.succeed(isTerminal ? "table" : "tsv")
  const known = formats.find((format) => format === fallback)
  return known !== undefined
    ? Effect.succeed(known)
    : new ConfigurationError({
        message: `The output format "${fallback}" (environment variable ${outputVariable}) is not known.`,
        hint: `${didYouMean(fallback, formats)}Set it to ${alternatives(formats)}, or use -o.`
      })
}
