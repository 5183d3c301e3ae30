import type * as Http from "node:http"
import type * as Net from "node:net"
import { maxTimerMillis } from "../TimeLimit.js"
import { markUnsent } from "../TransportFailure.js"

/** An agent with its `createConnection`, which Node's types omit. */
interface Connecting extends Http.Agent {
  createConnection(
    options: Http.ClientRequestArgs,
    callback?: (error: Error | null, stream: Net.Socket) => void
  ): Net.Socket
}

/**
 * Adds a time limit for connecting to an agent, TLS handshake included. Node has no such setting: its `timeout` only reports
 * inactivity and closes nothing.
 */
export const withConnectTimeout = <Agent extends Http.Agent>(
  agent: Agent,
  millis: number,
  ready: "connect" | "secureConnect"
): Agent => {
  if (millis > maxTimerMillis) return agent
  const connecting = agent as Agent & Connecting
  const connect = connecting.createConnection.bind(connecting)
  connecting.createConnection = (options, callback) => {
    const socket = connect(options, callback)
    const timer = setTimeout(() => {
      socket.destroy(Object.assign(new Error(`no connection within ${millis} ms`), { code: "ETIMEDOUT" }))
    }, millis)
    const clear = () => clearTimeout(timer)
    socket.once("error", markUnsent)
    socket.once(ready, () => socket.off("error", markUnsent))
    socket.once(ready, clear).once("close", clear)
    return socket
  }
  return connecting
}
