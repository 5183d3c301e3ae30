import type { HotspotSessionMigrationConfig } from "@hotspot-session/client/Core"
import type * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { type Connection, eachTarget } from "./EachTarget.js"
import { collect, pagesOf, type ReadError } from "./Pages.js"
import type { ReadOptions } from "./ReadProject.js"

/**
 * The configurations of a target, or why they cannot be listed.
 *
 * @category models
 * @since 0.1.0
 */
export type TargetListing<Target, C extends Connection, E> =
  | {
      readonly target: Target
      readonly connection: C
      readonly configs: ReadonlyArray<HotspotSessionMigrationConfig>
    }
  /** The connection is absent if the target could not be resolved. */
  | { readonly target: Target; readonly connection: C | undefined; readonly error: E | ReadError }

/**
 * The settings of `listFleet`.
 *
 * @category models
 * @since 0.1.0
 */
export interface FleetOptions extends ReadOptions {
  /** How many targets are read concurrently. Default: 4. */
  readonly parallel?: number | undefined
}

/**
 * Lists all configurations of several targets concurrently, in their order. A target that cannot be read does not affect the
 * others; its error is part of its listing.
 *
 * `connect` resolves a target: it finds the project and makes the client.
 *
 * @category operations
 * @since 0.1.0
 */
export const listFleet = <Target, C extends Connection, E, R>(
  targets: Iterable<Target>,
  connect: (target: Target) => Effect.Effect<C, E, R>,
  { pageSize, parallel = 4 }: FleetOptions = {}
): Stream.Stream<TargetListing<Target, C, E>, never, R> =>
  eachTarget(
    targets,
    connect,
    ({ client, options, projectId }) => collect(pagesOf(client, projectId, { all: true, pageSize }, options)),
    parallel
  ).pipe(
    Stream.map((one): TargetListing<Target, C, E> => {
      if ("error" in one) return one
      const { connection, target, value } = one
      return { target, connection, configs: value.items }
    })
  )
