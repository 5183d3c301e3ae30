import type * as Http from "node:http"
import type * as Net from "node:net"

/** An agent that can be told how to connect, which Node's types leave out. */
interface Connecting extends Http.Agent {
  createConnection(
    options: Http.ClientRequestArgs,
    callback?: (error: Error | null, stream: Net.Socket) => void
  ): Net.Socket
}

/**
 * Makes an agent give up connections that are not there in time, TLS handshake included. Node has no such setting: its
 * `timeout` watches for silence and does not end anything.
 */
export const withConnectTimeout = <Agent extends Http.Agent>(
  agent: Agent,
  millis: number,
  ready: "connect" | "secureConnect"
): Agent => {
  // Longer than Node's timers can wait, 24 days, is no limit; they would take it for 1 ms.
  if (millis > 2_147_483_647) return agent
  const connecting = agent as Agent & Connecting
  const connect = connecting.createConnection.bind(connecting)
  connecting.createConnection = (options, callback) => {
    const socket = connect(options, callback)
    const timer = setTimeout(() => {
      socket.destroy(Object.assign(new Error(`no connection within ${millis} ms`), { code: "ETIMEDOUT" }))
    }, millis)
    const clear = () => clearTimeout(timer)
    socket.once(ready, clear).once("close", clear)
    return socket
  }
  return connecting
}
