// A minimal replacement for the service on node:http, in a separate process. Sends its port to the parent.
import * as Http from "node:http"
import type { AddressInfo } from "node:net"
import { configOf, pageBytes } from "./SamplePage.js"

/** Under /fleet, each project has one configuration with 20 users. */
const fleetUsers = Array.from({ length: 20 }, (_, index) => ({
  user_id: index.toString(16).padStart(32, "a"),
  user_name: `user-${index}`
}))
const fleetBody = (path: string): Buffer => {
  const project_id = path.split("/")[3]
  return Buffer.from(
    JSON.stringify(
      path.endsWith("/non-migration-users")
        ? { total_count: fleetUsers.length, non_migrate_users: fleetUsers }
        : { items: [{ ...configOf(0), project_id, non_migrate_users: fleetUsers }] }
    )
  )
}

/** Those under /fleet since they were last asked for at /requested. */
const requested: Array<string> = []

const prebuilt = new Map([1, 100].map((size) => [size, pageBytes(0, size)]))

const server = Http.createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  const [path = "", search = ""] = (request.url ?? "").split("?")
  if (path.startsWith("/signed/") && !request.headers.authorization?.startsWith("SDK-HMAC-SHA256 Access=")) {
    response.writeHead(401).end()
    return
  }
  const query = new URLSearchParams(search)
  const limit = Number(query.get("limit") ?? 10)
  // /endless/1000000/… has that many configurations, generated page by page.
  const count = /^\/endless\/(\d+)\//.exec(path)?.[1]
  const offset = Number(query.get("offset") ?? 0)
  const bodyOf = (): Buffer => {
    if (path === "/requested") return Buffer.from(JSON.stringify(requested.splice(0)))
    if (path.startsWith("/fleet/")) {
      requested.push(request.url ?? "")
      return fleetBody(path)
    }
    return count === undefined
      ? (prebuilt.get(limit) ?? pageBytes(0, limit))
      : pageBytes(offset, Math.max(0, Math.min(limit, Number(count) - offset)))
  }
  const body = bodyOf()
  response
    .writeHead(200, {
      "content-type": "application/json",
      "content-length": body.length,
      "x-request-id": "0123456789abcdef0123456789abcdef"
    })
    .end(body)
})

server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port))
process.on("disconnect", () => process.exit())
