import { constants, type FileHandle, open } from "node:fs/promises"
import type { AuditLog } from "@hotspot-session/gateway/AuditLog"
import { ConfigurationError } from "@hotspot-session/settings/ConfigurationError"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"

/** Only the user of the gateway may read it. */
const mode = 0o600

/** Opening a pipe without a reader would wait, and could not be interrupted. This fails instead. */
const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK

const withFile = async (path: string, use: (file: FileHandle) => Promise<void>): Promise<void> => {
  const file = await open(path, flags, mode)
  try {
    await use(file)
  } finally {
    await file.close()
  }
}

/** A pipe or a device cannot be synchronized. */
const isUnsupported = (error: unknown): boolean =>
  error instanceof Error && ["EINVAL", "ENOTSUP"].includes((error as NodeJS.ErrnoException).code ?? "")

/** Appends a text, and waits until it is on the disk. The file is opened for each text, so that it can be rotated. */
const appenderTo = (path: string) => {
  let isIncomplete = false
  return (text: string): Promise<void> =>
    withFile(path, async (file) => {
      // A full disk may have cut the text before.
      const start = isIncomplete ? "\n" : ""
      isIncomplete = true
      await file.writeFile(start + text)
      isIncomplete = false
      await file.datasync().catch((error) => {
        if (!isUnsupported(error)) throw error
      })
    })
}

const failed = (error: unknown) => Effect.fail(new Cause.UnknownException(error))

/** So many lines wait for a disk that does not respond. */
const maxWaiting = 10_000

/** The lines that are written together. */
interface Batch {
  readonly lines: Set<{ readonly text: string }>
  readonly written: Promise<void>
}

/**
 * Writes one JSON line for each entry. Lines that come while others are being written are written together after those, so
 * that many writes need not wait for as many disk operations, and a disk that does not respond holds one thread of Node's
 * few. The intent of a write that is not waited for any more, and so not sent, is not written.
 */
const writerTo = (path: string): AuditLog => {
  const append = appenderTo(path)
  let last: Promise<void> = Promise.resolve()
  let waiting: Batch | undefined
  const nextBatch = (): Batch => {
    const lines: Batch["lines"] = new Set()
    const written = last.then(() => {
      waiting = undefined
      return lines.size === 0 ? undefined : append(Array.from(lines, ({ text }) => text).join(""))
    })
    last = written.catch(() => {})
    return { lines, written }
  }
  return (entry) =>
    Effect.async<void, unknown>((resume) => {
      waiting ??= nextBatch()
      const { lines, written } = waiting
      if (lines.size >= maxWaiting) return resume(failed("too many lines wait for the disk"))
      const line = { text: `${JSON.stringify(entry)}\n` }
      lines.add(line)
      written.then(
        () => resume(Effect.void),
        (error) => resume(failed(error))
      )
      return entry.event === "intent" ? Effect.sync(() => lines.delete(line)) : undefined
    })
}

/** The audit log in a file, which is created if it does not exist. */
export const make = (path: string): Effect.Effect<AuditLog, ConfigurationError> =>
  Effect.tryPromise({
    try: () => withFile(path, async () => {}),
    catch: (error) =>
      new ConfigurationError({
        message: `The audit log, ${path}, cannot be written: ${error instanceof Error ? error.message : String(error)}.`,
        hint: "Choose another file with --audit-log."
      })
  }).pipe(Effect.as(writerTo(path)))
