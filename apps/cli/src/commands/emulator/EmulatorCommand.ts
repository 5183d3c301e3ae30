import { Setting } from "@hotspot-session/core"
import { Emulator, Fault } from "@hotspot-session/emulator"
import { ConfigurationError } from "@hotspot-session/settings/ConfigurationError"
import * as ConfigError from "effect/ConfigError"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Io from "../../Io.js"
import { UsageError } from "../../UsageError.js"
import type { EmulatorFlags } from "./EmulatorOptions.js"

const optionsOf = (flags: EmulatorFlags): Either.Either<Emulator.Options, UsageError> => {
  const { clockAhead, clockBehind, count, fault = [], host, latency, metadata, port, project, seed } = flags
  return Either.all(fault.map(Fault.parse)).pipe(
    Either.mapBoth({
      onLeft: (reason) =>
        new UsageError({
          message: `option '--fault <fault>' is invalid: ${reason}`,
          hint: "See hotspot-session emulator --help."
        }),
      onRight: (faults) => ({
        ...{ count, faults, host, latency, metadata, port, projects: project, seed },
        clockSkew: clockAhead ? { ahead: clockAhead } : clockBehind ? { behind: clockBehind } : undefined
      })
    })
  )
}

/** System errors if the host is not an address of this machine. */
const hostCodes = ["EADDRNOTAVAIL", "ENOTFOUND", "EAI_AGAIN"]

const hintOf = (cause: unknown): string =>
  hostCodes.some((code) => cause instanceof Error && "code" in cause && cause.code === code)
    ? "Choose a --host that is an address of this machine, such as 127.0.0.1, or 0.0.0.0 for all of them."
    : "Choose another --port, or 0 for any free one."

/** `hotspot-session emulator`: serves until it is interrupted. */
export const emulator = (flags: EmulatorFlags): Effect.Effect<never, ConfigurationError | UsageError, Io.Io> =>
  Effect.scoped(
    Effect.gen(function* () {
      const io = yield* Io.Io
      const options = yield* optionsOf(flags)
      const { endpoint } = yield* Effect.mapError(Emulator.make(options), (error) => {
        if (ConfigError.isConfigError(error)) {
          return new UsageError({
            message: `the emulator cannot start: ${Setting.messageOf(error)}.`,
            hint: "See hotspot-session emulator --help."
          })
        }
        const { cause } = error
        return new ConfigurationError({
          message: `The emulator cannot listen on ${options.host ?? "127.0.0.1"}, port ${options.port ?? 0}: ${cause instanceof Error ? cause.message : String(cause)}.`,
          hint: hintOf(cause)
        })
      })
      yield* io.note(`listening on ${endpoint}\n`)
      return yield* Effect.never
    })
  )
