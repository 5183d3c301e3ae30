import type { Failure } from "../Failure.js"
import * as RecentMap from "../RecentMap.js"

/**
 * What the cloud has recently said of tokens, by their digests. A token costs nothing to invent: those that the cloud has
 * not accepted share what each other caller has for itself, and cannot displace anything of it.
 */
export interface TokenVerdicts {
  /** Whether the cloud has accepted a caller's token. With keys of the gateway, every caller is known. */
  readonly isAccepted: (caller: string, now: number) => boolean
  readonly accept: (caller: string, now: number) => void
  /** Why an upstream has refused the token just now. */
  readonly refusalOf: (caller: string, target: Target, now: number) => Failure | undefined
  /** A token that is accepted elsewhere is refused for the project only. */
  readonly refuse: (caller: string, target: Target, refusal: Failure, now: number) => void
}

/** What a token is used for. */
export interface Target {
  readonly upstream: string
  readonly projectId: string
}

/** In milliseconds, since the cloud has last accepted it. */
const acceptedLifetime = 60 * 60 * 1_000

/** In milliseconds. */
const refusedLifetime = 10_000

const maxTokens = 10_000

/** A message that is kept is not longer. */
const maxMessageLength = 300

/** The tokens of `pass-through`. */
export const make = (): TokenVerdicts => {
  const accepted = RecentMap.make<true>(maxTokens, acceptedLifetime)
  const refused = RecentMap.make<Failure>(maxTokens, refusedLifetime)
  const anyProject = (caller: string, { upstream }: Target) => `${caller} ${upstream}`
  const oneProject = (caller: string, target: Target) => `${anyProject(caller, target)} ${target.projectId}`
  const isAccepted = (caller: string, now: number) => accepted.get(caller, now) !== undefined
  return {
    isAccepted,
    accept: (caller, now) => accepted.set(caller, true, now),
    refusalOf: (caller, target, now) => {
      if (refused.size() === 0) return undefined
      return (
        refused.get(oneProject(caller, target), now) ??
        (isAccepted(caller, now) ? undefined : refused.get(anyProject(caller, target), now))
      )
    },
    refuse: (caller, target, refusal, now) => {
      const key = isAccepted(caller, now) ? oneProject(caller, target) : anyProject(caller, target)
      refused.set(
        key,
        { ...refusal, request_id: undefined, error_msg: refusal.error_msg.slice(0, maxMessageLength) },
        now
      )
    }
  }
}

/** Of callers with keys of the gateway: all are known, and the upstream's verdict is on the gateway's own credentials. */
export const known: TokenVerdicts = {
  isAccepted: () => true,
  accept: () => {},
  refusalOf: () => undefined,
  refuse: () => {}
}
