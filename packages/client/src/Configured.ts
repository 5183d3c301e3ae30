import * as Config from "effect/Config"
import type { ConfigError } from "effect/ConfigError"
import type * as Effect from "effect/Effect"
import * as Record from "effect/Record"

/**
 * Settings of which each is given as it is or as configuration.
 *
 * @category models
 */
export type Configured<A> = { readonly [K in keyof A]: A[K] | Config.Config<A[K]> }

/**
 * The settings, those that are configuration read.
 *
 * Fails with `ConfigError`, which names all that are missing or cannot be read.
 *
 * @category conversions
 */
export const settingsOf = <A extends object>(settings: Configured<A>): Effect.Effect<A, ConfigError> => {
  const configs = Record.map((settings ?? {}) as Record<string, unknown>, (setting) =>
    Config.isConfig(setting) ? setting : Config.succeed(setting)
  )
  // `Config.all` needs one at least. Each field has become what `Configured` took it from, which its type does not say.
  return (Record.isEmptyRecord(configs)
    ? Config.succeed({})
    : Config.all(configs)) as Config.Config<unknown> as Config.Config<A>
}
