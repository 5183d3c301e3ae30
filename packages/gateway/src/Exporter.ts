import type { HotspotSession } from "@hotspot-session/client"
import type { HotspotSessionMigrationConfig } from "@hotspot-session/core"
import * as Cause from "effect/Cause"
import * as Chunk from "effect/Chunk"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { type Gauge, gaugeText, labels } from "./Metrics.js"
import type { Settings } from "./Settings.js"

/** The configurations of projects as metrics. They are read in the background; a scrape never calls the cloud. */
export interface Exporter {
  /** Reads the projects, waits for the interval, and begins again, forever. */
  readonly run: Effect.Effect<never>
  /** What was read last, of the projects that may be shown. */
  readonly text: (mayRead: (projectId: string) => boolean) => string
}

interface Reading {
  /** Of the last reading that succeeded. */
  readonly configs: ReadonlyArray<HotspotSessionMigrationConfig>
  /** Epoch milliseconds; absent until a reading succeeds. */
  readonly readAt: number | undefined
  /** Whether the last reading succeeded. */
  readonly isUp: boolean
}

const prefix = "hotspot_session_"

/** A project has few configurations. More of them would make too many time series. */
const maxConfigs = 1_000

const concurrency = 4

export const make = (
  settings: () => NonNullable<Settings["exporter"]>,
  clientOf: (projectId: string) => HotspotSession.Service
): Exporter => {
  let readings: ReadonlyMap<string, Reading> = new Map()

  const read = (projectId: string) =>
    clientOf(projectId)
      .listHotspotSessionConfig.items({ project_id: projectId })
      .pipe(
        Stream.take(maxConfigs),
        Stream.runCollect,
        Effect.zip(Clock.currentTimeMillis),
        Effect.map(([configs, readAt]): Reading => ({ configs: Chunk.toReadonlyArray(configs), readAt, isUp: true })),
        Effect.tapError((error) =>
          Effect.annotateLogs(Effect.logWarning(`the exporter cannot read a project: ${error.message}`), {
            project_id: projectId,
            error: error._tag
          })
        ),
        Effect.tapDefect((cause) =>
          Effect.annotateLogs(Effect.logError("the exporter cannot read a project", cause), { project_id: projectId })
        ),
        Effect.catchAllCause((cause) =>
          Cause.isInterruptedOnly(cause)
            ? Effect.interrupt
            : Effect.succeed({ configs: [], readAt: undefined, ...readings.get(projectId), isUp: false })
        ),
        Effect.map((reading) => [projectId, reading] as const)
      )

  const readAll = Effect.suspend(() => Effect.forEach(settings().projects, read, { concurrency })).pipe(
    Effect.flatMap((all) =>
      Effect.sync(() => {
        readings = new Map(all)
      })
    )
  )

  const samplesOf = (
    shown: ReadonlyArray<readonly [string, Reading]>,
    valueOf: (config: HotspotSessionMigrationConfig) => number | undefined
  ) => {
    // A series may occur only once, but the cloud may report configurations without an ID, or one twice.
    const samples = new Map<string, number>()
    for (const [project, { configs }] of shown) {
      for (const config of configs) {
        const series = labels({ project, config_id: config.id ?? "" })
        const value = valueOf(config)
        // What the cloud does not report is left out.
        if (value !== undefined && !samples.has(series)) samples.set(series, value)
      }
    }
    return [...samples]
  }

  return {
    run: Effect.forever(
      Effect.zipRight(
        readAll,
        Effect.suspend(() => Effect.sleep(settings().interval))
      )
    ),
    text: (mayRead) => {
      const shown = [...readings].filter(([project]) => settings().projects.includes(project) && mayRead(project))
      const gauge = (name: string, help: string, samples: ReturnType<Gauge["read"]>) =>
        gaugeText({ name, help, type: "gauge", prefix, read: () => samples })
      return [
        gauge(
          "config_enabled",
          "1 if migration is enabled in a configuration, 0 if not.",
          samplesOf(shown, ({ hotspot_session_migration_enable: isEnabled }) =>
            isEnabled === undefined ? undefined : Number(isEnabled)
          )
        ),
        gauge(
          "config_exit_sessions",
          "How many sessions exit on a hot server.",
          samplesOf(shown, ({ hotspot_exit_session_num: count }) => count)
        ),
        gauge(
          "config_exempt_users",
          "How many users are never moved.",
          samplesOf(shown, ({ non_migrate_users: users }) => users?.length)
        ),
        gauge(
          "project_up",
          "1 if the last reading of a project succeeded, 0 if not.",
          shown.map(([project, { isUp }]) => [labels({ project }), Number(isUp)])
        ),
        gauge(
          "project_read_timestamp_seconds",
          "When the configurations of a project were read.",
          shown.flatMap(([project, { readAt }]) =>
            readAt === undefined ? [] : [[labels({ project }), readAt / 1_000] as const]
          )
        ),
        gauge("exporter_interval_seconds", "The time between two readings.", [["", settings().interval / 1_000]])
      ].join("")
    }
  }
}
