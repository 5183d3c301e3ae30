/** Something that lists configurations. */
export interface Subject {
  /** Asks for the page of `size` configurations again and again while `goOn` says so. Each answer has to be checked. */
  readonly lane: (size: number, goOn: () => boolean) => Promise<void>
}

/** Makes a subject that asks the server at `origin`. */
export type Make = (origin: string) => Promise<Subject>

export const projectId = "0123456789abcdef0123456789abcdef"

/** The path of a page. Under `/signed` the server answers signed requests only. */
export const pathOf = (size: number): string => `/v1/${projectId}/hotspot-session-config?limit=${size}&offset=0`

/** An access key of the form that Huawei Cloud's have. */
export const accessKey = "QTWAOYTTINDUT2QVKYUC"
export const secretKey = "MFyfvK41ba2giqM7Uio6PznpdUKGpownRZlmVmHc"

export const repeat =
  (call: (size: number) => Promise<void>): Subject["lane"] =>
  async (size, goOn) => {
    while (goOn()) await call(size)
  }
