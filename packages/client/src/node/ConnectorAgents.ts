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

/**
 * Lets `connect` open an agent's connections. Node counts a connection only when it is open, so until then requests beyond
 * `maxSockets` have to wait here.
 */
const withConnections = <Agent extends Http.Agent>(
  agent: Agent,
  connect: (options: ConnectionOptions) => Promise<Net.Socket>
): Agent & Internals => {
  const internals = agent as Agent & Internals
  const opening = new Map<string, number>()
  let waiting: ReadonlyArray<() => void> = []
  // The start of the name that Node gives to the connections of a host.
  const keyOf = ({ host, port }: ConnectionOptions) => `${host}:${port}:`
  const addOpening = (key: string, more: number) => void opening.set(key, (opening.get(key) ?? 0) + more)
  const proceed = () => {
    const added = waiting
    waiting = []
    for (const add of added) add()
  }

  agent.createConnection = (options, callback) => {
    const key = keyOf(options)
    addOpening(key, 1)
    const end = (report: () => void) => {
      addOpening(key, -1)
      report()
      proceed()
    }
    connect(options).then(
      (socket) => end(() => callback?.(null, socket)),
      // Node's types require a socket, which there is none of.
      (error) => end(() => callback?.(error, undefined as never))
    )
    return undefined
  }

  const addRequest = internals.addRequest.bind(agent)
  internals.addRequest = (request, options) => {
    const key = keyOf(options)
    const pending = opening.get(key) ?? 0
    const mustWait =
      pending > 0 && countOf(agent.freeSockets, key) === 0 && pending + countOf(agent.sockets, key) >= agent.maxSockets
    if (mustWait) waiting = [...waiting, () => internals.addRequest(request, options)]
    else addRequest(request, options)
  }
  agent.on("free", proceed)
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
  return {
    get http() {
      opened.http ??= httpAgent(options, connector, isDirect)
      return opened.http
    },
    // Created lazily, because few programs need both and TLS is slow to load.
    get https() {
      opened.https ??= withConnections(new Https.Agent(options), (options) =>
        connector.connect(destinationOf("https:", options), { isDirect })
      )
      return opened.https
    },
    destroy() {
      opened.http?.destroy()
      opened.https?.destroy()
    }
  } as const
}
