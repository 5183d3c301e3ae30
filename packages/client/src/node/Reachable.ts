import * as Net from "node:net"
import * as Effect from "effect/Effect"

/** Milliseconds. The metadata service is on the host of an ECS; elsewhere its address often leads nowhere. */
const timeout = 1_000

/** Connects to the host and port of a URL. Fails with the reason if there is no connection within a second. */
export const connect = (url: URL): Effect.Effect<void, string> =>
  Effect.async<void, string>((resume) => {
    const port = Number(url.port || (url.protocol === "https:" ? 443 : 80))
    const socket = Net.connect({ host: url.hostname.replace(/^\[|\]$/g, ""), port })
    const end = (effect: Effect.Effect<void, string>) => {
      socket.destroy()
      resume(effect)
    }
    socket
      .setTimeout(timeout)
      .once("connect", () => end(Effect.void))
      .once("timeout", () => end(Effect.fail("no connection within 1s")))
      .once("error", (error) => end(Effect.fail(`no connection: ${error.message}`)))
    return Effect.sync(() => socket.destroy())
  })
