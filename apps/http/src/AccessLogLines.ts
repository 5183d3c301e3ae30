import type { AccessLog, AccessLogEntry } from "@hotspot-session/gateway/AccessLog"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { GatewayProcess } from "./GatewayProcess.js"

/** How long a line of the log may wait to be written together with others, in milliseconds. */
const maxWait = 50
const maxPending = 256
/** If a reader leaves more bytes than this unread, further lines are dropped. */
const maxUnread = 16 * 1024 * 1024

export interface AccessLogLines {
  readonly log: AccessLog
  readonly flush: () => void
  /** How many lines could not be written. */
  readonly lost: () => number
}

/** Writes one JSON line on stdout for each request. Lines are serialized in batches, which is faster. */
export const make: Effect.Effect<AccessLogLines, never, Scope.Scope> = Effect.flatMap(GatewayProcess, ({ stdout }) => {
  let pending: Array<AccessLogEntry> = []
  let timer: NodeJS.Timeout | undefined
  let lost = 0
  const flush = () => {
    clearTimeout(timer)
    timer = undefined
    const entries = pending
    pending = []
    if (entries.length === 0) return
    if (stdout.writableLength >= maxUnread) {
      lost += entries.length
      return
    }
    stdout.write(entries.map((entry) => `${JSON.stringify(entry)}\n`).join(""), (error) => {
      if (error) lost += entries.length
    })
  }
  const log: AccessLog = (entry) => {
    pending.push(entry)
    if (pending.length >= maxPending) flush()
    else timer ??= setTimeout(flush, maxWait)
  }
  return Effect.acquireRelease(Effect.succeed({ log, flush, lost: () => lost }), () => Effect.sync(flush))
})
