import type * as Effect from "effect/Effect"

/**
 * A request that was answered. Holds no header and no query, so no token.
 *
 * @category models
 */
export interface AccessLogEntry {
  /** When the request came, as ISO 8601 in UTC. */
  readonly time: string
  /** The method, in upper case. */
  readonly method: string
  /** The route's pattern, such as `/v1/{project_id}/hotspot-session-config`; `unmatched` where there is none. */
  readonly route: string
  /** The path as it was asked for, without the query, at most 512 characters. */
  readonly path: string
  /** The status of the answer; 499 where the caller went away before there was one. */
  readonly status: number
  /** From the request's head to its answer, in milliseconds. */
  readonly duration_ms: number
  /** The request's ID, as `X-Request-Id` of the answer. */
  readonly request_id: string
}

/**
 * What is done with each request that was answered: by an effect, which is run soon after, or by the function itself, which
 * is faster, as that takes no fiber. What it throws and a defect of the effect are logged and do not touch the answer.
 *
 * @category models
 */
export type AccessLog = (entry: AccessLogEntry) => Effect.Effect<void> | void
