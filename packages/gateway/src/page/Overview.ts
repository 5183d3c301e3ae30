import type { HotspotSessionMigrationConfig, UserInfo } from "@hotspot-session/core"
import type { Failure } from "../Failure.js"

export interface Project {
  readonly id: string
  readonly name: string
  /** The name of its upstream, such as its region; absent if unknown. */
  readonly upstream: string | undefined
}

/** The configurations of a project, or why they could not be loaded. */
export type ProjectResult =
  | {
      readonly _tag: "Loaded"
      readonly project: Project
      readonly configs: ReadonlyArray<HotspotSessionMigrationConfig>
      /** Epoch milliseconds. */
      readonly readAt: number
      readonly isStale: boolean
      /** Whether there may be more than fit on one page of the API. */
      readonly isTruncated: boolean
    }
  | {
      readonly _tag: "Failed"
      readonly project: Project
      readonly reason: string
      /** Absent if there was no response in time. */
      readonly failure?: Failure
    }

export type Migration = "on" | "off" | "unknown"

export interface Row {
  readonly project: Project
  readonly config: HotspotSessionMigrationConfig
  readonly migration: Migration
  readonly readAt: number
  readonly isStale: boolean
  /** Why it needs attention; absent if it does not. */
  readonly warning: string | undefined
}

const migrationOf = ({ hotspot_session_migration_enable: isOn }: HotspotSessionMigrationConfig): Migration =>
  isOn === undefined ? "unknown" : isOn ? "on" : "off"

const warningOf = (config: HotspotSessionMigrationConfig): string | undefined => {
  switch (migrationOf(config)) {
    case "unknown":
      return "The cloud does not report whether migration is on."
    case "off":
      return "Migration is off: sessions stay on overloaded servers."
    case "on":
      return config.hotspot_exit_session_num === undefined || config.hotspot_exit_session_num > 0
        ? undefined
        : "Migration is on, but the number of exit sessions is 0."
  }
}

const order: Record<Migration, number> = { unknown: 0, off: 1, on: 2 }

/** The rows of all projects: those that need attention first. */
export const rowsOf = (results: ReadonlyArray<ProjectResult>): ReadonlyArray<Row> =>
  results
    .flatMap((result) =>
      result._tag === "Failed"
        ? []
        : result.configs.map(
            (config): Row => ({
              project: result.project,
              config,
              migration: migrationOf(config),
              readAt: result.readAt,
              isStale: result.isStale,
              warning: warningOf(config)
            })
          )
    )
    .sort(
      (a, b) =>
        Number(a.warning === undefined) - Number(b.warning === undefined) || order[a.migration] - order[b.migration]
    )

/** Whether a user's name or ID contains a text, ignoring case. */
export const isMatch = (user: UserInfo, text: string): boolean =>
  [user.user_name, user.user_id].some((value) => value?.toLowerCase().includes(text.toLowerCase()) === true)

export const ageOf = (millis: number): string => {
  const seconds = Math.max(0, Math.floor(millis / 1_000))
  if (seconds < 1) return "now"
  if (seconds < 120) return `${seconds} s ago`
  const minutes = Math.floor(seconds / 60)
  return minutes < 120 ? `${minutes} min ago` : `${Math.floor(minutes / 60)} h ago`
}
