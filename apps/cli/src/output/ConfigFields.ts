import type { HotspotSessionMigrationConfig, UserInfo } from "@hotspot-session/core"
import type { FieldName } from "./FormatNames.js"

/** The project that a configuration was listed from, where several are listed at once. */
export interface Origin {
  readonly region?: string | undefined
  readonly endpoint?: string | undefined
  readonly project_id: string
}

/** A configuration of a listing. */
export interface Row {
  readonly config: HotspotSessionMigrationConfig
  readonly origin?: Origin | undefined
}

/** The fields of a configuration that are asked for, in the order in which they are; all of them where none are named. */
export const pick = (config: HotspotSessionMigrationConfig, fields: ReadonlyArray<FieldName> | undefined): object =>
  fields === undefined
    ? config
    : Object.fromEntries(fields.flatMap((name) => (config[name] === undefined ? [] : [[name, config[name]]])))

/** What a user is called by: the name, else the ID. */
export const userName = ({ user_id, user_name }: UserInfo): string => user_name || user_id || ""

/** A field as one piece of text for a program; absent as "". Users are separated by semicolons. */
export const fieldText = (config: HotspotSessionMigrationConfig, name: FieldName): string =>
  name === "non_migrate_users" ? config.non_migrate_users.map(userName).join(";") : (config[name]?.toString() ?? "")

/** Where a configuration is from, for a person or as columns: the region, else the endpoint, and the project. */
export const originTexts = ({ endpoint, project_id, region }: Origin): readonly [string, string] => [
  region ?? endpoint ?? "",
  project_id
]
