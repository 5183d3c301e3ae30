import { inspect } from "node:util"
import { describe, expect, it } from "@effect/vitest"
import {
  CredentialsError,
  DecodeError,
  InvalidRequest,
  issuesOf,
  ListHotspotSessionConfigResponse,
  PaginationError,
  ServiceUnavailable,
  statusError,
  TransportError,
  type TransportErrorReason
} from "@hotspot-session/core"
import { Cause, Duration, Either, Schema } from "effect"

const context = {
  operation: "listHotspotSessionConfig",
  method: "GET",
  url: "https://service.example/v1/p/hotspot-session-config?limit=5",
  attempts: 3
}

describe("errors", () => {
  it("have a message with what happened, why, where, and the request ID", () => {
    const error = statusError(503, {
      ...context,
      error_code: "WKS.00050902",
      error_msg: "Service unavailable.",
      request_id: "c3e5",
      retry_after: Duration.seconds(7)
    })
    expect(error.message).toBe(
      "The service is unavailable (503): Service unavailable. [WKS.00050902] (GET https://service.example/v1/p/hotspot-session-config?limit=5, request id c3e5, 3 attempts)"
    )
    expect(error.hint).toContain("Try again later")
    expect(inspect(error)).toContain("ServiceUnavailable: The service is unavailable (503)")
    expect(JSON.parse(JSON.stringify(error))).toMatchObject({
      _tag: "ServiceUnavailable",
      status: 503,
      request_id: "c3e5"
    })
  })

  it("are retryable if another attempt may help", () => {
    const retryable = [...Array(600).keys()].filter((status) => statusError(status, {}).retryable)
    expect(retryable).toEqual([429, 502, 503, 504])
    const reasons: Record<TransportErrorReason, boolean> = {
      dns: false,
      connect: true,
      tls: false,
      proxy: false,
      reset: true,
      timeout: true,
      deadline: false,
      protocol: false,
      size: false,
      encoding: false,
      request: false,
      closed: false,
      unknown: true
    }
    for (const [reason, expected] of Object.entries(reasons)) {
      expect(new TransportError({ reason: reason as TransportErrorReason }).retryable).toBe(expected)
    }
    expect(new TransportError({ reason: "dns", code: "EAI_AGAIN" }).retryable).toBe(true)
    const proxyCodes = ["ECONNREFUSED", "ETIMEDOUT", "EAI_AGAIN", "ENOTFOUND", "ERR_PROXY_SETTING"].concat(
      [400, 403, 407, 429, 500, 501, 502, 503, 504].map((status) => `ERR_PROXY_${status}`)
    )
    expect(proxyCodes.filter((code) => new TransportError({ reason: "proxy", code }).retryable)).toEqual([
      ...["ECONNREFUSED", "ETIMEDOUT", "EAI_AGAIN"],
      ...[429, 500, 502, 503, 504].map((status) => `ERR_PROXY_${status}`)
    ])
    for (const error of [
      new DecodeError({ status: 200, issues: [] }),
      new CredentialsError({ reason: "none" }),
      new InvalidRequest({ issues: [] }),
      new PaginationError({ offset: 0, repeated: 1 })
    ]) {
      expect(error.retryable).toBe(false)
    }
  })

  it("all have a hint", () => {
    for (const status of [302, 400, 401, 403, 404, 405, 413, 429, 500, 502, 503]) {
      expect(statusError(status, {}).hint).toMatch(/^[A-Z].*\.$/)
    }
  })

  it("show their message and hint in JSON, Cause.pretty and util.inspect, with the frames of where they were created", () => {
    const creatingFunction = () => statusError(503, { ...context, error_msg: "Busy." })
    const error = creatingFunction()
    expect(JSON.parse(JSON.stringify(error))).toMatchObject({ message: error.message, hint: error.hint })
    for (const text of [inspect(error), Cause.pretty(Cause.fail(error)), String(error.stack)]) {
      expect(text.split("\n").slice(0, 2)).toEqual([`ServiceUnavailable: ${error.message}`, `    hint: ${error.hint}`])
      expect(text).toContain("at creatingFunction")
    }
    error.stack = "replaced"
    expect(error.stack).toBe("replaced")
    const noCredentials = new CredentialsError({ reason: "none" })
    expect(noCredentials.stack).not.toContain("hint")
    expect(JSON.parse(JSON.stringify(noCredentials))).not.toHaveProperty("hint")
  })

  it("need no argument if all of their fields are optional", () => {
    expect(new ServiceUnavailable()).toEqual(statusError(503))
    expect(new ServiceUnavailable().message).toBe("The service is unavailable (503): no reason given")
  })

  it("list the sources that were searched for credentials", () => {
    const error = new CredentialsError({
      reason: "No credentials were found",
      hint: "Set HOTSPOT_SESSION_AUTH_TOKEN.",
      attempted: [
        { source: "environment", reason: "HOTSPOT_SESSION_AUTH_TOKEN is not set" },
        { source: "~/.huaweicloud/credentials", reason: "does not exist" }
      ]
    })
    expect(error.message).toBe(
      "No credentials were found: environment: HOTSPOT_SESSION_AUTH_TOKEN is not set; ~/.huaweicloud/credentials: does not exist"
    )
    expect(error.hint).toBe("Set HOTSPOT_SESSION_AUTH_TOKEN.")
  })

  it("name the innermost invalid fields, at most ten", () => {
    const decode = Schema.decodeUnknownEither(ListHotspotSessionConfigResponse, { errors: "all" })
    const issues = (input: unknown) => issuesOf(Either.getOrThrow(Either.flip(decode(input))))
    const many = Array.from({ length: 5000 }, () => ({ id: 7 }))
    expect(issues({ items: many }).map(({ path }) => path)).toEqual(
      many.slice(0, 10).map((_, index) => `items[${index}].id`)
    )
    expect(issues({ items: [{}, { non_migrate_users: [{ user_id: true }] }] })).toEqual([
      { path: "items[1].non_migrate_users[0].user_id", message: "Expected string, actual true" }
    ])
    expect(issues([])[0]?.path).toBe("")
    const [long] = issues({ items: "x".repeat(5000) })
    expect(long?.message.length).toBeLessThanOrEqual(200)
  })
})

describe("PaginationError", () => {
  it("blames the offset only if the repeated items have IDs, and is not only about configurations", () => {
    const page = { offset: 100, repeated: 100 }
    expect(new PaginationError({ ...page, id: "u-1" }).message).toContain(
      "repeats 100 items of earlier pages (the first is u-1): the server ignores the offset"
    )
    expect(new PaginationError(page).message).toContain("repeats 100 items of earlier pages, without IDs")
  })
})
