import type * as Effect from "effect/Effect"

/**
 * A write, before it is sent to the cloud (`intent`) or once its outcome is known (`result`). An intent without a result
 * may have been made. Holds neither the body nor a key or token.
 *
 * @category models
 * @since 0.1.0
 */
export interface AuditEntry {
  /** As ISO 8601 in UTC. */
  readonly time: string
  readonly event: "intent" | "result"
  /** The request ID, as in `X-Request-Id` of the response and in the access log. */
  readonly request_id: string
  /** The name of the caller's key; absent if it has none, and in `pass-through`. */
  readonly key_name?: string | undefined
  /** The operation, such as `createHotspotSessionConfig`. */
  readonly operation: string
  readonly project_id: string
  /** The configuration; absent for one that is created. */
  readonly config_id?: string | undefined
  /** Of a result: what is known about the change. */
  readonly outcome?: "done" | "not_done" | "unknown" | undefined
  /** Of a result: the status of the response. */
  readonly status?: number | undefined
  /** Of a result that is an error: its code. */
  readonly error_code?: string | undefined
}

/**
 * Keeps an entry. A write whose intent cannot be kept is rejected before it is sent.
 *
 * @category models
 * @since 0.1.0
 */
export type AuditLog = (entry: AuditEntry) => Effect.Effect<void, unknown>
