import type { Fault } from "./Fault.js"

/**
 * A request that the emulator has seen. Those of the admin endpoints are not kept.
 *
 * @category models
 */
export interface RecordedRequest {
  /** The `X-Request-Id` of the answer. */
  readonly id: string
  /** When it came, in epoch milliseconds by Effect's clock. */
  readonly time: number
  readonly method: string
  /** As sent, percent-encoding included. */
  readonly path: string
  /**
   * As sent, without `?`; empty where there is none. The values of parameters whose names suggest a secret are
   * `<redacted>`.
   */
  readonly query: string
  /** Names in lower case; the values of those that may hold a secret are `<redacted>`. */
  readonly headers: Readonly<Record<string, string>>
  /** The status sent; absent while there is none, which is for good after `reset` and `stall`. */
  readonly status?: number | undefined
  /** The faults that fired for it, in the script's order. */
  readonly faults: ReadonlyArray<Fault>
}

/** What is replaced by `<redacted>`. */
const secret = /auth|token|cookie|secret|password|passwd|credential|signature|key|security|session/i

/** Headers without secrets. */
export const redact = (headers: Readonly<Record<string, string | undefined>>): Record<string, string> => {
  const redacted: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) redacted[name] = secret.test(name) ? "<redacted>" : String(value)
  }
  return redacted
}

/** A query without secrets. The API has none there, but a caller may put one. */
export const redactQuery = (query: string): string =>
  query.replace(/([^&=]+)=[^&]*/g, (parameter, name: string) => (secret.test(name) ? `${name}=<redacted>` : parameter))

/**
 * How many requests are kept: the last 1,000.
 *
 * @category constants
 */
export const maxRecordedRequests = 1000

/** A request whose answer may still be to come. Its headers and query are as sent. */
export interface Entry extends Omit<RecordedRequest, "status" | "faults"> {
  status: number | undefined
  faults: ReadonlyArray<Fault>
}

/** The last requests. Kept in place, because each request writes to it and hardly anyone reads it. */
export interface RequestLog {
  /** Adds a request; its status and faults are set later. */
  readonly add: (entry: Entry) => void
  /** The requests, the oldest first, without secrets. */
  readonly read: () => ReadonlyArray<RecordedRequest>
  readonly clear: () => void
}

/** An empty log. */
export const make = (): RequestLog => {
  let entries: Array<Entry> = []
  return {
    add: (entry) => {
      entries.push(entry)
      if (entries.length >= 2 * maxRecordedRequests) entries = entries.slice(-maxRecordedRequests)
    },
    read: () =>
      entries.slice(-maxRecordedRequests).map(({ status, ...entry }) => ({
        ...entry,
        query: redactQuery(entry.query),
        headers: redact(entry.headers),
        ...(status === undefined ? {} : { status })
      })),
    clear: () => {
      entries = []
    }
  }
}
