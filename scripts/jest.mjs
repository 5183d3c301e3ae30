// Runs a test of the packed libraries with Jest, as docs/library.md describes it. Jest is not installed here, because nothing
// else needs it. Uses the tarballs in the folder given as the first argument, or packs new ones. Requires a build.
import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { installRuntime } from "./consumer.mjs"
import { withTarballs } from "./pack.mjs"

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const jest = "jest@30.5.2"

const config = { testMatch: ["**/*.test.mjs"], moduleFileExtensions: ["mjs", "js", "cjs", "json"], transform: {} }

const test = `
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Credentials, HotspotSession, RetryPolicy, ServiceUnavailable } from "@hotspot-session/client"
import { NodeHotspotSession } from "@hotspot-session/client/node"
import { connect, fromLayer } from "@hotspot-session/client/promise"
import { Demo, Emulator } from "@hotspot-session/emulator"
import { Effect, Exit, Layer, Redacted, Scope } from "effect"

const scope = Effect.runSync(Scope.make())
const retry = RetryPolicy.none
let emulator
let client
beforeAll(async () => {
  emulator = await Effect.runPromise(Scope.extend(Emulator.make({ count: 5 }), scope))
  client = await connect({ endpoint: emulator.endpoint, retry, credentials: { token: Demo.token } })
})
afterAll(async () => {
  await client.close()
  await Effect.runPromise(Scope.close(scope, Exit.void))
})

test("lists", async () => {
  expect((await client.listHotspotSessionConfig({ project_id: Demo.projectId })).items).toHaveLength(5)
})
test("rejects", async () => {
  await Effect.runPromise(emulator.inject([{ kind: "status", status: 503, times: 1 }]))
  await expect(client.listHotspotSessionConfig({ project_id: Demo.projectId })).rejects.toThrow(ServiceUnavailable)
})

// The errors of Node.js are not instances of the Error of a test.
const clients = {
  fetch: (endpoint) => connect({ endpoint, retry, credentials: { token: Demo.token } }),
  ...Object.fromEntries(
    Object.entries({ undici: NodeHotspotSession.layerUndici(), "node:http": NodeHotspotSession.layerHttpClient() }).map(
      ([name, http]) => [
        name,
        (endpoint) =>
          fromLayer(
            HotspotSession.layer({ endpoint, retry }).pipe(
              Layer.provide([http, Credentials.layerToken(Redacted.make(Demo.token))])
            )
          )
      ]
    )
  )
}
const closedEndpoint = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address()
      server.close(() => resolve("http://127.0.0.1:" + port))
    })
  })
const create = {
  project_id: Demo.projectId,
  hotspot_session_migration_enable: true,
  hotspot_exit_session_num: 1
}
describe.each(Object.keys(clients))("over %s", (name) => {
  test("knows a connection that is refused", async () => {
    const refused = await clients[name](await closedEndpoint())
    const rejection = { reason: "connect", code: "ECONNREFUSED", outcome: "not_done" }
    await expect(refused.createHotspotSessionConfig(create)).rejects.toMatchObject(rejection)
    await refused.close()
  })
  test("knows a connection that is reset", async () => {
    const reset = await clients[name](emulator.endpoint)
    await Effect.runPromise(emulator.inject([{ kind: "reset", times: 1 }]))
    const rejection = { reason: "reset", outcome: "unknown" }
    await expect(reset.createHotspotSessionConfig(create)).rejects.toMatchObject(rejection)
    await reset.close()
  })
})
test("finds the credentials of the machine without files", async () => {
  const home = join(tmpdir(), "hotspot-session-no-home")
  Object.assign(process.env, { HOME: home, USERPROFILE: home, HOTSPOT_SESSION_METADATA_ENDPOINT: emulator.endpoint })
  const machine = await fromLayer(NodeHotspotSession.layerMachine({ endpoint: emulator.endpoint, retry }))
  expect((await machine.listHotspotSessionConfig({ project_id: Demo.projectId })).items).toHaveLength(5)
  await machine.close()
})
`

await withTarballs(async (tarballs) => {
  const folder = mkdtempSync(join(tmpdir(), "hotspot-session-jest-"))
  try {
    installRuntime(folder, { root, tarballs })
    writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, jest: config }))
    writeFileSync(join(folder, "client.test.mjs"), test)
    const windows = process.platform === "win32"
    const { status } = spawnSync(
      windows ? "npx.cmd" : "npx",
      ["-y", "--package", jest, "--", "jest", "--rootDir", "."],
      {
        cwd: folder,
        stdio: "inherit",
        env: { ...process.env, NODE_OPTIONS: "--experimental-vm-modules" },
        shell: windows
      }
    )
    process.exitCode = status ?? 1
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
