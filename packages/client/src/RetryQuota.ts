import { Setting } from "@hotspot-session/core"

/**
 * A client's allowance of retries, shared by its calls. Each retry takes from it and each success gives back, so that a
 * service that is down for good is asked once a call and not four times.
 *
 * @category models
 */
export interface RetryQuota {
  /** Takes what a retry costs; false, and nothing is taken, where there is not enough left. */
  readonly take: (cost: number) => boolean
  /** Gives back what one retry costs, up to the capacity. */
  readonly give: () => void
}

/**
 * What a retry costs, and what a success gives back.
 *
 * @category constants
 */
export const retryCost = 5

/**
 * What a retry costs after an attempt that took all its time: it is the more expensive failure.
 *
 * @category constants
 */
export const timeoutRetryCost = 10

/** The capacity that a client is given, 500 where it is given none: 100 retries. */
export const checkCapacity = (capacity: unknown): Setting.Checked<number> =>
  Setting.integer("retryQuota", capacity, 500, { min: 0 })

/**
 * A quota that begins full.
 *
 * Source: {@link https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html standard retry mode of the AWS
 * SDKs}, from which the capacity and the costs are. There a success without a retry gives back 1; here each gives back what
 * a retry costs, so that a quota that is used up is full again after 100 successes.
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
