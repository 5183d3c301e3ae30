import { runInNewContext } from "node:vm"
import { describe, expect, it } from "@effect/vitest"
import { failureOfCause } from "../src/TransportFailure.js"

describe("an error of another realm, such as one of Node.js in a test of Jest", () => {
  it.each([
    ["itself", "refused"],
    ["as a cause", "new TypeError('fetch failed', { cause: refused })"],
    ["in an AggregateError", "new AggregateError([refused, new Error('other')])"]
  ])("is known %s", (_, code) => {
    const refused = "const refused = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })"
    const error: unknown = runInNewContext(`${refused}; ${code}`)
    expect(error).not.toBeInstanceOf(Error)
    expect(failureOfCause(error, {})).toMatchObject({
      reason: "connect",
      code: "ECONNREFUSED",
      detail: "connect",
      isSent: false
    })
  })
})
