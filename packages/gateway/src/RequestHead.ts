/** The head of a request, from the platform or from `node:http`. */
export interface RequestHead {
  readonly method: string
  /** Path and query as sent, without the prefix under which the gateway is mounted. */
  readonly url: string
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>
}
