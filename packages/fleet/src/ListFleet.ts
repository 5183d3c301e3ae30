import type { HotspotSession } from "@hotspot-session/client"
import type { HotspotSessionMigrationConfig } from "@hotspot-session/client/Core"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { collect, type PageOptions, pagesOf, type ReadError } from "./Pages.js"

/**
 * The client and the project of a target.
 *
 * @category models
 * @since 0.1.0
 */
export interface Connection {
  readonly client: HotspotSession.Service
  readonly projectId: string
}

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
export interface FleetOptions extends PageOptions {
  /** How many targets are read concurrently. Default: 4. */
  readonly parallel?: number | undefined
}

/**
 * Lists several targets concurrently, in their order. A target that cannot be read does not affect the others; its error is
 * part of its listing.
 *
 * `connect` resolves a target: it finds the project and makes the client.
 *
 * @category operations
 * @since 0.1.0
 */
export const listFleet = <Target, C extends Connection, E, R>(
  targets: Iterable<Target>,
  connect: (target: Target) => Effect.Effect<C, E, R>,
  { parallel = 4, ...options }: FleetOptions = {}
): Stream.Stream<TargetListing<Target, C, E>, never, R> => {
  type Listing = TargetListing<Target, C, E>
  const listTarget = (target: Target): Effect.Effect<Listing, never, R> =>
    Effect.matchEffect(connect(target), {
      onFailure: (error) => Effect.succeed<Listing>({ target, connection: undefined, error }),
      onSuccess: (connection) =>
        Effect.match(collect(pagesOf(connection.client, connection.projectId, options)), {
          onFailure: (error): Listing => ({ target, connection, error }),
          onSuccess: ({ items }): Listing => ({ target, connection, configs: items })
        })
    })
  return Stream.mapEffect(Stream.fromIterable(targets), listTarget, { concurrency: parallel })
}
