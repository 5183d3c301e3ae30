import { stat } from "node:fs/promises"
import * as Effect from "effect/Effect"

/**
 * Whether other users can read a file. A file that belongs to another user may be readable by its group, because that is how
 * it is given to the gateway, as in a volume of Kubernetes.
 */
const isExposed = ({ mode, uid }: { readonly mode: number; readonly uid: number }, user: number): boolean =>
  (mode & (uid === user ? 0o077 : 0o007)) !== 0

/** A warning for each file of secrets that other users of this machine can access. */
export const warningsFor = (paths: ReadonlyArray<string | undefined>): Effect.Effect<ReadonlyArray<string>> => {
  const user = process.getuid?.()
  // Windows has no such modes.
  if (user === undefined) return Effect.succeed([])
  return Effect.map(
    Effect.forEach(paths, (path) =>
      path === undefined
        ? Effect.succeed([])
        : Effect.tryPromise(() => stat(path)).pipe(
            Effect.map((stats) =>
              isExposed(stats, user) ? [`Other users can access ${path}. Restrict it with chmod 600.`] : []
            ),
            // Reading it has a better message.
            Effect.orElseSucceed(() => [])
          )
    ),
    (warnings) => warnings.flat()
  )
}
