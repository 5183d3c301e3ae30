/** An answer as it is kept. */
export interface Stored {
  readonly body: Uint8Array
  /** A strong entity tag, with its quotation marks. */
  readonly etag: string
  /** Epoch milliseconds. */
  readonly readAt: number
}
