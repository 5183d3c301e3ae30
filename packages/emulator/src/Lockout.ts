/** Consecutive failures, and the end of the lock that they caused. */
export interface Lockout {
  readonly failures: number
  /** Epoch milliseconds. */
  readonly until: number
}

export interface Policy {
  /** The number of consecutive failures that causes a lock. */
  readonly limit: number
  /** Duration of the lock, in milliseconds. */
  readonly duration: number
}

/** The initial state, and the state after a success. */
export const none: Lockout = { failures: 0, until: Number.NEGATIVE_INFINITY }

/** `now` is in epoch milliseconds. */
export const isLocked = (lockout: Lockout, now: number): boolean => now < lockout.until

/** The state after one more failure. The failures that caused a lock do not count again after it. */
export const fail = (lockout: Lockout, now: number, { duration, limit }: Policy): Lockout => {
  const failures = lockout.failures + 1
  return failures < limit ? { ...lockout, failures } : { failures: 0, until: now + duration }
}
