import { randomUUID } from "node:crypto"
import { describe, expect, it } from "@effect/vitest"
import {
  CredentialsError,
  DecodeError,
  InvalidRequest,
  type ListHotspotSessionConfigError,
  statusError,
  TransportError,
  type TransportErrorReason,
  withContext
} from "@hotspot-session/core"
import { Duration, FastCheck } from "effect"
import { fromError, toResponse } from "../src/Failure.js"
import { requestIdOf } from "../src/RequestId.js"

const responseTo = (error: ListHotspotSessionConfigError, mode: "pass-through" | "own" = "pass-through") => {
  const { body, headers, status } = toResponse(fromError(error, mode), "own-id", "GET, HEAD")
  return { status, headers, body: JSON.parse(new TextDecoder().decode(body)) }
}

const modes = ["pass-through", "own"] as const

describe("fromError", () => {
  it.prop(
    "maps any status to an error status with error_code, error_msg and request_id",
    [
      FastCheck.integer({ min: 0, max: 999 }),
      FastCheck.constantFrom(...modes),
      FastCheck.record(
        {
          error_code: FastCheck.string(),
          error_msg: FastCheck.string(),
          request_id: FastCheck.string(),
          excerpt: FastCheck.string(),
          retry_after: FastCheck.oneof(
            FastCheck.nat(),
            FastCheck.constantFrom(1e30, Number.POSITIVE_INFINITY, 0.4)
          ).map(Duration.seconds)
        },
        { requiredKeys: [] }
      )
    ],
    ([status, mode, details]) => {
      const response = responseTo(statusError(status, details), mode)
      expect(response.status).toBeGreaterThanOrEqual(400)
      expect(response.status).toBeLessThanOrEqual(599)
      if (mode === "pass-through" && status >= 400 && status <= 599 && status !== 407)
        expect(response.status).toBe(status)
      expect(Object.keys(response.body).sort()).toEqual(["error_code", "error_msg", "request_id"])
      expect(response.headers["retry-after"] ?? "0").toMatch(/^\d{1,10}$/)
      if (response.status === 401) expect(response.headers["www-authenticate"]).toMatch(/^X-Auth-Token /)
      if (response.status === 405) expect(response.headers["allow"]).toBe("GET, HEAD")
      if (response.status === 503) expect(response.headers["retry-after"]).toBeDefined()
    }
  )

  const reasons: ReadonlyArray<readonly [TransportErrorReason, number, string]> = [
    ["dns", 503, "HSG.0009"],
    ["connect", 503, "HSG.0009"],
    ["reset", 503, "HSG.0009"],
    ["unknown", 503, "HSG.0009"],
    ["tls", 502, "HSG.0007"],
    ["proxy", 502, "HSG.0008"],
    ["protocol", 502, "HSG.0007"],
    ["size", 502, "HSG.0007"],
    ["request", 500, "HSG.0005"],
    ["timeout", 504, "HSG.0010"],
    ["deadline", 504, "HSG.0010"]
  ]

  it.each(reasons)("maps the transport error %s to %i %s, without the system's message", (reason, status, code) => {
    const error = new TransportError({
      reason,
      detail: "connect ECONNREFUSED 10.1.2.3:443",
      url: "http://10.1.2.3"
    })
    const response = responseTo(error)
    expect(response.status).toBe(status)
    expect(response.body).toMatchObject({ error_code: code, request_id: "own-id" })
    expect(JSON.stringify(response.body)).not.toContain("10.1.2.3")
    expect(response.headers["retry-after"]).toBe(status === 503 ? "10" : undefined)
  })

  it("maps a body that cannot be decoded to 502 with HSG.0007 and its coding", () => {
    const response = responseTo(
      new TransportError({ reason: "encoding", detail: "the coding “zstd” is not supported" })
    )
    expect(response.status).toBe(502)
    expect(response.body).toMatchObject({
      error_code: "HSG.0007",
      error_msg: "The cloud's response cannot be decoded: the coding “zstd” is not supported."
    })
  })

  it("maps a DecodeError to 502 with HSG.0007, the issues and the cloud's request ID", () => {
    const issues = [{ path: "items[0].id", message: "Expected string, actual 5" }]
    const response = responseTo(new DecodeError({ status: 200, issues, request_id: "cloud-id" }))
    expect(response.status).toBe(502)
    expect(response.body).toEqual({
      error_code: "HSG.0007",
      error_msg: "The cloud's response cannot be parsed: items[0].id Expected string, actual 5",
      request_id: "cloud-id"
    })
  })

  it("maps an InvalidRequest to 400", () => {
    const response = responseTo(
      new InvalidRequest({ issues: [{ path: "limit", message: "must be an integer from 1 to 100, was 0" }] })
    )
    expect(response.status).toBe(400)
    expect(response.body.error_msg).toBe("limit must be an integer from 1 to 100, was 0")
  })

  it("maps a CredentialsError to 401 in pass-through and 502 with own credentials", () => {
    const error = new CredentialsError({ reason: "The token cannot be sent", hint: "Copy it." })
    expect(responseTo(error).status).toBe(401)
    const own = responseTo(error, "own")
    expect(own.status).toBe(502)
    expect(own.body.error_msg).not.toContain("token")
  })

  it("with own credentials, maps a CredentialsError that may pass to 503 with Retry-After", () => {
    for (const more of [{ unavailable: true }, { transient: true }]) {
      const error = new CredentialsError({ reason: "IAM issued no key", ...more })
      const { body, status } = responseTo(error, "own")
      expect([status, body.error_code]).toEqual([503, "HSG.0027"])
      expect(body.error_msg).toContain("Retry in 10 s")
      expect(body.error_msg).not.toContain("IAM")
      const later = new CredentialsError({ ...error, retry_after: Duration.millis(2_500) })
      expect(responseTo(later, "own").body.error_msg).toContain("Retry in 3 s")
      expect(responseTo(error).status).toBe(401)
    }
  })

  it("maps a CredentialsError after an attempt that may have made the change to 504 with HSG.0025", () => {
    const error = new CredentialsError({ reason: "not in time", transient: true, unavailable: true })
    const { body, headers, status } = responseTo(withContext(error, { attempts: 2, outcome: "unknown" }), "own")
    expect([status, body.error_code, headers["retry-after"]]).toEqual([504, "HSG.0025", undefined])
    expect(body.error_msg).not.toContain("Retry in")
  })

  it("with own credentials, maps rejected authentication to 502 with HSG.0006, and a missing permission to 403", () => {
    const refused = [
      statusError(401, { error_code: "APIGW.0301", error_msg: "canonicalRequest:GET|/v1/" }),
      statusError(403, { error_code: "APIGW.0302", error_msg: "denied" }),
      statusError(403, { error_code: "IAM.0011" })
    ]
    for (const error of refused) {
      const { body, status } = responseTo(error, "own")
      expect([status, body.error_code]).toEqual([502, "HSG.0006"])
      expect(body.error_msg).not.toContain("canonicalRequest")
    }
    const permission = responseTo(statusError(403, { error_code: "WKS.00081102", error_msg: "no" }), "own")
    expect([permission.status, permission.body.error_code]).toEqual([403, "WKS.00081102"])
  })
})

describe("requestIdOf", () => {
  it.prop(
    "keeps a request ID of 1 to 128 visible ASCII characters, and replaces others",
    [FastCheck.string()],
    ([header]) => {
      const id = requestIdOf(header, randomUUID)
      expect(id).toMatch(/^[\x21-\x7e]{1,128}$/)
      if (/^[\x21-\x7e]{1,128}$/.test(header)) expect(id).toBe(header)
    }
  )

  it("replaces a request ID that is too long", () => {
    expect(requestIdOf("x".repeat(129), randomUUID)).toHaveLength(36)
  })
})
