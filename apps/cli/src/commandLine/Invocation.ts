import type { ApplyInvocation } from "../commands/apply/ApplyOptions.js"
import type { CompletionInvocation } from "../commands/completion/CompletionOptions.js"
import type { ConfigInvocation } from "../commands/config/ConfigOptions.js"
import type { CreateInvocation } from "../commands/create/CreateOptions.js"
import type { DiffInvocation } from "../commands/diff/DiffOptions.js"
import type { DoctorInvocation } from "../commands/doctor/DoctorOptions.js"
import type { EmulatorInvocation } from "../commands/emulator/EmulatorOptions.js"
import type { ExportInvocation } from "../commands/export/ExportOptions.js"
import type { ListInvocation } from "../commands/list/ListOptions.js"
import type { ManInvocation } from "../commands/man/ManOptions.js"
import type { PlanInvocation } from "../commands/plan/PlanOptions.js"
import type { UpdateInvocation } from "../commands/update/UpdateOptions.js"
import type { UsersChangeInvocation } from "../commands/users/UsersChangeOptions.js"
import type { UsersListInvocation } from "../commands/users/UsersListOptions.js"
import type { UsageProblem } from "../options/CommandDefinition.js"

/** The options that decide how a usage error is reported. */
export interface ReportFlags {
  /** `false` for `--no-color`. */
  readonly color?: boolean | undefined
  /** As written; may not be a valid format. */
  readonly output?: string | undefined
}

/** The command line is invalid. */
export interface InvalidCommandLine extends UsageProblem {
  readonly _tag: "InvalidCommandLine"
  readonly command: string | undefined
  readonly flags: ReportFlags
}

export type Invocation =
  | ListInvocation
  | CreateInvocation
  | UpdateInvocation
  | UsersListInvocation
  | UsersChangeInvocation
  | DiffInvocation
  | ExportInvocation
  | PlanInvocation
  | ApplyInvocation
  | ConfigInvocation
  | DoctorInvocation
  | EmulatorInvocation
  | CompletionInvocation
  | ManInvocation
  /** Help or the version. */
  | { readonly _tag: "Print"; readonly text: string }
  | InvalidCommandLine

type Tag = Invocation["_tag"]

const writes: ReadonlySet<Tag> = new Set<Tag>(["Create", "Update", "UsersAdd", "UsersRemove", "Apply"])

const questions: ReadonlySet<Tag> = new Set<Tag>(["Plan", "Diff", "Doctor"])

/**
 * Whether a command ends what it has begun although its output cannot be written, because it changes something in the
 * cloud. Its exit code tells how it ended.
 */
export const isWrite = ({ _tag }: Invocation): boolean => writes.has(_tag)

/** Whether the exit code of a command is a result, also if its output is not read. */
export const answersByCode = ({ _tag }: Invocation): boolean => writes.has(_tag) || questions.has(_tag)
