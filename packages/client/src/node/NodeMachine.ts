import * as Os from "node:os"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { type Environment, normalizeEnvironment } from "../Environment.js"
import type { Machine } from "../profile/Machine.js"
import { decodeText, type FileProblem } from "../TextFile.js"
import * as FileBytes from "./FileBytes.js"
import { connect } from "./Reachable.js"

const notText = (reason: string): FileProblem => ({ _tag: "NotText", reason })

/** Fails for a user whom the system does not know, such as an arbitrary user ID in a container. */
const systemHome: Effect.Effect<string> = Effect.try(() => Os.userInfo().homedir).pipe(Effect.orElseSucceed(() => ""))

const homeOf = (environment: Environment): Effect.Effect<Option.Option<string>> =>
  Effect.suspend(() => {
    const home = environment["HOME"] || environment["USERPROFILE"]
    return home ? Effect.succeed(home) : systemHome
  }).pipe(Effect.map(Option.liftPredicate((home) => home !== "")))

/**
 * A path with the home directory for `~` at its start, which no shell expands in `--file=~/x`, in a unit of systemd and in a
 * file for Docker. `~user` stays as it is.
 *
 * @category operations
 * @since 0.1.0
 */
export const expandHome = (path: string, environment: Environment = process.env): Effect.Effect<string> =>
  /^~($|[\\/])/.test(path)
    ? Effect.map(homeOf(environment), (home) => Option.getOrElse(home, () => "~") + path.slice(1))
    : Effect.succeed(path)

/**
 * A file of another user may be readable by its group, because that is how it is given to a service, as in a volume of
 * Kubernetes. Windows has no such mode. A file that cannot be inspected is reported where it is read.
 */
const isReadableByOthers = (path: string): Effect.Effect<boolean> =>
  Effect.match(FileBytes.stat(path), {
    onFailure: () => false,
    onSuccess: ({ mode, uid }) =>
      process.platform !== "win32" && (mode & (uid === process.getuid?.() ? 0o077 : 0o007)) !== 0
  })

/**
 * This machine: its files, and by default the environment of the process, as of `normalizeEnvironment`. The home directory is `HOME`, else `USERPROFILE`,
 * else the one that the system has for the user. Paths may begin with `~/`.
 *
 * @example
 * ```ts
 * import { ProfileChain } from "@hotspot-session/client"
 * import { NodeHotspotSession, NodeMachine } from "@hotspot-session/client/node"
 * import { Layer } from "effect"
 *
 * const credentials = ProfileChain.layer(NodeMachine.make({ HOME: "/srv/app" }), { profile: "staging" }).pipe(
 *   Layer.provide(NodeHotspotSession.layerHttpClient())
 * )
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (variables: Environment = process.env): Machine => {
  const environment = normalizeEnvironment(variables)
  return {
    environment,
    home: homeOf(environment),
    readFile: (path) =>
      Effect.flatMap(expandHome(path, environment), FileBytes.read).pipe(
        Effect.flatMap((bytes) => Either.mapLeft(decodeText(bytes), notText)),
        Effect.map(Option.some),
        Effect.catchIf(
          ({ _tag, reason }) => _tag === "Unreadable" && (reason === "ENOENT" || reason === "ENOTDIR"),
          () => Effect.succeedNone
        )
      ),
    connect,
    isReadableByOthers: (path) => Effect.flatMap(expandHome(path, environment), isReadableByOthers)
  }
}
