import { Monotonic } from "@hotspot-session/core"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Lifetimes } from "./Freshness.js"

/** The generations that gateways share. No operation fails; none or `false` if the store is unavailable. */
export interface SharedGenerations {
  /** The current generation of a project, `""` if there is none. */
  readonly get: (project: string) => Effect.Effect<Option.Option<string>>
  readonly set: (project: string, generation: string) => Effect.Effect<boolean>
}

/**
 * The generations of projects, which are a part of the keys of the cache. A write starts a new one, so that neither what is
 * cached nor a read that began before the write is served after it.
 */
export interface Generations {
  /** Whether no project has a generation, as this gateway knows of no write. */
  readonly isEmpty: () => boolean
  /** The current generation of a project, as far as this gateway knows; `""` until there is a write. */
  readonly of: (project: string) => string
  /** Gets the current generation from the gateways that share it. */
  readonly refresh: (project: string) => Effect.Effect<void>
  /** Starts a new generation, in the shared store before in this gateway: reads of it must have begun after all writes. */
  readonly advance: (project: string) => Effect.Effect<void>
}

interface Generation {
  readonly id: string
  /** Milliseconds on a monotonic clock. */
  readonly startedAt: number
  /** Whether the other gateways know it. */
  readonly isShared: boolean
}

export interface Settings {
  /** How long a generation is remembered, in milliseconds: until what was cached before has no period left. */
  readonly lifetime: number
  readonly randomUUID: () => string
  readonly shared: SharedGenerations | undefined
}

/** Longer than any read takes that began before a write. */
const maxReadTime = 60 * 60 * 1_000

export const lifetimeOf = ({ fresh, staleIfError, staleWhileRevalidate }: Lifetimes): number =>
  fresh + staleWhileRevalidate + staleIfError + maxReadTime

export const make = ({ lifetime, randomUUID, shared }: Settings): Generations => {
  // In the order in which they started.
  const current = new Map<string, Generation>()

  const put = (project: string, generation: Generation) => {
    current.delete(project)
    current.set(project, generation)
    for (const [oldest, { startedAt }] of current) {
      if (generation.startedAt - startedAt <= lifetime) break
      current.delete(oldest)
    }
  }

  const start = (project: string, id: string): Effect.Effect<void> =>
    Effect.zipWith(
      shared === undefined ? Effect.succeed(true) : shared.set(project, id),
      Monotonic.currentMillis,
      (isShared, startedAt) => put(project, { id, startedAt, isShared })
    )

  /**
   * Announces a write that the store has missed or lost. Under a new ID, because another gateway may have written since, so that what
   * either has cached is older than one of the writes.
   */
  const announce = (store: SharedGenerations, project: string, known: Generation | undefined): Effect.Effect<void> => {
    const id = randomUUID()
    return Effect.zipWith(store.set(project, id), Monotonic.currentMillis, (isShared, startedAt) => {
      // A generation that this gateway has started meanwhile is newer.
      if (isShared && current.get(project) === known) put(project, { id, startedAt, isShared })
    })
  }

  const adopt = (project: string, id: string): Effect.Effect<void> =>
    Effect.map(Monotonic.currentMillis, (startedAt) => put(project, { id, startedAt, isShared: true }))

  return {
    isEmpty: () => current.size === 0,
    of: (project) => current.get(project)?.id ?? "",
    refresh: (project) =>
      shared === undefined
        ? Effect.void
        : Effect.suspend(() => {
            const known = current.get(project)
            if (known?.isShared === false) return announce(shared, project, known)
            return Effect.flatMap(shared.get(project), (found) => {
              // A generation that this gateway has started meanwhile is newer.
              if (Option.isNone(found) || found.value === (known?.id ?? "") || current.get(project) !== known) {
                return Effect.void
              }
              // The store has lost it. What was cached before any write must not be served again.
              return found.value === "" ? announce(shared, project, known) : adopt(project, found.value)
            })
          }),
    advance: (project) => Effect.suspend(() => start(project, randomUUID()))
  }
}
