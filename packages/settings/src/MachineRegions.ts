import { type ProfileChain, RegionsFile } from "@hotspot-session/client"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { ConfigurationError } from "./ConfigurationError.js"

/** The endpoints in the machine's file of regions. An unusable file matters only if it would be used. */
export type MachineRegions = Either.Either<RegionsFile.RegionEndpoints, ConfigurationError>

export const noRegions: MachineRegions = Either.right(new Map())

export const readRegions = (machine: ProfileChain.Machine): Effect.Effect<MachineRegions> =>
  Effect.either(
    Effect.mapError(
      RegionsFile.read(machine),
      ({ hint, message }) => new ConfigurationError({ message: `${message}.`, hint })
    )
  )
