import * as Fs from "node:fs"
import * as Net from "node:net"
import * as Os from "node:os"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Environment } from "../profile/Profile.js"
import type { Machine } from "../profile/ProfileChain.js"

const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined

const isPipe = (path: string): boolean => {
  try {
    return Fs.statSync(path).isFIFO()
  } catch {
    return false
  }
}

/**
 * A pipe, such as a shell's `<(…)`, may have nothing to read for long. `readFile` would keep the process from ending
 * meanwhile.
 */
const readPipe = (path: string): Effect.Effect<string, Cause.UnknownException> =>
  Effect.async((resume) => {
    const fail = (error: unknown) => resume(Effect.fail(new Cause.UnknownException(error)))
    try {
      const fd = Fs.openSync(path, Fs.constants.O_RDONLY | Fs.constants.O_NONBLOCK)
      const chunks: Array<Buffer> = []
      const socket = new Net.Socket({ fd, readable: true, writable: false })
        .on("data", (chunk: Buffer) => chunks.push(chunk))
        .on("error", fail)
        .on("end", () => resume(Effect.succeed(Buffer.concat(chunks).toString("utf8"))))
      return Effect.sync(() => socket.destroy())
    } catch (error) {
      fail(error)
      return undefined
    }
  })

/** The system does not know every user: a container may run as a number that is in no list of users. */
const systemHome: Effect.Effect<string> = Effect.try(() => Os.userInfo().homedir).pipe(Effect.orElseSucceed(() => ""))

/**
 * This machine: its files, and by default the process's environment. The home directory is what `HOME` or else
 * `USERPROFILE` says, and where neither is set what the system has for the user.
 *
 * @category constructors
 */
export const make = (environment: Environment = process.env): Machine => ({
  environment,
  home: Effect.suspend(() => {
    const given = environment["HOME"] || environment["USERPROFILE"]
    return given ? Effect.succeed(given) : systemHome
  }).pipe(Effect.map(Option.liftPredicate((home) => home !== ""))),
  readFile: (path) =>
    // `node:fs/promises` takes a while to load, and most programs read none of these files.
    Effect.suspend(() =>
      isPipe(path) ? readPipe(path) : Effect.tryPromise(() => Fs.promises.readFile(path, "utf8"))
    ).pipe(
      Effect.mapError(({ error }) => codeOf(error) ?? "unknown reason"),
      // What Windows' editors put at the beginning belongs to no format.
      Effect.map((text) => Option.some(text.replace(/^\uFEFF/, ""))),
      Effect.catchIf(
        (code) => code === "ENOENT" || code === "ENOTDIR",
        () => Effect.succeedNone
      )
    )
})
