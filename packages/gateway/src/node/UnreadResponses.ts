/** Limits of responses that clients do not read, for which Node has none. */
import type * as Net from "node:net"

/** What is known about the bytes that a client has not read. */
export interface Connection {
  readonly socket: Net.Socket
  /**
   * The end of the written bytes when some of them had not been sent yet, and the time of that check; what had been sent at
   * the last check, and the time of the check that found more sent than the one before it.
   */
  unsent:
    | { readonly position: number; readonly since: number; readonly sent: number; readonly progressAt: number }
    | undefined
}

/** Maximum size of all responses together that clients have not read, in bytes. */
const maxUnsent = 128 * 1024 * 1024

/** How often they are to be checked, in milliseconds. */
export const interval = 250

/**
 * Checks connections: closes those whose client has not read what was written for `responseTimeout` milliseconds, and then,
 * until the others have no more than `maxUnsent`, first those that have made no progress for longest. `onClosed` is called
 * for each.
 */
export const make = <C extends Connection>(
  connections: ReadonlyMap<unknown, C>,
  responseTimeout: number,
  onClosed: () => void
): (() => void) => {
  const close = ({ socket }: C) => {
    onClosed()
    socket.destroy()
  }

  const limit = (waiting: Array<C>, total: number) => {
    let left = total
    waiting.sort((a, b) => (a.unsent?.progressAt ?? 0) - (b.unsent?.progressAt ?? 0))
    for (const connection of waiting) {
      if (left <= maxUnsent) return
      left -= connection.socket.writableLength
      close(connection)
    }
  }

  return () => {
    const now = performance.now()
    const waiting: Array<C> = []
    let total = 0
    for (const connection of connections.values()) {
      const { socket, unsent } = connection
      if (socket.writableLength === 0) {
        connection.unsent = undefined
        continue
      }
      const sent = socket.bytesWritten - socket.writableLength
      if (unsent === undefined || sent >= unsent.position) {
        connection.unsent = { position: socket.bytesWritten, since: now, sent, progressAt: now }
      } else if (now - unsent.since >= responseTimeout) {
        close(connection)
        continue
      } else if (sent > unsent.sent) connection.unsent = { ...unsent, sent, progressAt: now }
      waiting.push(connection)
      total += socket.writableLength
    }
    if (total > maxUnsent) limit(waiting, total)
  }
}
