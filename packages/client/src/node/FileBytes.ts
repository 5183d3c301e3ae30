import * as Fs from "node:fs"
import * as Net from "node:net"
import type { Readable } from "node:stream"
import * as Effect from "effect/Effect"
import { codeOf } from "../SystemError.js"
import { type FileProblem, maxSize, tooLarge } from "../TextFile.js"

const unreadable = (error: unknown): FileProblem => ({
  _tag: "Unreadable",
  reason: codeOf(error) ?? "unknown reason"
})

const tooLargeFile: FileProblem = { _tag: "NotText", reason: tooLarge }

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
          resume(Effect.fail(tooLargeFile))
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

/** What the system says of a file. Not `Fs.statSync`, which waits for a network that is gone. */
export const stat = (path: string): Effect.Effect<Fs.Stats, FileProblem> =>
  Effect.async((resume) => {
    try {
      Fs.stat(path, (error, stats) => resume(error === null ? Effect.succeed(stats) : Effect.fail(unreadable(error))))
    } catch (error) {
      resume(Effect.fail(unreadable(error)))
    }
  })

/** The content of a file, a pipe or a device, up to `maxSize`. */
export const read = (path: string): Effect.Effect<Uint8Array, FileProblem> =>
  Effect.flatMap(stat(path), (stats) => {
    if (stats.isFIFO()) return readStream(() => openPipe(path))
    if (stats.isCharacterDevice()) return readStream(() => Fs.createReadStream(path))
    return stats.size > maxSize
      ? Effect.fail(tooLargeFile)
      : // `Fs.promises` loads `node:fs/promises` lazily: it is slow to load, and most programs read none of these files.
        Effect.tryPromise({ try: () => Fs.promises.readFile(path), catch: unreadable })
  })
