import type { Writable } from "node:stream"
import type { ProfileChain } from "@hotspot-session/client"
import * as Effect from "effect/Effect"

/** What the program sees of the process that runs it. */
export interface Io {
  readonly argv: ReadonlyArray<string>
  /** The environment and the files. */
  readonly machine: ProfileChain.Machine
  readonly stdout: Writable
  readonly stderr: Writable
  /** Columns of the terminal that standard output is; 80 where it is none. */
  readonly columns: number
}

/**
 * Writes, and ends when the stream has taken it: a slow reader slows the program down and nothing piles up. An error of the
 * stream ends the program elsewhere.
 */
export const write = (stream: Writable, text: string): Effect.Effect<void> =>
  Effect.async((resume) => {
    stream.write(text, () => resume(Effect.void))
  })
