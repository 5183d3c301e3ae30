/** A client that lists configurations. */
export interface Subject {
  /** Requests the page of `size` configurations while `shouldContinue` returns true, and checks each response. */
  readonly lane: (size: number, shouldContinue: () => boolean) => Promise<void>
}

/** Makes a subject that calls the server at `origin`. */
export type Make = (origin: string) => Promise<Subject>

export const projectId = "0123456789abcdef0123456789abcdef"

/** The path of a page. Under `/signed` the server accepts only signed requests. */
export const pathOf = (size: number, offset: number | "" = 0): string =>
  `/v1/${projectId}/hotspot-session-config?limit=${size}&offset=${offset}`

/** An access key in the format of Huawei Cloud. */
export const accessKey = "QTWAOYTTINDUT2QVKYUC"
export const secretKey = "MFyfvK41ba2giqM7Uio6PznpdUKGpownRZlmVmHc"

export const repeat =
  (call: (size: number) => Promise<void>): Subject["lane"] =>
  async (size, shouldContinue) => {
    while (shouldContinue()) await call(size)
  }
