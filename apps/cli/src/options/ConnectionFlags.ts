/** The options that decide how hosts are reached. */
export interface ConnectionFlags {
  /** A URL, or `off`. */
  readonly proxy?: string | undefined
  readonly caFile?: string | undefined
  /** The demo reaches only this process. */
  readonly demo?: boolean | undefined
}

export const connectionVariables = { proxy: "HOTSPOT_SESSION_PROXY", caFile: "HOTSPOT_SESSION_CA_FILE" } as const
