/** What is known when the program is stopped by a signal. */
export interface Interruption {
  readonly message: string
  readonly hint?: string
  /** Further fields in JSON. */
  readonly fields?: object
  /** For people, in place of message and hint. */
  readonly text?: string
}
