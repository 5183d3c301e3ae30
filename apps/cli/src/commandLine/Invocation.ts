import type { CompletionInvocation } from "../commands/completion/CompletionOptions.js"
import type { ConfigInvocation } from "../commands/config/ConfigOptions.js"
import type { DiffInvocation } from "../commands/diff/DiffOptions.js"
import type { DoctorInvocation } from "../commands/doctor/DoctorOptions.js"
import type { EmulatorInvocation } from "../commands/emulator/EmulatorOptions.js"
import type { ListInvocation } from "../commands/list/ListOptions.js"
import type { UsageProblem } from "./CommandDefinition.js"

/** How a wrong command line is to be reported, as far as it says so. */
export interface ReportFlags {
  /** `false` for `--no-color`. */
  readonly color?: boolean | undefined
  /** As it is written, which may be no format. */
  readonly output?: string | undefined
}

/** The command line is wrong. */
export interface Misuse extends UsageProblem {
  readonly _tag: "Misuse"
  /** The command that it is of, if it names one. */
  readonly command: string | undefined
  readonly flags: ReportFlags
}

/** What the command line asks for. */
export type Invocation =
  | ListInvocation
  | DiffInvocation
  | ConfigInvocation
  | DoctorInvocation
  | EmulatorInvocation
  | CompletionInvocation
  /** Help or the version. */
  | { readonly _tag: "Print"; readonly text: string }
  | Misuse
