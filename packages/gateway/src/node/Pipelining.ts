import * as Http from "node:http"
import type * as Net from "node:net"

/** How many complete requests may wait on a connection for the response to the one before them. */
export const maxWaitingRequests = 16

/**
 * Node parses and announces all requests of up to 64 KiB that it has read at once, and nothing pauses it: hundreds of
 * connections with hundreds of requests each would stop the process for many seconds. It stops parsing only at a request
 * that upgrades the connection. These messages claim to be one as soon as their connection is full, so that the server
 * emits `upgrade` or `connect` for the first request too many, and reads no more. Real requests to upgrade and for a tunnel
 * are served like others, as the last ones of their connection.
 */
export const messageClass = (isFull: (socket: Net.Socket) => boolean): typeof Http.IncomingMessage => {
  class Message extends Http.IncomingMessage {
    // Node's constructor and parser set it.
    set upgrade(_: boolean | null) {}

    get upgrade(): boolean {
      return isFull(this.socket)
    }
  }
  return Message
}
