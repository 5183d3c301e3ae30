/** What is known when the program is stopped by a signal. */
export interface Interruption {
  readonly message: string
  readonly hint?: string
  /** Further fields in JSON. */
  readonly fields?: object
  /** For people, in place of message and hint. */
  readonly text?: string
}

/** The interruption of a command that writes, before it has sent anything. */
export const nothingWritten = (fields: { readonly config_id?: string } = {}): Interruption => ({
  message: "interrupted: nothing was written",
  fields: { outcome: "not_done", ...fields }
})
