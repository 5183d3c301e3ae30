/** What a value can be, for shells to complete it: words, or a file. */
export type Completions = ReadonlyArray<string> | "file"

/** An option as shells complete it. */
export interface OptionSpec {
  /** `-o` and `--output`, say. */
  readonly names: ReadonlyArray<string>
  readonly description: string
  readonly takesValue: boolean
  readonly values?: Completions | undefined
}

/** A command as shells complete it. */
export interface CommandSpec {
  readonly name: string
  readonly description: string
  readonly options: ReadonlyArray<OptionSpec>
  /** What its argument can be. */
  readonly argument?: Completions | undefined
}
