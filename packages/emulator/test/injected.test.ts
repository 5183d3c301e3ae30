import { assert, describe, it, layer } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { Dataset, Demo, Documented, Emulator, Fault } from "../src/index.js"
import { json, listUrl, send, staysOpen, tokenBody } from "./support.js"

/** Sends a request with one injected fault. */
const withFault = (fault: Fault.Fault, query = "", headers?: Record<string, string>) =>
  Effect.gen(function* () {
    const emulator = yield* Emulator.Emulator
    yield* emulator.reset
    yield* emulator.inject([fault])
    return yield* send(listUrl(emulator.endpoint, Demo.projectId, query), headers === undefined ? {} : { headers })
  })

layer(Emulator.layer({ count: 25 }), { excludeTestServices: true })("an injected fault", (it) => {
  const documented: ReadonlyArray<readonly [number, string]> = [
    [400, "WKS.00211102"],
    [401, "WKS.00211302"],
    [403, "WKS.00081102"],
    [404, "WKS.00211902"],
    [405, "WKS.00000405"],
    [500, "WKS.00211401"],
    [503, "WKS.00050902"]
  ]
  for (const [status, code] of documented) {
    it.effect(`responds to ${status} with the documented body`, () =>
      Effect.gen(function* () {
        const response = yield* withFault({ kind: "status", status, times: 1 })
        assert.strictEqual(response.status, status)
        assert.deepStrictEqual(json(response), Documented.errorOf(status))
        assert.hasAllKeys(json(response), ["error_code", "error_msg"])
        assert.include(json(response), { error_code: code })
      })
    )
  }

  it.effect("can have every status and every body", () =>
    Effect.gen(function* () {
      for (const status of [
        200, 201, 204, 205, 299, 302, 304, 400, 401, 403, 404, 405, 408, 413, 429, 500, 502, 503, 504, 599
      ]) {
        for (const body of Fault.StatusBody.literals) {
          const response = yield* withFault({ kind: "status", status, body })
          const what = `${status} ${body}`
          assert.strictEqual(response.status, status, what)
          if (body === "empty" || [204, 205, 304].includes(status)) assert.strictEqual(response.text, "", what)
          else if (body === "html") {
            assert.strictEqual(response.headers["content-type"], "text/html; charset=utf-8", what)
            assert.include(response.text, "<html>")
          } else if (body === "truncated") {
            assert.isTrue(response.text.length > 10)
            assert.throws(() => json(response), SyntaxError)
          } else if (body === "iam") {
            assert.containsAllKeys(json(response), ["error"])
            assert.include(response.text, `"code":${status}`)
          } else if (body === "documented") {
            assert.isObject(json(response))
            if (status === 200) assert.deepStrictEqual(json(response), Documented.example)
            else assert.hasAllKeys(json(response), ["error_code", "error_msg"])
          } else {
            assert.hasAllKeys(json(response), ["error_code", "error_msg", "request_id"])
            assert.include(json(response), { request_id: response.headers["x-request-id"] })
          }
        }
      }
    })
  )

  it.effect("sends Retry-After unchanged", () =>
    Effect.gen(function* () {
      for (const retryAfter of ["7", "Wed, 21 Oct 2015 07:28:00 GMT", "soon"]) {
        const response = yield* withFault({ kind: "status", status: 503, retryAfter })
        assert.strictEqual(response.headers["retry-after"], retryAfter)
      }
    })
  )

  it.effect("echoes secrets as the gateway does", () =>
    Effect.gen(function* () {
      const response = yield* withFault({ kind: "status", status: 401, body: "echo" }, "limit=1", {
        "x-auth-token": "canary-1",
        authorization: "SDK-HMAC-SHA256 canary-2"
      })
      assert.include(json(response), { error_code: "APIGW.0301" })
      assert.include(response.text, "canonicalRequest:GET|/v1/")
      assert.include(response.text, "x-auth-token:canary-1")
      assert.include(response.text, "canary-2")
    })
  )

  it.effect("affects requests without credentials, for the given number of times", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      yield* emulator.reset
      yield* emulator.inject([{ kind: "status", status: 503, times: 2 }])
      const url = listUrl(emulator.endpoint, Demo.projectId)
      const statuses = yield* Effect.replicateEffect(
        Effect.map(send(url, { headers: {} }), (_) => _.status),
        3
      )
      assert.deepStrictEqual(statuses, [503, 503, 401])
      assert.deepStrictEqual(yield* emulator.faults, [])
    })
  )

  it.effect("delays, and combines with the following fault", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      yield* emulator.reset
      yield* emulator.inject([
        { kind: "latency", milliseconds: 60, times: 1 },
        { kind: "status", status: 502, times: 1 }
      ])
      const [elapsed, response] = yield* Effect.timed(send(listUrl(emulator.endpoint, Demo.projectId)))
      assert.strictEqual(response.status, 502)
      assert.isTrue(Duration.toMillis(elapsed) >= 59)
      const [seen] = yield* emulator.requests
      assert.deepStrictEqual(
        seen?.faults.map((_) => _.kind),
        ["latency", "status"]
      )
    })
  )

  it.effect("resets the connection before a response", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(withFault({ kind: "reset", times: 1 }))
      assert.deepStrictEqual([error.code, error.response], ["ECONNRESET", undefined])
      const [seen] = yield* (yield* Emulator.Emulator).requests
      assert.isUndefined(seen?.status)
    })
  )

  it.effect("never responds", () =>
    Effect.gen(function* () {
      const { endpoint, requests } = yield* Emulator.Emulator
      const fiber = yield* Effect.fork(withFault({ kind: "stall", times: 1 }))
      yield* Effect.repeat(Effect.delay(requests, 5), { until: ([seen]) => seen?.faults[0]?.kind === "stall" })
      yield* staysOpen(fiber, endpoint)
      const [seen] = yield* requests
      assert.deepStrictEqual(seen?.faults, [{ kind: "stall", times: 1 }])
      assert.isUndefined(seen?.status)
    })
  )

  it.effect("stops within the body", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      yield* emulator.reset
      yield* emulator.inject([{ kind: "stallBody" }])
      yield* Effect.promise(async () => {
        const response = await fetch(listUrl(emulator.endpoint, Demo.projectId), {
          headers: { "x-auth-token": Demo.token }
        })
        const reader = response.body?.getReader()
        const received = (await reader?.read())?.value
        const pause = new Promise((resolve) => setTimeout(() => resolve("timeout"), 50))
        const later = await Promise.race([pause, reader?.read()])
        assert.strictEqual(response.status, 200)
        assert.strictEqual(received?.byteLength, Math.ceil(Number(response.headers.get("content-length")) / 2))
        assert.strictEqual(later, "timeout")
        await reader?.cancel()
      })
    })
  )

  it.effect("closes the connection within the body", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(withFault({ kind: "truncate", times: 1 }, "limit=3"))
      assert.strictEqual(error.response?.status, 200)
      const [seen] = yield* (yield* Emulator.Emulator).requests
      assert.strictEqual(seen?.status, 200)
      const whole = yield* send(listUrl((yield* Emulator.Emulator).endpoint, Demo.projectId, "limit=3"))
      assert.strictEqual(error.response?.headers["content-length"], whole.headers["content-length"])
      assert.isTrue(error.response !== undefined && error.response.text.length > 0)
      assert.isTrue(whole.text.startsWith((error.response?.text ?? "").slice(0, -1)))
      assert.isTrue((error.response?.text.length ?? 0) < whole.text.length)
    })
  )

  it.effect("does not change an error response", () =>
    Effect.gen(function* () {
      for (const kind of ["truncate", "stallBody", "badJson", "nulls", "wrongType"] as const) {
        const response = yield* withFault({ kind }, "limit=0")
        assert.strictEqual(response.status, 400, kind)
        assert.include(json(response), { error_code: "WKS.00211102" })
      }
    })
  )

  it.effect("sets every optional field to null", () =>
    Effect.gen(function* () {
      const response = yield* withFault({ kind: "nulls" }, "limit=25")
      const expected = Dataset.seeded({ seed: 1, count: 25, projectId: Demo.projectId }).slice(0, 25)
      const body = json(response)
      assert.deepStrictEqual(body, {
        items: expected.map(({ non_migrate_users: users }) => ({
          id: null,
          project_id: null,
          hotspot_session_migration_enable: null,
          hotspot_exit_session_num: null,
          non_migrate_users: users?.length ? users.map(() => ({ user_id: null, user_name: null })) : null
        }))
      })
      assert.deepStrictEqual(json(yield* withFault({ kind: "nulls" }, "offset=25")), { items: null })
    })
  )

  it.effect("responds with an HTML page and with a wrong type", () =>
    Effect.gen(function* () {
      const page = yield* withFault({ kind: "badJson" })
      assert.strictEqual(page.status, 200)
      assert.include(page.text, "<!DOCTYPE html>")
      const wrong = yield* withFault({ kind: "wrongType" }, "limit=2")
      const [first, second] = Dataset.seeded({ seed: 1, count: 25, projectId: Demo.projectId }).slice(0, 2)
      assert.deepStrictEqual(json(wrong), {
        items: [{ ...first, hotspot_exit_session_num: String(first?.hotspot_exit_session_num) }, second]
      })
      assert.deepStrictEqual(json(yield* withFault({ kind: "wrongType" }, "offset=25")), { items: [] })
    })
  )

  it.effect("ignores parameters after checking them", () =>
    Effect.gen(function* () {
      const all = Dataset.seeded({ seed: 1, count: 25, projectId: Demo.projectId }).slice(0, 25)
      const withoutOffset = yield* withFault({ kind: "ignoreOffset" }, "offset=20&limit=3")
      assert.deepStrictEqual(json(withoutOffset), { items: all.slice(0, 3) })
      const withoutBoth = yield* withFault({ kind: "ignoreParameters" }, "offset=20&limit=3")
      assert.deepStrictEqual(json(withoutBoth), { items: all.slice(0, 10) })
      assert.strictEqual((yield* withFault({ kind: "ignoreParameters" }, "limit=0")).status, 400)
    })
  )

  it.effect("changes the data between pages", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      const all = Dataset.seeded({ seed: 1, count: 25, projectId: Demo.projectId }).slice(0, 25)
      const first = yield* withFault({ kind: "shift" }, "limit=2")
      const second = yield* send(listUrl(emulator.endpoint, Demo.projectId, "limit=100"))
      yield* emulator.clearFaults
      const third = yield* send(listUrl(emulator.endpoint, Demo.projectId, "limit=100"))
      const ids = (text: string) => [...text.matchAll(/"id":"(\d+)"/g)].map((_) => _[1])
      assert.strictEqual(ids(first.text)[1], all[0]?.id)
      assert.strictEqual(ids(second.text).length, 27)
      assert.strictEqual(new Set(ids(second.text)).size, 27)
      assert.deepStrictEqual(
        ids(second.text).slice(2),
        all.map((_) => _.id)
      )
      assert.strictEqual(ids(second.text)[1], ids(first.text)[0])
      assert.strictEqual(third.text, second.text)
      const { configs, inject, setConfigs } = emulator
      const current = yield* configs(Demo.projectId)
      yield* setConfigs(Demo.projectId, current.slice(0, current.size))
      yield* inject([{ kind: "shift", times: 2 }])
      yield* send(listUrl(emulator.endpoint, Demo.projectId))
      const last = yield* send(listUrl(emulator.endpoint, Demo.projectId, "limit=100"))
      assert.strictEqual(new Set(ids(last.text)).size, 29)
    })
  )

  it.effect("affects IAM with the target iam", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      yield* emulator.reset
      yield* emulator.inject([
        { kind: "status", status: 503, body: "iam", target: "iam", times: 1 },
        { kind: "truncate", target: "iam", times: 1 },
        { kind: "badJson", target: "iam", times: 1 }
      ])
      assert.strictEqual((yield* send(listUrl(emulator.endpoint, Demo.projectId))).status, 200)
      const issue = send(`${emulator.endpoint}/v3/auth/tokens`, { method: "POST", body: tokenBody() })
      assert.strictEqual((yield* issue).status, 503)
      assert.strictEqual((yield* Effect.flip(issue)).response?.status, 201)
      const page = yield* issue
      assert.strictEqual(page.status, 201)
      assert.include(page.text, "<html>")
      assert.strictEqual((yield* issue).status, 201)
    })
  )
})

describe("rates", () => {
  it.live("affect the same requests for the same seed", () =>
    Effect.gen(function* () {
      const statuses = (seed: number) =>
        Effect.scoped(
          Effect.gen(function* () {
            const { endpoint } = yield* Emulator.make({ seed, faults: [{ kind: "status", status: 503, rate: 0.4 }] })
            return yield* Effect.replicateEffect(
              Effect.map(send(listUrl(endpoint, Demo.projectId)), (_) => _.status),
              30
            )
          })
        )
      const first = yield* statuses(1)
      assert.deepStrictEqual(yield* statuses(1), first)
      assert.notDeepEqual(yield* statuses(2), first)
      assert.includeMembers(first, [200, 503])
    })
  )
})

describe("inject", () => {
  it.scoped("dies if a fault is invalid", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.make()
      const exit = yield* Effect.exit(emulator.inject([{ kind: "status", status: 42 }]))
      assert.include(String(exit), "must be an integer from 200 to 599")
      for (const faults of [[{ kind: "nonsense" }], [{}], [null], "503"] as ReadonlyArray<unknown>) {
        const cause = yield* Effect.sandbox(emulator.inject(faults as never)).pipe(Effect.flip)
        const [message = ""] = Cause.prettyErrors(cause).map(({ message }) => message)
        assert.match(message, /^inject: .+$/)
        assert.notInclude(message, "\n")
        if (Array.isArray(faults)) assert.match(message, /^inject: \[0\]\.kind must be one of status, .*, was /)
      }
      const start = yield* Effect.exit(Emulator.make({ faults: [{ kind: "latency", milliseconds: -1 }] }))
      assert.include(String(start), "must be an integer from 0 to 600000 milliseconds")
    })
  )
})
