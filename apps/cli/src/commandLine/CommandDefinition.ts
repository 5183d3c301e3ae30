import type { Command } from "@commander-js/extra-typings"
import type { Completions } from "./CommandSpec.js"

/** What is wrong with a command line, and what to do. */
export interface UsageProblem {
  readonly message: string
  readonly hint: string
}

/** What a command takes and what its help says. What it does is loaded only when it is run. */
export interface CommandDefinition<Invocation> {
  /** One line for the list of commands. */
  readonly summary: string
  readonly description: string
  readonly examples: ReadonlyArray<string>
  /** What comes after the options. */
  readonly more?: string
  /** What its argument can be. */
  readonly argument?: Completions
  /** What the values of options can be, by the names of their flags. */
  readonly values?: Readonly<Record<string, Completions>>
  /** Adds arguments and options; `found` gets what they come to, or what is wrong with their combination. */
  readonly define: (command: Command, found: (invocation: Invocation, wrong?: UsageProblem) => void) => void
}
