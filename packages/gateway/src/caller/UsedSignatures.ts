import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { SharedStoreService } from "../shared/SharedStore.js"
import type { SharedStoreGuard } from "../shared/SharedStoreGuard.js"

/**
 * Whether a signature is used for the first time; `early` if it is older than this gateway, which does not know what another
 * one before it has accepted, and `unknown` if that cannot be found out now.
 */
export type Use = "first" | "again" | "early" | "unknown"

/** The signatures of writes, each of which is accepted once. */
export interface UsedSignatures {
  /** Its date and the time now, in epoch milliseconds. */
  readonly use: (signature: string, signedAt: number, now: number) => Effect.Effect<Use>
}

export interface Settings {
  /** When this gateway was started, in epoch milliseconds. */
  readonly startedAt: number
  readonly shared: SharedSignatures | undefined
  /** Beyond it, no signature can be recorded, and none is accepted. */
  readonly limit: number
}

export interface SharedSignatures {
  readonly buckets: SharedStoreService["buckets"]
  readonly guard: SharedStoreGuard
  readonly digest: (signature: string) => string
}

/** A signature is valid for 15 minutes before and after its date, in milliseconds. */
const validity = 30 * 60 * 1_000

export const maxSignatures = 100_000

/** In this gateway's memory and, if there is one, in the shared store, which outlives it. */
export const make = ({ limit, shared, startedAt }: Settings): UsedSignatures => {
  // Dates of signatures are in seconds.
  const firstDate = Math.floor(startedAt / 1_000) * 1_000
  // In the order in which they expire.
  const expiries = new Map<string, number>()

  const useHere = (signature: string, now: number): Use => {
    for (const [oldest, expiry] of expiries) {
      if (expiry > now) break
      expiries.delete(oldest)
    }
    if (expiries.has(signature)) return "again"
    if (expiries.size >= limit) return "unknown"
    expiries.set(signature, now + validity)
    return "first"
  }

  /**
   * A bucket from which only one token can be taken while the signature is valid. It holds half a token more, because the
   * store's arithmetic is not exact, and refills half a token in that time.
   */
  const useShared = (signature: string, { buckets, digest, guard }: SharedSignatures): Effect.Effect<Use> =>
    guard
      .run(
        "take",
        buckets.tokenBucket({
          key: digest(`signature ${signature}`),
          tokens: 1,
          limit: 1.5,
          refillRate: Duration.millis(2 * validity),
          allowOverflow: false
        })
      )
      .pipe(
        Effect.map(
          Option.match({ onNone: () => "unknown" as const, onSome: (left) => (left >= 0 ? "first" : "again") })
        )
      )

  return {
    use: (signature, signedAt, now) =>
      Effect.suspend(() => {
        if (shared === undefined && signedAt < firstDate) return Effect.succeed("early" as const)
        const here = useHere(signature, now)
        if (shared === undefined || here !== "first") return Effect.succeed(here)
        return Effect.tap(useShared(signature, shared), (use) => {
          // Nothing was sent, and the request may be sent again.
          if (use === "unknown") expiries.delete(signature)
          return Effect.void
        })
      })
  }
}
