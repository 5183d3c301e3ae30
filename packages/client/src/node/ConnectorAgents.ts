import * as Http from "node:http"
import * as Https from "node:https"
import type * as Net from "node:net"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as Redacted from "effect/Redacted"
import { authorityOf, type Destination } from "../Proxy.js"
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

const withConnections = <Agent extends Http.Agent>(
  agent: Agent,
  connect: (options: ConnectionOptions) => Promise<Net.Socket>
): Agent => {
  agent.createConnection = (options, callback) => {
    connect(options).then(
      (socket) => callback?.(null, socket),
      // Node's types require a socket, which there is none of.
      (error) => callback?.(error, undefined as never)
    )
    return undefined
  }
  return agent
}

/** Requests for `http` URLs are sent to the proxy, with the whole URL. */
const httpAgent = (options: Http.AgentOptions, connector: Connector, isDirect: boolean): Http.Agent => {
  const proxyOf = (options: ConnectionOptions) => {
    const route = connector.routeOf(destinationOf("http:", options))
    return isDirect || route._tag !== "Proxied" ? undefined : route.proxy
  }
  const agent = withConnections(new Http.Agent(options) as Http.Agent & Internals, (options) =>
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
    [NodeHttpClient.HttpAgentTypeId]: NodeHttpClient.HttpAgentTypeId,
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
