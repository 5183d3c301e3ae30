import { Setting } from "@hotspot-session/core"

/**
 * A client's retry budget, shared by its calls. Each retry takes from it and each success gives back, so that a service that
 * stays down gets one request per call instead of four.
 *
 * @category models
 */
export interface RetryQuota {
  /** Takes the cost of a retry. Returns false and takes nothing if not enough is left. */
  readonly take: (cost: number) => boolean
  /** Gives back the cost of one retry, up to the capacity. */
  readonly give: () => void
}

/**
 * The cost of a retry, which a success gives back.
 *
 * @category constants
 */
export const retryCost = 5

/**
 * The cost of a retry after a timeout, which is the more expensive failure.
 *
 * @category constants
 */
export const timeoutRetryCost = 10

/** Checks the capacity of a client. Default: 500, which is 100 retries. */
export const checkCapacity = (capacity: unknown): Setting.Checked<number> =>
  Setting.integer("retryQuota", capacity, 500, { min: 0 })

/**
 * A quota that starts full.
 *
 * Source of the capacity and the costs:
 * {@link https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html standard retry mode of the AWS SDKs}.
 * There a success without a retry gives back 1. Here each success gives back the cost of a retry, so that an empty quota is
 * full again after 100 successes.
 *
 * @category constructors
 */
export const make = (capacity: number): RetryQuota => {
  let left = capacity
  return {
    take: (cost) => {
      if (left < cost) return false
      left -= cost
      return true
    },
    give: () => {
      left = Math.min(capacity, left + retryCost)
    }
  }
}
