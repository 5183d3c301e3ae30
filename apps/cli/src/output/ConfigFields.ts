import type { HotspotSessionMigrationConfig, UserInfo } from "@hotspot-session/core"
import type { Origin } from "../Origin.js"
import type { FieldName } from "./FormatNames.js"

export interface Row {
  readonly config: HotspotSessionMigrationConfig
  readonly origin?: Origin | undefined
}

/** The selected fields of a configuration or a user in their order; by default all of them. */
export const pick = <A extends object>(value: A, fields: ReadonlyArray<keyof A> | undefined): object =>
  fields === undefined
    ? value
    : Object.fromEntries(fields.flatMap((name) => (value[name] === undefined ? [] : [[name, value[name]]])))

export const userName = ({ user_id, user_name }: UserInfo): string => user_name || user_id || ""

/** A field as text; "" if it is absent. Users are separated by semicolons, which are escaped with a backslash in a name. */
export const fieldText = (config: HotspotSessionMigrationConfig, name: FieldName): string =>
  name === "non_migrate_users"
    ? config.non_migrate_users.map((user) => userName(user).replace(/[\\;]/g, "\\$&")).join(";")
    : (config[name]?.toString() ?? "")

/** The region, or a custom endpoint, and the project. */
export const originTexts = ({ endpoint, project_id, region }: Origin): readonly [string, string] => [
  region ?? endpoint ?? "",
  project_id
]
