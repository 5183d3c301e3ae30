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
