import type { HotspotSessionMigrationConfig, UserInfo } from "@hotspot-session/core"

/** A project of the page, and what people call it. */
export interface Project {
  readonly id: string
  readonly name: string
  /** What the cloud is called where it is, such as its region; absent where that is not known. */
  readonly cloud: string | undefined
}

/** What is known of a project. */
export type Reading =
  | {
      readonly _tag: "Read"
      readonly project: Project
      readonly configs: ReadonlyArray<HotspotSessionMigrationConfig>
      /** Epoch milliseconds. */
      readonly readAt: number
      readonly isStale: boolean
      /** Whether there are more than those that were asked for. */
      readonly isCut: boolean
    }
  | { readonly _tag: "Unread"; readonly project: Project; readonly why: string }

/** Whether migration is on, as the cloud says it. */
export type Migration = "on" | "off" | "unknown"

/** A row of the table. */
export interface Row {
  readonly project: Project
  readonly id: string | undefined
  readonly migration: Migration
  readonly exitSessions: number | undefined
  readonly users: ReadonlyArray<UserInfo>
  readonly readAt: number
  readonly isStale: boolean
  /** What somebody should look at; absent where nothing is. */
  readonly concern: string | undefined
}

const migrationOf = ({ hotspot_session_migration_enable: isOn }: HotspotSessionMigrationConfig): Migration =>
  isOn === undefined ? "unknown" : isOn ? "on" : "off"

const concernOf = (config: HotspotSessionMigrationConfig): string | undefined => {
  switch (migrationOf(config)) {
    case "unknown":
      return "The cloud does not say whether migration is on."
    case "off":
      return "Migration is off: sessions stay on a server that runs hot."
    case "on":
      return config.hotspot_exit_session_num === undefined || config.hotspot_exit_session_num > 0
        ? undefined
        : "Migration is on, but no session exits."
  }
}

const order: Record<Migration, number> = { unknown: 0, off: 1, on: 2 }

/** The rows of all readings: what needs attention first, then as they came. */
export const rowsOf = (readings: ReadonlyArray<Reading>): ReadonlyArray<Row> =>
  readings
    .flatMap((reading) =>
      reading._tag === "Unread"
        ? []
        : reading.configs.map(
            (config): Row => ({
              project: reading.project,
              id: config.id,
              migration: migrationOf(config),
              exitSessions: config.hotspot_exit_session_num,
              users: config.non_migrate_users ?? [],
              readAt: reading.readAt,
              isStale: reading.isStale,
              concern: concernOf(config)
            })
          )
    )
    .sort(
      (a, b) =>
        Number(a.concern === undefined) - Number(b.concern === undefined) || order[a.migration] - order[b.migration]
    )

/** Whether a user's name or ID holds a text, whatever the case. */
export const isMatch = (user: UserInfo, text: string): boolean =>
  [user.user_name, user.user_id].some((value) => value?.toLowerCase().includes(text.toLowerCase()) === true)

/** How old something is, for people. */
export const ageOf = (millis: number): string => {
  const seconds = Math.max(0, Math.floor(millis / 1_000))
  if (seconds < 1) return "now"
  if (seconds < 120) return `${seconds} s ago`
  const minutes = Math.floor(seconds / 60)
  return minutes < 120 ? `${minutes} min ago` : `${Math.floor(minutes / 60)} h ago`
}
