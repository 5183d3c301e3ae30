/** How long an answer is good for what, in milliseconds from when it was read. Each span begins where the one before ends. */
export interface Spans {
  /** It is served without asking. */
  readonly fresh: number
  /** It is served, and the cloud is asked in the background. */
  readonly staleWhileRevalidate: number
  /** It is served where the cloud is unavailable. */
  readonly staleIfError: number
}

/** What is known of an answer that is kept. */
export interface Kept {
  /** Epoch milliseconds. */
  readonly readAt: number
  /** How often in a row it could not be read anew. */
  readonly failures: number
  /** Epoch milliseconds before which the cloud is not asked again. */
  readonly retryAt: number
}

/**
 * What to do for a caller:
 *
 * - `hit`: serve what is kept
 * - `stale`: serve what is kept although it is old; the cloud is being asked already, or has failed just now
 * - `refresh`: the same, and ask the cloud in the background
 * - `revalidate`: ask the cloud, and serve what is kept where it is unavailable
 * - `fetch`: ask the cloud; nothing that is kept may be served
 */
export type Decision = "hit" | "stale" | "refresh" | "revalidate" | "fetch"

/** Decides. Once the cloud has failed nobody waits for it any more: whoever comes when it is due asks in the background. */
export const decide = (spans: Spans, kept: Kept | undefined, now: number, isAsking: boolean): Decision => {
  if (kept === undefined) return "fetch"
  // A clock that was set back makes nothing fresh for longer than it would have been.
  const age = Math.abs(now - kept.readAt)
  if (age < spans.fresh) return "hit"
  const untilStale = spans.fresh + spans.staleWhileRevalidate
  if (age >= untilStale + spans.staleIfError) return "fetch"
  if (now < kept.retryAt) return "stale"
  if (age < untilStale || kept.failures > 0) return isAsking ? "stale" : "refresh"
  return "revalidate"
}

const firstRetry = 1_000
const lastRetry = 15_000

/**
 * How long the cloud is left alone after so many failures in a row, in milliseconds: from a second, doubled up to 15 s.
 * `random` is from 0 to 1 and takes off up to half, so that what failed together is not asked for together again.
 */
export const retryAfterFailure = (failures: number, random: number): number =>
  Math.min(lastRetry, firstRetry * 2 ** Math.min(failures - 1, 10)) * (1 - random / 2)
