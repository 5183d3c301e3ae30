// A server to compare with the gateway: it has the page in memory, or requests it. Sends its port to the parent.
import { randomUUID } from "node:crypto"
import { createWriteStream } from "node:fs"
import * as Http from "node:http"
import type { AddressInfo } from "node:net"
import { devNull } from "node:os"
import { fastify } from "fastify"
import { request } from "undici"
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

/** The origin that `proxy` requests pages from. */
const upstream = process.argv[3]

/** The gateway's headers, all but the ID the same each time. */
const headers = {
  "content-type": "application/json",
  "content-length": body.length,
  "cache-control": "private, max-age=10, stale-while-revalidate=60, stale-if-error=3600",
  etag: '"a9b84e044dc3e16e29e82064a51e33e4"',
  age: "0",
  "x-cache": "hit",
  vary: "X-Auth-Token, X-Api-Key, Authorization",
  "x-content-type-options": "nosniff",
  "ratelimit-limit": 600,
  "ratelimit-remaining": 599,
  "ratelimit-reset": 1,
  "ratelimit-policy": "600;w=60"
}
const log = createWriteStream(devNull)
/** Written as the gateway writes them, many at a time. */
let lines: Array<string> = []

const listeners: Record<string, () => Promise<Http.Server>> = {
  node: async () =>
    Http.createServer((_, response) =>
      response.writeHead(200, { "content-type": "application/json", "content-length": body.length }).end(body)
    ),
  nodeHeaders: async () =>
    Http.createServer((incoming, response) => {
      const id = randomUUID()
      response.writeHead(200, { ...headers, "x-request-id": id }).end(body)
      lines.push(`${JSON.stringify({ time: new Date(), path: incoming.url, status: 200, request_id: id })}\n`)
      if (lines.length < 256) return
      log.write(lines.join(""))
      lines = []
    }),
  proxy: async () =>
    Http.createServer(async (incoming, response) => {
      const page = await request(`${upstream}${incoming.url}`, {
        headers: { "x-auth-token": incoming.headers["x-auth-token"] ?? "" }
      })
      const bytes = Buffer.from(await page.body.arrayBuffer())
      response
        .writeHead(page.statusCode, { "content-type": "application/json", "content-length": bytes.length })
        .end(bytes)
    }),
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
