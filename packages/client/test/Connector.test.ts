import * as Net from "node:net"
import * as Tls from "node:tls"
import { afterAll, beforeAll, describe, expect, it } from "@effect/vitest"
import { Effect, Either, Exit, Scope } from "effect"
import * as Connector from "../src/node/Connector.js"
import { hasOpenssl, makeAuthority } from "./authority.js"

/** Servers on the same port of several loopback addresses, each with its own behaviour. */
type Behaviour = "accepts" | "refuses" | "ignores" | { readonly handshakeAfter: number }

const listen = (server: Net.Server, host: string, port: number) =>
  Effect.acquireRelease(
    Effect.async<Net.Server, Error>((resume) => {
      server.once("error", (error) => resume(Effect.fail(error)))
      server.listen(port, host, () => resume(Effect.succeed(server)))
    }),
    (server) => Effect.sync(() => server.close())
  )

const portOf = (server: Net.Server) => (server.address() as Net.AddressInfo).port

/** Addresses that nothing responds at: those of the documentation's network are not routed. */
const blackhole = "192.0.2.1"

const hasIpv6 =
  (await Effect.runPromise(Effect.either(Effect.scoped(listen(Net.createServer(), "::1", 0)))))._tag === "Right"

const settled = (connecting: Promise<Net.Socket>) =>
  Effect.flatten(Effect.promise(() => connecting.then(Either.right, Either.left<unknown>)))

describe.skipIf(!hasOpenssl)("a connection", () => {
  const scope = Effect.runSync(Scope.make())
  let authority: Effect.Effect.Success<typeof makeAuthority>
  beforeAll(async () => {
    authority = await Effect.runPromise(Scope.extend(makeAuthority, scope))
  })
  afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)))

  /** A TLS server at each address. */
  const serve = (behaviours: Readonly<Record<string, Behaviour>>) =>
    Effect.gen(function* () {
      let port = 0
      for (const [host, behaviour] of Object.entries(behaviours)) {
        if (behaviour === "refuses") continue
        const secure = Tls.createServer(authority, (socket) => socket.on("error", () => {}))
        const server = Net.createServer((socket) => {
          socket.on("error", () => {})
          if (behaviour === "accepts") secure.emit("connection", socket)
          else if (behaviour !== "ignores")
            setTimeout(() => secure.emit("connection", socket), behaviour.handshakeAfter)
        })
        port = portOf(yield* listen(server, host, port))
      }
      return port
    })

  // One connector, because the authorities take long to read.
  let resolved: ReadonlyArray<string> = []
  const connectorOf = (connectTimeoutMillis: number) =>
    Connector.make({
      connectTimeoutMillis,
      proxy: undefined,
      trusted: { ca: [authority.ca], environment: undefined },
      lookup: async () => resolved
    })
  let connector: Connector.Connector | undefined

  const connect = (addresses: ReadonlyArray<string>, port: number, connectTimeoutMillis?: number) =>
    Effect.gen(function* () {
      resolved = addresses
      connector ??= connectorOf(10_000)
      const { connect } = connectTimeoutMillis === undefined ? connector : connectorOf(connectTimeoutMillis)
      const socket = yield* Effect.acquireRelease(
        settled(connect({ protocol: "https:", hostname: "localhost", port: String(port) })),
        (socket) => Effect.sync(() => socket.destroy())
      )
      return socket.remoteAddress
    }).pipe(Effect.scoped)

  const cases: ReadonlyArray<readonly [name: string, behaviours: Record<string, Behaviour>, expected: string]> = [
    ["is made to the first address", { "127.0.0.1": "accepts", "127.0.0.2": "ignores" }, "127.0.0.1"],
    ["skips an address that refuses", { "127.0.0.2": "refuses", "127.0.0.1": "accepts" }, "127.0.0.1"],
    ["skips an address that never starts TLS", { "127.0.0.2": "ignores", "127.0.0.1": "accepts" }, "127.0.0.1"],
    [
      "waits for an address whose handshake is slower than Node's limit of 250 ms",
      { "127.0.0.1": { handshakeAfter: 400 }, "127.0.0.2": "ignores" },
      "127.0.0.1"
    ],
    [
      "takes the last of several",
      { "127.0.0.2": "refuses", "127.0.0.3": "refuses", "127.0.0.4": "accepts" },
      "127.0.0.4"
    ]
  ]
  for (const [name, behaviours, expected] of cases) {
    it.live(name, () =>
      Effect.gen(function* () {
        const port = yield* serve(behaviours)
        expect(yield* connect(Object.keys(behaviours), port)).toBe(expected)
      }).pipe(Effect.scoped)
    )
  }

  it.live("skips an address that nothing responds at", () =>
    Effect.gen(function* () {
      const port = yield* serve({ "127.0.0.1": "accepts" })
      expect(yield* connect([blackhole, "127.0.0.1"], port)).toBe("127.0.0.1")
    }).pipe(Effect.scoped)
  )

  it.live.skipIf(!hasIpv6)("is made where only one family is connected", () =>
    Effect.gen(function* () {
      // 100::/64 is the prefix that discards.
      const only6 = yield* serve({ "::1": "accepts" })
      expect(yield* connect([blackhole, "192.0.2.2", "100::1", "::1"], only6)).toBe("::1")
      const only4 = yield* serve({ "127.0.0.1": "accepts" })
      expect(yield* connect(["100::1", "100::2", "127.0.0.1"], only4)).toBe("127.0.0.1")
    }).pipe(Effect.scoped)
  )

  it.live("that no address accepts fails within the limit, names them, and is not sent", () =>
    Effect.gen(function* () {
      const port = yield* serve({ "127.0.0.1": "ignores", "127.0.0.2": "ignores" })
      const error = yield* Effect.flip(connect(["127.0.0.1", "127.0.0.2"], port, 300))
      expect(error).toMatchObject({
        code: "ETIMEDOUT",
        isSent: false,
        message: `no connection to localhost:${port} within 300ms: none of 127.0.0.1, 127.0.0.2 is ready`
      })
      const refused = yield* Effect.flip(connect(["127.0.0.3", "127.0.0.4"], port))
      expect(refused).toMatchObject({ isSent: false, errors: [{ code: "ECONNREFUSED" }, { code: "ECONNREFUSED" }] })
    }).pipe(Effect.scoped)
  )

  it.live("whose name is not resolved fails within the limit", () =>
    Effect.gen(function* () {
      const connector = Connector.make({
        connectTimeoutMillis: 50,
        proxy: undefined,
        trusted: { ca: [], environment: undefined },
        lookup: () => new Promise(() => {})
      })
      const connecting = settled(connector.connect({ protocol: "http:", hostname: "slow.example", port: "" }))
      expect(yield* Effect.flip(connecting)).toMatchObject({
        code: "ETIMEDOUT",
        message: "no connection to slow.example:80 within 50ms: slow.example is not resolved"
      })
    })
  )
})
