// Serves what programs over the packed libraries call: the emulator, and servers that fail. Prints where it is as JSON, and runs until its input ends.
import { execFileSync } from "node:child_process"
import { once } from "node:events"
import { readFileSync } from "node:fs"
import { createServer } from "node:http"
import { createServer as createTlsServer } from "node:https"
import { createServer as createTcpServer } from "node:net"
import { Emulator } from "@hotspot-session/emulator"
import { Effect, Exit, Scope } from "effect"

const addressOf = async (server) => {
  await once(server.listen(0, "127.0.0.1"), "listening")
  return `127.0.0.1:${server.address().port}`
}

const closedAddress = async () => {
  const server = createTcpServer()
  const address = await addressOf(server)
  server.close()
  return address
}

/** Absent without openssl, because Node cannot issue certificates. */
const untrusted = async () => {
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", "key.pem"]
  try {
    execFileSync("openssl", ["req", "-x509", ...key, "-out", "cert.pem", "-subj", "/CN=localhost", "-days", "2"], {
      stdio: "pipe"
    })
  } catch {
    return undefined
  }
  const server = createTlsServer({ key: readFileSync("key.pem"), cert: readFileSync("cert.pem") })
  return `https://${await addressOf(server)}`
}

const scope = Effect.runSync(Scope.make())
const { endpoint } = await Effect.runPromise(Scope.extend(Emulator.make({ count: 25 }), scope))
const redirecting = createServer((_, response) => response.writeHead(302, { location: endpoint }).end())
const silent = createTcpServer((socket) => socket.on("error", () => {}))

const addresses = {
  endpoint,
  refused: `http://${await closedAddress()}`,
  silent: `http://${await addressOf(silent)}`,
  redirecting: `http://${await addressOf(redirecting)}`,
  untrusted: await untrusted()
}
process.stdout.write(`${JSON.stringify(addresses)}\n`)
await once(process.stdin.resume(), "end")
await Effect.runPromise(Scope.close(scope, Exit.void))
process.exit()
