/** How often somebody has failed in a row, and until when nothing else is looked at because of it. */
export interface Lockout {
  readonly failures: number
  /** Epoch milliseconds. */
  readonly until: number
}

/** When a lock closes, and for how long. */
export interface Policy {
  /** The number of failures in a row that closes it. */
  readonly limit: number
  /** Milliseconds. */
  readonly duration: number
}

/** No failures: the start, and what a success leads back to. */
export const none: Lockout = { failures: 0, until: Number.NEGATIVE_INFINITY }

/** Whether it is locked at a time, epoch milliseconds. */
export const isLocked = (lockout: Lockout, now: number): boolean => now < lockout.until

/** After one more failure. The failures that closed a lock do not count again after it. */
export const fail = (lockout: Lockout, now: number, { duration, limit }: Policy): Lockout => {
  const failures = lockout.failures + 1
  return failures < limit ? { ...lockout, failures } : { failures: 0, until: now + duration }
}
