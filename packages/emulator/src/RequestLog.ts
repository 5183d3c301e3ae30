import type { Fault } from "./Fault.js"

/**
 * A request that the emulator has received. Requests to the admin endpoints are not recorded.
 *
 * @category models
 * @since 0.1.0
 */
export interface RecordedRequest {
  /** The `X-Request-Id` of the response. */
  readonly id: string
  /** Time of arrival, in epoch milliseconds by Effect's clock. */
  readonly time: number
  readonly method: string
  /** As sent, percent-encoding included. */
  readonly path: string
  /**
   * As sent, without `?`; empty if there is none. The values of parameters whose names suggest a secret are `<redacted>`.
   */
  readonly query: string
  /** Names in lower case; the values of headers that may contain a secret are `<redacted>`. */
  readonly headers: Readonly<Record<string, string>>
  /** The size of the body in bytes; absent without a body, and for requests to IAM and the metadata service. */
  readonly bodySize?: number | undefined
  /** The body as text, if it has at most 4,096 bytes. */
  readonly body?: string | undefined
  /** The status of the response; absent before it is sent, and always after `reset` and `stall`. */
  readonly status?: number | undefined
  /** The faults that fired for it, in the script's order. */
  readonly faults: ReadonlyArray<Fault>
}

const secret = /auth|token|cookie|secret|password|passwd|credential|signature|key|security|session/i

const redact = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, secret.test(name) ? "<redacted>" : String(value)])
  )

/** The API has no secrets in the query, but a client may send one. */
const redactQuery = (query: string): string =>
  query.replace(/([^&=]+)=[^&]*/g, (parameter, name: string) => (secret.test(name) ? `${name}=<redacted>` : parameter))

/**
 * The number of requests that are kept: the last 1,000.
 *
 * @category constants
 * @since 0.1.0
 */
export const maxRecordedRequests = 1000

/** The largest body that is kept, in bytes. */
const maxBodySize = 4096

/** Adds a body to a request. */
export const setBody = (entry: Entry, body: Buffer): void => {
  if (body.byteLength === 0) return
  entry.bodySize = body.byteLength
  if (body.byteLength <= maxBodySize) entry.body = body.toString("utf8")
}

/** A request whose response may be pending. Its headers and query are not redacted. */
export interface Entry extends Omit<RecordedRequest, "bodySize" | "body" | "status" | "faults"> {
  bodySize?: number
  body?: string
  status: number | undefined
  faults: ReadonlyArray<Fault>
}

/** The last requests. Mutable, because each request writes to it and it is rarely read. */
export interface RequestLog {
  /** Adds a request; its status and faults are set later. */
  readonly add: (entry: Entry) => void
  /** The requests, the oldest first, without secrets. */
  readonly read: () => ReadonlyArray<RecordedRequest>
  readonly clear: () => void
}

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
