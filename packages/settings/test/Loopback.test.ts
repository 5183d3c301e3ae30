import { describe, expect, it } from "@effect/vitest"
import { isLoopback } from "../src/Loopback.js"

describe("loopback hosts", () => {
  it.each(["localhost", "LOCALHOST", "localhost.", "a.localhost", "127.0.0.1", "127.9.9.9", "[::1]"])("%s", (host) => {
    expect(isLoopback(host)).toBe(true)
  })

  it.each(["", "evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "10.0.0.1", "0.0.0.0", "[::]"])(
    "not %j",
    (host) => {
      expect(isLoopback(host)).toBe(false)
    }
  )
})
