import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type { Environment } from "../Environment.js"
import type { FileProblem } from "../TextFile.js"

/**
 * The parts of the machine that a chain uses.
 *
 * @category models
 * @since 0.1.0
 */
export interface Machine {
  readonly environment: Environment
  /** The user's home directory, if there is one. */
  readonly home: Effect.Effect<Option.Option<string>>
  /** Text of a file, whose path may begin with `~/`; `None` if it does not exist. */
  readonly readFile: (path: string) => Effect.Effect<Option.Option<string>, FileProblem>
  /** Whether other users of the machine can read a file. Default: it is not known, and there are no warnings. */
  readonly isReadableByOthers?: (path: string) => Effect.Effect<boolean>
  /**
   * Fails with the reason if no connection can be made to the host and port of a URL within a second. A machine that is no
   * ECS has no route to the metadata service, and often no response that says so. Default: connections can be made.
   */
  readonly connect?: ((url: URL) => Effect.Effect<void, string>) | undefined
}

/**
 * A variable that is set and not empty.
 *
 * @internal
 */
export const setVariable = (environment: Environment, name: string): string | undefined =>
  environment[name] || undefined
