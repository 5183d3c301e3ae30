import type * as Effect from "effect/Effect"

/**
 * A request and its response. Holds neither headers nor the query, and therefore no key and no token.
 *
 * @category models
 * @since 0.1.0
 */
export interface AccessLogEntry {
  /** When the request arrived, as ISO 8601 in UTC. */
  readonly time: string
  /** The method, in upper case; empty if the request could not be parsed, like the path. */
  readonly method: string
  /** The route's pattern, such as `/v1/{project_id}/hotspot-session-config`; `unmatched` if there is none. */
  readonly route: string
  /** The path as sent, without the query, at most 512 characters. */
  readonly path: string
  /** The status of the response; 499 if the client disconnected before there was one. */
  readonly status: number
  /** From the head of the request to the response, in milliseconds. */
  readonly duration_ms: number
  /** The request ID, as in `X-Request-Id` of the response. */
  readonly request_id: string
  /** The address of the client; absent if it is not known. */
  readonly client_address?: string
  /** The name of the caller's key; absent if it has none, or the caller is not known. */
  readonly key_name?: string
  /** If it has none: the first 12 hexadecimal digits of the SHA-256 of the key, the token or the access key. */
  readonly key_digest?: string
  /** How a response that may be cached was obtained; absent for all others. */
  readonly cache?: "hit" | "miss" | "stale" | "revalidated"
  /** Size of the body of the response. */
  readonly bytes: number
  /** Why the server has refused the request itself, such as `headers`; absent if it has not. */
  readonly refused?: string
}

/**
 * Called for each request: returns an effect, which runs soon after, or does the work itself, which is faster, as it needs
 * no fiber. Exceptions and defects of the effect are logged and do not affect the response.
 *
 * @category models
 * @since 0.1.0
 */
export type AccessLog = (entry: AccessLogEntry) => Effect.Effect<void> | void
