// The service, as fast as node:http can be it, in a process of its own. Says on which port it listens.
import * as Http from "node:http"
import type { AddressInfo } from "node:net"
import { pageBytes } from "./SamplePage.js"

const prebuilt = new Map([1, 100].map((size) => [size, pageBytes(0, size)]))

const server = Http.createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  const [path = "", search = ""] = (request.url ?? "").split("?")
  if (path.startsWith("/signed/") && !request.headers.authorization?.startsWith("SDK-HMAC-SHA256 Access=")) {
    response.writeHead(401).end()
    return
  }
  const query = new URLSearchParams(search)
  const limit = Number(query.get("limit") ?? 10)
  // /endless/1000000/… has that many configurations, made page by page.
  const count = /^\/endless\/(\d+)\//.exec(path)?.[1]
  const offset = Number(query.get("offset") ?? 0)
  const body =
    count === undefined
      ? (prebuilt.get(limit) ?? pageBytes(0, limit))
      : pageBytes(offset, Math.max(0, Math.min(limit, Number(count) - offset)))
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
