import type { MetadataMode, NamedProject } from "@hotspot-session/emulator"
import type { TargetRequest } from "@hotspot-session/settings/Target"

/** The formats of a listing. */
export const formats = ["table", "json", "ndjson", "yaml", "csv", "tsv"] as const

/** A format of a listing. */
export type Format = (typeof formats)[number]

/** The variable that names a format of listings. */
export const outputVariable = "HOTSPOT_SESSION_OUTPUT"

/** The formats of what `--watch` sees: a table stands for text. */
export const watchFormats: ReadonlyArray<Format> = ["table", "ndjson"]

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

/** The shells that completions are made for. */
export const shells = ["bash", "zsh", "fish"] as const

/** A shell. */
export type Shell = (typeof shells)[number]

/** How the ECS metadata service can be. */
export const metadataModes: ReadonlyArray<MetadataMode> = ["token", "tokenRequired", "tokenless", "noAgency", "off"]

/** What every command has. */
export interface CommonFlags {
  /** `false` for `--no-color`. */
  readonly color?: boolean | undefined
  readonly debug?: boolean | undefined
}

/** The options that say what is asked, where, and as whom. */
export type TargetFlags = Pick<TargetRequest, "projectId" | "region" | "endpoint" | "profile">

/** The options of a command that calls the service. Times are in milliseconds. */
export interface CallFlags extends CommonFlags, TargetFlags {
  readonly timeout?: number | undefined
  readonly demo?: boolean | undefined
}

/** The options of `list`. */
export interface ListFlags extends Omit<CallFlags, "projectId" | "region"> {
  readonly projectId?: ReadonlyArray<string> | undefined
  readonly region?: ReadonlyArray<string> | undefined
  /** A file of targets, `-` for standard input. */
  readonly targets?: string | undefined
  readonly parallel?: number | undefined
  readonly limit?: number | undefined
  readonly offset?: number | undefined
  readonly all?: boolean | undefined
  readonly pageSize?: number | undefined
  readonly output?: Format | undefined
  readonly fields?: ReadonlyArray<FieldName> | undefined
  readonly query?: string | undefined
  /** The time between two looks, in milliseconds. */
  readonly watch?: number | undefined
}

/** The options of `diff`. */
export interface DiffFlags extends CallFlags {
  readonly output?: ChangeFormat | undefined
}

/** The options of `config`. */
export interface ConfigFlags extends CommonFlags, TargetFlags {
  readonly output?: ReportFormat | undefined
}

/** The options of `doctor`. */
export interface DoctorFlags extends CallFlags {
  readonly output?: ReportFormat | undefined
}

/** The options of `emulator`. Times are in milliseconds. */
export interface EmulatorFlags extends CommonFlags {
  readonly host?: string | undefined
  readonly port?: number | undefined
  readonly seed?: number | undefined
  readonly count?: number | undefined
  readonly latency?: number | undefined
  /** Each as `Fault.parse` reads it. */
  readonly fault?: ReadonlyArray<string> | undefined
  readonly project?: ReadonlyArray<NamedProject> | undefined
  readonly metadata?: MetadataMode | undefined
  readonly clockAhead?: number | undefined
  readonly clockBehind?: number | undefined
}

/** An option as shells complete it. */
export interface OptionSpec {
  /** `-o` and `--output`, say. */
  readonly names: ReadonlyArray<string>
  readonly description: string
  readonly takesValue: boolean
  /** What the value can be: words, or a file. */
  readonly values?: ReadonlyArray<string> | "file" | undefined
}

/** A command as shells complete it. */
export interface CommandSpec {
  readonly name: string
  readonly description: string
  readonly options: ReadonlyArray<OptionSpec>
  /** What its argument can be. */
  readonly argument?: ReadonlyArray<string> | "file" | undefined
}

/** How a wrong command line is to be reported, as far as it says so. */
export interface ReportFlags {
  /** `false` for `--no-color`. */
  readonly color?: boolean | undefined
  /** As it is written, which may be no format. */
  readonly output?: string | undefined
}

/** What the command line asks for. */
export type Invocation =
  | { readonly _tag: "List"; readonly flags: ListFlags }
  | { readonly _tag: "Diff"; readonly file: string; readonly flags: DiffFlags }
  | { readonly _tag: "Config"; readonly flags: ConfigFlags }
  | { readonly _tag: "Doctor"; readonly flags: DoctorFlags }
  | { readonly _tag: "Emulator"; readonly flags: EmulatorFlags }
  | { readonly _tag: "Completion"; readonly shell: Shell; readonly commands: ReadonlyArray<CommandSpec> }
  /** Help or the version. */
  | { readonly _tag: "Print"; readonly text: string }
  /** The command line is wrong. */
  | {
      readonly _tag: "Misuse"
      readonly message: string
      readonly hint: string
      /** The command that it is of, if it names one. */
      readonly command: string | undefined
      readonly flags: ReportFlags
    }
