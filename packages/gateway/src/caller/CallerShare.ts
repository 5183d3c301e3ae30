import * as FairShare from "../FairShare.js"
import type { TokenVerdicts } from "./TokenVerdicts.js"

/** Places that callers share fairly. Callers whose token has not been accepted share what an accepted one has. */
export interface CallerShare {
  /** Takes a place for a caller, `""` if it is not known yet. Returns what releases it; `undefined` if there is no room. */
  readonly take: (caller: string, now: number) => (() => void) | undefined
  readonly hasRoom: (caller: string, now: number) => boolean
  /** The number of places taken. */
  readonly taken: () => number
}

export const make = (places: number, verdicts: Pick<TokenVerdicts, "isAccepted">): CallerShare => {
  const all = FairShare.make(places)
  const notAccepted = FairShare.make(Math.ceil(places / 2))
  const isAccepted = (caller: string, now: number) => caller !== "" && verdicts.isAccepted(caller, now)
  const hasRoom = (caller: string, now: number) =>
    isAccepted(caller, now) ? all.hasRoom(caller) : all.hasRoom("") && notAccepted.hasRoom(caller)
  return {
    hasRoom,
    take: (caller, now) => {
      if (!hasRoom(caller, now)) return undefined
      if (isAccepted(caller, now)) {
        all.take(caller)
        return () => all.release(caller)
      }
      all.take("")
      notAccepted.take(caller)
      return () => {
        all.release("")
        notAccepted.release(caller)
      }
    },
    taken: all.taken
  }
}
