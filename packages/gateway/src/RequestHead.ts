/** The head of a request, wherever it comes from. */
export interface RequestHead {
  readonly method: string
  /** Path and query, as they were sent, without what the gateway is mounted under. */
  readonly url: string
  /** The authority of a request target in absolute form. */
  readonly authority: string | undefined
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>
}
