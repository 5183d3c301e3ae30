import { constants, type FileHandle, open } from "node:fs/promises"
import type { AuditLog } from "@hotspot-session/gateway/AuditLog"
import { ConfigurationError } from "@hotspot-session/settings/ConfigurationError"
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

/**
 * Appends one JSON line for each entry, and waits until it is on the disk. The file is opened for each line, so that it can
 * be rotated.
 */
const writerOf = (path: string): Effect.Effect<AuditLog> =>
  Effect.map(Effect.makeSemaphore(1), (semaphore) => {
    let isIncomplete = false
    const append = async (line: string) => {
      // A full disk may have cut the line before.
      const text = isIncomplete ? `\n${line}` : line
      isIncomplete = true
      await withFile(path, async (file) => {
        await file.writeFile(text)
        isIncomplete = false
        await file.datasync().catch((error) => {
          if (!isUnsupported(error)) throw error
        })
      })
    }
    return (entry) => semaphore.withPermits(1)(Effect.tryPromise(() => append(`${JSON.stringify(entry)}\n`)))
  })

/** The audit log in a file, which is created if it does not exist. */
export const make = (path: string): Effect.Effect<AuditLog, ConfigurationError> =>
  Effect.tryPromise({
    try: () => withFile(path, async () => {}),
    catch: (error) =>
      new ConfigurationError({
        message: `The audit log, ${path}, cannot be written: ${error instanceof Error ? error.message : String(error)}.`,
        hint: "Choose another file with --audit-log."
      })
  }).pipe(Effect.zipRight(writerOf(path)))
