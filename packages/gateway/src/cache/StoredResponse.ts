export interface StoredResponse {
  readonly body: Uint8Array
  /** A strong entity tag, with its quotation marks. */
  readonly etag: string
  /** When it was fetched from the cloud, milliseconds on a monotonic clock. */
  readonly readAt: number
}
