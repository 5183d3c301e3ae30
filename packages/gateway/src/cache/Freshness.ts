/**
 * The periods of a response's life, in milliseconds. Each begins where the one before it ends, the first when the response
 * is fetched.
 */
export interface Lifetimes {
  /** Served without calling the cloud. */
  readonly fresh: number
  /** Served immediately and refreshed in the background. */
  readonly staleWhileRevalidate: number
  /** Served if the cloud is unavailable. */
  readonly staleIfError: number
}

/** What the decision depends on. */
export interface EntryState {
  /** Milliseconds on a monotonic clock. */
  readonly readAt: number
  /** Consecutive failures to refresh it. */
  readonly failures: number
  /** When the next attempt may be made, on the same clock. */
  readonly retryAt: number
}

/**
 * How to serve a request:
 *
 * - `hit`: from the cache
 * - `stale`: from the cache although it is stale, because a refresh is in flight or has just failed
 * - `refresh`: like `stale`, and start a refresh in the background
 * - `revalidate`: fetch, and fall back to the cache if the cloud is unavailable
 * - `fetch`: fetch; nothing in the cache may be served
 */
export type Decision = "hit" | "stale" | "refresh" | "revalidate" | "fetch"

/** After a failed refresh no request waits for the cloud again: the first one after `retryAt` starts the next refresh. */
export const decide = (
  lifetimes: Lifetimes,
  entry: EntryState | undefined,
  now: number,
  isFetching: boolean
): Decision => {
  if (entry === undefined) return "fetch"
  // A response from another gateway may be in the future, because its wall clock is ahead, and must expire nevertheless.
  const age = Math.abs(now - entry.readAt)
  if (age < lifetimes.fresh) return "hit"
  const staleUntil = lifetimes.fresh + lifetimes.staleWhileRevalidate
  if (age >= staleUntil + lifetimes.staleIfError) return "fetch"
  if (now < entry.retryAt) return "stale"
  if (age < staleUntil || entry.failures > 0) return isFetching ? "stale" : "refresh"
  return "revalidate"
}

const minRetryDelay = 1_000
const maxRetryDelay = 15_000

/**
 * The delay before the next refresh after consecutive failures, in milliseconds: 1 s, doubled up to 15 s. `random`, from 0
 * to 1, shortens it by up to half, so that entries that failed together are not retried together.
 */
export const retryDelay = (failures: number, random: number): number =>
  Math.min(maxRetryDelay, minRetryDelay * 2 ** Math.min(failures - 1, 10)) * (1 - random / 2)
