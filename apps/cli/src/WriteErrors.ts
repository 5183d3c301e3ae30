import type { CallError, HotspotSessionMigrationConfig } from "@hotspot-session/core"
import type { Change } from "@hotspot-session/fleet/Changes"
import type { FileProblem } from "@hotspot-session/fleet/FileProblem"
import type { PlanError } from "@hotspot-session/fleet/ProjectPlan"
import * as Data from "effect/Data"
import type { Origin } from "./Origin.js"

/** The project has no configuration with the ID. Nothing was written. */
export class ConfigNotFound extends Data.TaggedError("ConfigNotFound")<{
  readonly config_id: string
  readonly message: string
  readonly hint: string
}> {}

/** The users of a configuration could not be read completely. Nothing was written. */
export class IncompleteUsers extends Data.TaggedError("IncompleteUsers")<{
  readonly config_id: string
  readonly received: number
  readonly total_count: number | undefined
  readonly message: string
  readonly hint: string
}> {}

/** What was shown has changed before it was written. Nothing was written. */
export class ChangedSinceShown extends Data.TaggedError("ChangedSinceShown")<{
  readonly changes: ReadonlyArray<Change>
  readonly message: string
  readonly hint: string
}> {}

/** A configuration may have been created. */
export class CreateUnknown extends Data.TaggedError("CreateUnknown")<{
  readonly cause: CallError
  /** The configurations that are new since; `undefined` if they could not be listed. */
  readonly new_configurations: ReadonlyArray<HotspotSessionMigrationConfig> | undefined
  readonly message: string
  readonly hint: string
}> {}

/** A write was done, but the configuration is not as written, or cannot be read back or shown. */
export class NotVerified extends Data.TaggedError("NotVerified")<{
  /** The ID of the configuration, if it is known. */
  readonly config_id?: string | undefined
  readonly outcome: "done"
  readonly message: string
  readonly hint: string
}> {}

/** A file of a desired state is invalid. Nothing was sent. */
export class InvalidFile extends Data.TaggedError("InvalidFile")<{
  readonly problems: ReadonlyArray<FileProblem>
  readonly message: string
  readonly hint: string
}> {}

/** What was planned has changed before it was written. Nothing was written to any project. */
export class ChangedSincePlanned extends Data.TaggedError("ChangedSincePlanned")<{
  readonly targets: ReadonlyArray<Origin & { readonly changes: ReadonlyArray<Change> }>
  readonly message: string
  readonly hint: string
}> {}

/** A file cannot be written. */
export class OutputError extends Data.TaggedError("OutputError")<{
  readonly message: string
  readonly hint: string
}> {}

export type WriteError =
  | ConfigNotFound
  | IncompleteUsers
  | ChangedSinceShown
  | CreateUnknown
  | NotVerified
  | InvalidFile
  | ChangedSincePlanned
  | OutputError
  | PlanError
