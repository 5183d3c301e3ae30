import * as Config from "effect/Config"
import * as ConfigError from "effect/ConfigError"
import * as Effect from "effect/Effect"
import * as Record from "effect/Record"

/**
 * Settings, each given as a value or as a `Config`.
 *
 * @category models
 * @since 0.1.0
 */
export type Configured<A> = { readonly [K in keyof A]: A[K] | Config.Config<A[K]> }

const redacted = "<redacted>"

/**
 * Says what is wrong with a secret setting. `Config.redacted` redacts all messages, even that of a setting that is missing,
 * which then seems to be set.
 */
const explained = (error: ConfigError.ConfigError): ConfigError.ConfigError => {
  switch (error._op) {
    case "And":
      return ConfigError.And(explained(error.left), explained(error.right))
    case "Or":
      return ConfigError.Or(explained(error.left), explained(error.right))
    case "MissingData":
      return error.message === redacted ? ConfigError.MissingData([...error.path], "it is not set") : error
    case "InvalidData":
      return error.message === redacted
        ? ConfigError.InvalidData([...error.path], "it is not valid; its value is secret")
        : error
    default:
      return error
  }
}

/**
 * Loads the settings that are given as a `Config`.
 *
 * Fails with a `ConfigError` that names all missing and invalid settings.
 *
 * @category conversions
 * @since 0.1.0
 */
export const settingsOf = <A extends object>(settings: Configured<A>): Effect.Effect<A, ConfigError.ConfigError> => {
  const configs = Record.map((settings ?? {}) as Record<string, unknown>, (setting) =>
    Config.isConfig(setting) ? setting : Config.succeed(setting)
  )
  // `Config.all` needs at least one. Its type does not express that each field has the type that `Configured` wraps.
  const config = (Record.isEmptyRecord(configs)
    ? Config.succeed({})
    : Config.all(configs)) as Config.Config<unknown> as Config.Config<A>
  return Effect.mapError(config, explained)
}
