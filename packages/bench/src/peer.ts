// What the gateway's hits are measured against: a server that has the page in memory. Says on which port it listens.
import * as Http from "node:http"
import type { AddressInfo } from "node:net"
import { fastify } from "fastify"
import { pageBytes } from "./SamplePage.js"

const body = pageBytes(0, 100)
const page: unknown = JSON.parse(body.toString())
const path = "/v1/:project_id/hotspot-session-config"

const user = { type: "object", properties: { user_id: { type: "string" }, user_name: { type: "string" } } }
const config = {
  type: "object",
  properties: {
    id: { type: "string" },
    project_id: { type: "string" },
    hotspot_session_migration_enable: { type: "boolean" },
    hotspot_exit_session_num: { type: "integer" },
    non_migrate_users: { type: "array", items: user }
  }
}
const response = { 200: { type: "object", properties: { items: { type: "array", items: config } } } }

const listeners: Record<string, () => Promise<Http.Server>> = {
  node: async () =>
    Http.createServer((_, response) =>
      response.writeHead(200, { "content-type": "application/json", "content-length": body.length }).end(body)
    ),
  fastifyBytes: async () => {
    const app = fastify()
    app.get(path, (_, reply) => reply.type("application/json").send(body))
    await app.ready()
    return app.server
  },
  fastifySchema: async () => {
    const app = fastify()
    app.get(path, { schema: { response } }, async () => page)
    await app.ready()
    return app.server
  }
}

const server = await listeners[process.argv[2] ?? ""]?.()
server?.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port))
process.on("disconnect", () => process.exit())
