/** The request bodies that are in memory, by their declared sizes. */
export interface BodyMemory {
  /** Counts a body until the returned function is called; `undefined` if it would exceed a maximum. */
  readonly hold: (callerId: string, bytes: number) => (() => void) | undefined
  /** The size of all bodies in bytes. */
  readonly size: () => number
}

/** Maximum size of all request bodies together, in bytes. */
export const maxTotal = 32 * 1024 * 1024

/** Maximum size of the bodies of one caller together, in bytes, so that no caller takes what others need. */
export const maxPerCaller = 8 * 1024 * 1024

export const make = (): BodyMemory => {
  const sizes = new Map<string, number>()
  let total = 0

  const add = (callerId: string, bytes: number) => {
    total += bytes
    const size = (sizes.get(callerId) ?? 0) + bytes
    if (size === 0) sizes.delete(callerId)
    else sizes.set(callerId, size)
  }

  return {
    hold: (callerId, bytes) => {
      if (total + bytes > maxTotal || (sizes.get(callerId) ?? 0) + bytes > maxPerCaller) return undefined
      add(callerId, bytes)
      let isHeld = true
      return () => {
        if (isHeld) add(callerId, -bytes)
        isHeld = false
      }
    },
    size: () => total
  }
}
