import * as Net from "node:net"
import { describe, expect, it } from "@effect/vitest"
import * as DrainingServer from "@hotspot-session/gateway/DrainingServer"
import { Effect } from "effect"

describe("a server", () => {
  it.scoped("that cannot listen says why, and on which address", () =>
    Effect.gen(function* () {
      const make = (port: number) => DrainingServer.make((_, response) => void response.end(), { port })
      const { address } = yield* make(0)
      const error = yield* Effect.flip(make(address.port))
      expect(error.message).toBe(`listen EADDRINUSE: address already in use 127.0.0.1:${address.port}`)
    })
  )
})

describe("responses that are not read", () => {
  it.scopedLive("have at most 128 MiB, beyond which the connections without progress are closed", () =>
    Effect.gen(function* () {
      const body = Buffer.alloc(32 * 1024 * 1024)
      const reasons: Array<string> = []
      const { address } = yield* DrainingServer.make(
        (_, response) => void response.end(body),
        { port: 0, drain: 0 },
        { onClosed: (reason) => void reasons.push(reason) }
      )
      const open: Array<Net.Socket> = []
      const connect = Effect.acquireRelease(
        Effect.sync(() => {
          const socket = Net.connect(address.port, "127.0.0.1", () => socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n"))
          open.push(socket)
          return socket.on("error", () => {})
        }),
        (socket) => Effect.sync(() => socket.destroy())
      )
      yield* Effect.replicateEffect(
        Effect.map(connect, (socket) => socket.pause()),
        10
      )
      yield* Effect.repeat(Effect.sleep("5 millis"), { until: () => reasons.length >= 3 })
      const reader = yield* connect
      let received = 0
      yield* Effect.async<void>((resume) => {
        reader.on("data", (chunk) => {
          received += chunk.length
          if (received > body.length) resume(Effect.void)
        })
      })
      // Of the eleven, those with the last 96 MiB at least are not closed.
      expect(reasons.length).toBeLessThanOrEqual(8)
      expect(new Set(reasons)).toEqual(new Set(["unread"]))
    })
  )
})
