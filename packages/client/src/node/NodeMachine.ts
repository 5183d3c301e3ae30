import * as Fs from "node:fs"
import * as Net from "node:net"
import * as Os from "node:os"
import type { Readable } from "node:stream"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { type Environment, normalizeEnvironment } from "../Environment.js"
import type { Machine } from "../profile/Machine.js"
import { decodeText, type FileProblem, maxSize, tooLarge } from "../TextFile.js"
import { connect } from "./Reachable.js"

const unreadable = (error: unknown): FileProblem => ({
  _tag: "Unreadable",
  reason: error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "unknown reason"
})

const notText = (reason: string): FileProblem => ({ _tag: "NotText", reason })

const readStream = (open: () => Readable): Effect.Effect<Uint8Array, FileProblem> =>
  Effect.async((resume) => {
    try {
      const chunks: Array<Buffer> = []
      let size = 0
      const stream = open()
        .on("data", (chunk: Buffer) => {
          size += chunk.length
          chunks.push(chunk)
          if (size <= maxSize) return
          stream.destroy()
          resume(Effect.fail(notText(tooLarge)))
        })
        .on("error", (error) => resume(Effect.fail(unreadable(error))))
        .on("end", () => resume(Effect.succeed(Buffer.concat(chunks))))
      return Effect.sync(() => stream.destroy())
    } catch (error) {
      resume(Effect.fail(unreadable(error)))
      return undefined
    }
  })

/** A pipe, such as a shell's `<(…)`. It may stay empty for a long time, during which `readFile` would prevent the process from ending. */
const openPipe = (path: string): Readable =>
  new Net.Socket({
    fd: Fs.openSync(path, Fs.constants.O_RDONLY | Fs.constants.O_NONBLOCK),
    readable: true,
    writable: false
  })

const readBytes = (path: string): Effect.Effect<Uint8Array, FileProblem> =>
  Effect.flatMap(Effect.try({ try: () => Fs.statSync(path), catch: unreadable }), (stats) => {
    if (stats.isFIFO()) return readStream(() => openPipe(path))
    if (stats.isCharacterDevice()) return readStream(() => Fs.createReadStream(path))
    return stats.size > maxSize
      ? Effect.fail(notText(tooLarge))
      : // `Fs.promises` loads `node:fs/promises` lazily: it is slow to load, and most programs read none of these files.
        Effect.tryPromise({ try: () => Fs.promises.readFile(path), catch: unreadable })
  })

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
const isReadableByOthers = (path: string): boolean => {
  try {
    const { mode, uid } = Fs.statSync(path)
    return process.platform !== "win32" && (mode & (uid === process.getuid?.() ? 0o077 : 0o007)) !== 0
  } catch {
    return false
  }
}

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
 * const credentials = ProfileChain.layer(NodeMachine.make({ HOTSPOT_SESSION_PROFILE: "staging" }), {}).pipe(
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
      Effect.flatMap(expandHome(path, environment), readBytes).pipe(
        Effect.flatMap((bytes) => Either.mapLeft(decodeText(bytes), notText)),
        Effect.map(Option.some),
        Effect.catchIf(
          ({ _tag, reason }) => _tag === "Unreadable" && (reason === "ENOENT" || reason === "ENOTDIR"),
          () => Effect.succeedNone
        )
      ),
    connect,
    isReadableByOthers: (path) => Effect.map(expandHome(path, environment), isReadableByOthers)
  }
}
