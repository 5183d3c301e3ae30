import { describe, expect, it } from "@effect/vitest"
import { Effect, FastCheck } from "effect"
import * as TrustedProxies from "../src/node/TrustedProxies.js"
import { client, contractPath, makeGateway, makeUpstream, ownCredentials, page, send } from "./support.js"

describe("TrustedProxies", () => {
  it("accept addresses and networks only", () => {
    const valid = ["10.0.0.0/8", "192.0.2.1", "0.0.0.0/0", "fd00::/8", "::1", "::ffff:10.0.0.0/104"]
    const invalid = ["", "10.0.0.0/33", "10.0.0/8", "fd00::/129", "localhost", "10.0.0.0/", "::ffff:10.0.0.0/8", "a/8"]
    expect(valid.filter((text) => !TrustedProxies.isNetwork(text))).toEqual([])
    expect(invalid.filter(TrustedProxies.isNetwork)).toEqual([])
  })

  const cases: ReadonlyArray<readonly [proxies: string, remote: string, header: string | undefined, client: string]> = [
    ["", "192.0.2.1", "203.0.113.9", "192.0.2.1"],
    ["", "::ffff:192.0.2.1", undefined, "192.0.2.1"],
    ["10.0.0.0/8", "192.0.2.1", "203.0.113.9", "192.0.2.1"],
    ["10.0.0.0/8", "10.1.2.3", undefined, "10.1.2.3"],
    ["10.0.0.0/8", "10.1.2.3", "203.0.113.9", "203.0.113.9"],
    ["10.0.0.0/8", "::ffff:10.1.2.3", "203.0.113.9", "203.0.113.9"],
    ["::ffff:10.0.0.0/104", "10.1.2.3", "203.0.113.9", "203.0.113.9"],
    ["10.0.0.0/8", "10.1.2.3", "198.51.100.7, 203.0.113.9", "203.0.113.9"],
    ["10.0.0.0/8", "10.1.2.3", "198.51.100.7, 203.0.113.9 ,10.9.9.9", "203.0.113.9"],
    ["10.0.0.0/8", "10.1.2.3", "10.7.7.7,10.9.9.9", "10.7.7.7"],
    ["10.0.0.0/8", "10.1.2.3", "203.0.113.9, unknown, 10.9.9.9", "10.9.9.9"],
    ["10.0.0.0/8", "10.1.2.3", "203.0.113.9,", "10.1.2.3"],
    ["10.0.0.0/8", "10.1.2.3", "", "10.1.2.3"],
    ["10.0.0.0/8", "10.1.2.3", "203.0.113.9:4711", "203.0.113.9"],
    ["10.0.0.0/8", "10.1.2.3", "[2001:DB8:0:0::9]:4711", "2001:db8::9"],
    ["10.0.0.0/8", "10.1.2.3", "::ffff:cb00:7109", "203.0.113.9"],
    ["fd00::/8,::1", "fd12::1", "2001:db8::9, ::1", "2001:db8::9"]
  ]

  it.each(cases)(
    "with %j, a request from %s with X-Forwarded-For %j is from %4$s",
    (proxies, remote, header, client) => {
      const list = proxies === "" ? [] : proxies.split(",")
      expect(TrustedProxies.make(list)(remote, header)).toBe(client)
    }
  )

  it.prop("never believe an entry that a client has sent", [FastCheck.string()], ([invented]) => {
    const clientAddress = TrustedProxies.make(["10.0.0.0/8"])
    expect(clientAddress("10.1.2.3", `${invented},203.0.113.9`)).toBe("203.0.113.9")
    expect(clientAddress("203.0.113.9", invented)).toBe("203.0.113.9")
  })

  it.scopedLive("give the client's address to the access log and to the limit of wrong keys", () =>
    Effect.gen(function* () {
      const upstream = yield* makeUpstream(() => page())
      const { logs, url } = yield* makeGateway(client(upstream.endpoint, {}, ownCredentials), {
        credentials: "own",
        apiKeys: ["ab".repeat(32)],
        trustedProxies: ["127.0.0.1"]
      })
      const statusFor = (address: string) =>
        Effect.map(
          send(`${url}${contractPath}`, { headers: { "x-api-key": "guess", "x-forwarded-for": address } }),
          ({ status }) => status
        )
      const statuses = yield* Effect.forEach(Array.from({ length: 21 }), () => statusFor("1.1.1.1, 203.0.113.9"))
      expect(statuses.at(-1)).toBe(429)
      expect(yield* statusFor("203.0.113.9, 203.0.113.10")).toBe(401)
      expect(logs.map((line) => JSON.parse(line).client_address).slice(-2)).toEqual(["203.0.113.9", "203.0.113.10"])
    })
  )
})
