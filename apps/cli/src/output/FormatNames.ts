/** The formats of a listing. */
export const formats = ["table", "json", "ndjson", "yaml", "csv", "tsv"] as const

/** A format of a listing. */
export type Format = (typeof formats)[number]

/** The variable that names a format of listings. */
export const outputVariable = "HOTSPOT_SESSION_OUTPUT"

/** The formats of `config` and `doctor`. */
export const reportFormats = ["table", "json"] as const

/** A format of `config` and `doctor`. */
export type ReportFormat = (typeof reportFormats)[number]

/** The formats of changes. */
export const changeFormats = ["text", "json", "ndjson"] as const

/** A format of changes. */
export type ChangeFormat = (typeof changeFormats)[number]

/** The fields of a configuration, by the API's names and in its order. */
export const fieldNames = [
  "id",
  "project_id",
  "hotspot_session_migration_enable",
  "hotspot_exit_session_num",
  "non_migrate_users"
] as const

/** The name of a field. */
export type FieldName = (typeof fieldNames)[number]
