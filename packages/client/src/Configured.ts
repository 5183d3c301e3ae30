import * as Config from "effect/Config"
import type { ConfigError } from "effect/ConfigError"
import type * as Effect from "effect/Effect"
import * as Record from "effect/Record"

/**
 * Settings, each given as a value or as a `Config`.
 *
 * @category models
 * @since 0.1.0
 */
export type Configured<A> = { readonly [K in keyof A]: A[K] | Config.Config<A[K]> }

/**
 * Loads the settings that are given as a `Config`.
 *
 * Fails with a `ConfigError` that names all missing and invalid settings.
 *
 * @category conversions
 * @since 0.1.0
 */
export const settingsOf = <A extends object>(settings: Configured<A>): Effect.Effect<A, ConfigError> => {
  const configs = Record.map((settings ?? {}) as Record<string, unknown>, (setting) =>
    Config.isConfig(setting) ? setting : Config.succeed(setting)
  )
  // `Config.all` needs at least one. Its type does not express that each field has the type that `Configured` wraps.
  return (Record.isEmptyRecord(configs)
    ? Config.succeed({})
    : Config.all(configs)) as Config.Config<unknown> as Config.Config<A>
}
