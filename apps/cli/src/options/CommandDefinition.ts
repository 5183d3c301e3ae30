import type { Command } from "@commander-js/extra-typings"

/** The possible values that a shell completes: words, or a file. */
export type Completions = ReadonlyArray<string> | "file"

export interface OptionSpec {
  /** `-o` and `--output`, say. */
  readonly names: ReadonlyArray<string>
  readonly description: string
  readonly takesValue: boolean
  readonly values?: Completions | undefined
}

export interface CommandSpec {
  readonly name: string
  readonly description: string
  readonly options: ReadonlyArray<OptionSpec>
  /** The possible values of its argument. */
  readonly argument?: Completions | undefined
}

/** What is wrong with a command line, and what to do. */
export interface UsageProblem {
  readonly message: string
  readonly hint: string
}

/** The options and the help of a command. Its implementation is loaded when it runs. */
export interface CommandDefinition<Invocation> {
  /** One line for the list of commands. */
  readonly summary: string
  readonly description: string
  readonly examples: ReadonlyArray<string>
  /** Text after the options in the help. */
  readonly more?: string
  /** The possible values of its argument. */
  readonly argument?: Completions
  /** The possible values of options, by the names of their flags. */
  readonly values?: Readonly<Record<string, Completions>>
  /** Adds arguments and options; calls `onParsed` with the result, and with the problem of an invalid combination. */
  readonly define: (command: Command, onParsed: (invocation: Invocation, problem?: UsageProblem) => void) => void
}
