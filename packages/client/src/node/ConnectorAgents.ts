import * as Http from "node:http"
import * as Https from "node:https"
import type * as Net from "node:net"
import { authorityOf } from "@hotspot-session/core/Authority"
import * as Redacted from "effect/Redacted"
import type { Destination } from "../Proxy.js"
import type { Connector } from "./Connector.js"

interface ConnectionOptions {
  readonly host?: string | null | undefined
  readonly port?: number | string | null | undefined
}

/** An agent with what Node's types omit. */
interface Internals {
  addRequest(request: Http.ClientRequest, options: ConnectionOptions): void
}

const destinationOf = (protocol: "http:" | "https:", { host, port }: ConnectionOptions): Destination => ({
  protocol,
  hostname: host ?? "localhost",
  port: String(port ?? "")
})

/** How many sockets an agent has for a host, among the busy or the free ones. */
const countOf = (sockets: NodeJS.ReadOnlyDict<ReadonlyArray<unknown>>, key: string): number =>
  Object.entries(sockets).reduce((count, [name, { length } = []]) => (name.startsWith(key) ? count + length : count), 0)

const closed = () => Object.assign(new Error("its connections are closed"), { code: "ERR_CLIENT_CLOSED" })

/**
 * Lets `connect` open an agent's connections. Node counts a connection only when it is open, so until then requests beyond
 * `maxSockets` have to wait here.
 */
const withConnections = <Agent extends Http.Agent>(
  agent: Agent,
  connect: (options: ConnectionOptions) => Promise<Net.Socket>
): Agent & Internals => {
  const internals = agent as Agent & Internals
  const addRequest = internals.addRequest.bind(agent)
  const destroy = agent.destroy.bind(agent)
  const opening = new Map<string, number>()
  const waiting = new Map<string, Array<() => void>>()
  let isClosed = false
  // The start of the name that Node gives to the connections of a host.
  const keyOf = ({ host, port }: ConnectionOptions) => `${host}:${port}:`
  const addOpening = (key: string, more: number) => void opening.set(key, (opening.get(key) ?? 0) + more)
  const mustWait = (key: string): boolean => {
    const pending = isClosed ? 0 : (opening.get(key) ?? 0)
    return (
      pending > 0 && countOf(agent.freeSockets, key) === 0 && pending + countOf(agent.sockets, key) >= agent.maxSockets
    )
  }
  const proceed = (key: string) => {
    const queue = waiting.get(key) ?? []
    while (queue.length > 0 && !mustWait(key)) queue.shift()?.()
    if (queue.length === 0) waiting.delete(key)
  }

  agent.createConnection = (options, callback) => {
    const key = keyOf(options)
    addOpening(key, 1)
    const end = (report: () => void) => {
      addOpening(key, -1)
      report()
      proceed(key)
    }
    // Node's types require a socket, which there is none of.
    const fail = (error: Error) => end(() => callback?.(isClosed ? closed() : error, undefined as never))
    if (isClosed) fail(closed())
    else {
      connect(options).then((socket) => {
        if (!isClosed) return end(() => callback?.(null, socket))
        socket.destroy()
        fail(closed())
      }, fail)
    }
    return undefined
  }

  internals.addRequest = (request, options) => {
    const key = keyOf(options)
    if (!mustWait(key)) return addRequest(request, options)
    const add = () => addRequest(request, options)
    const queue = waiting.get(key)
    if (queue === undefined) waiting.set(key, [add])
    else queue.push(add)
  }
  agent.on("free", (_, options) => proceed(keyOf(options)))

  agent.destroy = () => {
    isClosed = true
    const queued = Object.values(agent.requests).flatMap((requests = []) => requests)
    for (const name of Object.keys(agent.requests)) delete (agent.requests as NodeJS.Dict<unknown>)[name]
    for (const socket of Object.values(agent.sockets).flatMap((sockets = []) => sockets)) socket.destroy(closed())
    destroy()
    // They get connections that fail.
    for (const request of queued) addRequest(request, {})
    for (const key of [...waiting.keys()]) proceed(key)
  }
  return internals
}

/** Requests for `http` URLs are sent to the proxy, with the whole URL. */
const httpAgent = (options: Http.AgentOptions, connector: Connector, isDirect: boolean): Http.Agent => {
  const proxyOf = (options: ConnectionOptions) => {
    const route = connector.routeOf(destinationOf("http:", options))
    return isDirect || route._tag !== "Proxied" ? undefined : route.proxy
  }
  const agent = withConnections(new Http.Agent(options), (options) =>
    proxyOf(options) === undefined
      ? connector.connect(destinationOf("http:", options), { isDirect })
      : connector.connectToHttpProxy()
  )
  const addRequest = agent.addRequest.bind(agent)
  agent.addRequest = (request, options) => {
    const proxy = proxyOf(options)
    if (proxy !== undefined) {
      const host = authorityOf({ host: options.host ?? "localhost", port: Number(options.port) || 80 })
      request.path = `http://${host.replace(/:80$/, "")}${request.path}`
      if (proxy.authorization !== undefined) {
        request.setHeader("proxy-authorization", Redacted.value(proxy.authorization))
      }
    }
    addRequest(request, options)
  }
  return agent
}

/** Agents of `node:http` whose connections are opened by a connector. */
export const make = (options: Http.AgentOptions, connector: Connector, isDirect: boolean) => {
  const opened: { http?: Http.Agent; https?: Https.Agent } = {}
  let isClosed = false
  const opening = <Agent extends Http.Agent>(agent: Agent): Agent => {
    if (isClosed) agent.destroy()
    return agent
  }
  return {
    get http() {
      opened.http ??= opening(httpAgent(options, connector, isDirect))
      return opened.http
    },
    // Created lazily, because few programs need both and TLS is slow to load.
    get https() {
      opened.https ??= opening(
        withConnections(new Https.Agent(options), (options) =>
          connector.connect(destinationOf("https:", options), { isDirect })
        )
      )
      return opened.https
    },
    /** Closes the connections. Requests in progress and all later ones fail. */
    destroy() {
      isClosed = true
      opened.http?.destroy()
      opened.https?.destroy()
    }
  } as const
}
