import { Emulator } from "@hotspot-session/emulator"
import * as Effect from "effect/Effect"
import { ConfigurationError } from "./CliError.js"
import { type Io, write } from "./Io.js"

/** `hotspot-session emulator`: serves until it is interrupted. */
export const emulator = (options: Emulator.Options, io: Io): Effect.Effect<never, ConfigurationError> =>
  Effect.scoped(
    Effect.gen(function* () {
      const { endpoint } = yield* Effect.mapError(
        Emulator.make(options),
        ({ cause }) =>
          new ConfigurationError({
            message: `The emulator cannot listen on ${options.host ?? "127.0.0.1"}, port ${options.port ?? 0}: ${cause instanceof Error ? cause.message : String(cause)}.`,
            hint: "Choose another --port, or 0 for any free one."
          })
      )
      yield* write(io.stderr, `listening on ${endpoint}\n`)
      return yield* Effect.never
    })
  )
