import { describe, expect, it } from "@effect/vitest"
import { normalizeEnvironment } from "@hotspot-session/client"
import { NodeMachine } from "@hotspot-session/client/node"
import { FastCheck } from "effect"

describe("normalizeEnvironment", () => {
  it("removes blanks and line ends around values, and what is blank", () => {
    const blanks = FastCheck.stringOf(FastCheck.constantFrom(" ", "\t", "\r", "\n"), { maxLength: 3 })
    FastCheck.assert(
      FastCheck.property(FastCheck.string(), blanks, blanks, (value, before, after) => {
        const expected = value.trim() === "" ? {} : { A: value.trim() }
        expect(normalizeEnvironment({ A: `${before}${value}${after}`, B: before, C: undefined })).toEqual(expected)
      })
    )
  })

  it("removes the links of Kubernetes' services, which may have the names of settings", () => {
    const link = {
      HOTSPOT_SESSION_HTTP_SERVICE_HOST: "10.96.12.34",
      HOTSPOT_SESSION_HTTP_SERVICE_PORT: "8080",
      HOTSPOT_SESSION_HTTP_PORT_8080_TCP_ADDR: "10.96.12.34"
    }
    for (const url of ["tcp://10.96.12.34:8080", "udp://[fd00::1]:53", "sctp://10.0.0.1:1"]) {
      expect(normalizeEnvironment({ ...link, HOTSPOT_SESSION_HTTP_PORT: url })).toEqual(link)
    }
    expect(normalizeEnvironment({ HOTSPOT_SESSION_HTTP_PORT: "80a", A: "tcp://a" })).toEqual({
      HOTSPOT_SESSION_HTTP_PORT: "80a",
      A: "tcp://a"
    })
  })

  it("applies to the environment of a machine", () => {
    expect(NodeMachine.make({ A: "b\r", B: " " }).environment).toEqual({ A: "b" })
  })
})
