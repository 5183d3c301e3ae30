export const formats = ["table", "json", "ndjson", "yaml", "csv", "tsv"] as const

export type Format = (typeof formats)[number]

/** The environment variable of the default format of configurations and users. */
export const outputVariable = "HOTSPOT_SESSION_OUTPUT"

export const reportFormats = ["table", "json"] as const

export type ReportFormat = (typeof reportFormats)[number]

export const changeFormats = ["text", "json", "ndjson"] as const

export type ChangeFormat = (typeof changeFormats)[number]

export const exportFormats = ["yaml", "json"] as const

export type ExportFormat = (typeof exportFormats)[number]

export const planFormats = ["text", "json"] as const

export type PlanFormat = (typeof planFormats)[number]

/** The fields of a configuration, in the API's order. */
export const fieldNames = [
  "id",
  "project_id",
  "hotspot_session_migration_enable",
  "hotspot_exit_session_num",
  "non_migrate_users"
] as const

export type FieldName = (typeof fieldNames)[number]

/** The fields of a user, in the API's order. */
export const userFieldNames = ["user_id", "user_name"] as const

export type UserFieldName = (typeof userFieldNames)[number]
