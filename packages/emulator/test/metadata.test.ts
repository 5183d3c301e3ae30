import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/TestClock"
import { Demo, Emulator, type MetadataMode } from "../src/index.js"
import { listUrl, send, signed } from "./support.js"

const start = Date.UTC(2026, 0, 2, 3, 4, 5, 678)

const SecurityKey = Schema.parseJson(
  Schema.Struct({
    credential: Schema.Struct({
      access: Schema.String,
      secret: Schema.String,
      securitytoken: Schema.String,
      expires_at: Schema.String
    })
  })
)

const setUp = (options: Emulator.Options) =>
  Effect.gen(function* () {
    yield* TestClock.setTime(start)
    const emulator = yield* Emulator.make(options)
    const { endpoint } = emulator
    const requestToken = (ttl?: string) =>
      send(`${endpoint}/meta-data/latest/api/token`, {
        method: "PUT",
        headers: ttl === undefined ? {} : { "x-metadata-token-ttl-seconds": ttl }
      })
    const requestKey = (token?: string) =>
      send(`${endpoint}/openstack/latest/securitykey`, {
        headers: token === undefined ? {} : { "x-metadata-token": token }
      })
    return { emulator, requestToken, requestKey }
  })

describe("the metadata service", () => {
  it.scoped("issues temporary keys that the emulator accepts", () =>
    Effect.gen(function* () {
      const { requestKey, requestToken, emulator } = yield* setUp({})
      const token = yield* requestToken("21600")
      assert.strictEqual(token.status, 200)
      assert.match(token.text, /^emulated-[0-9a-f]{64}$/)
      const response = yield* requestKey(token.text)
      assert.strictEqual(response.status, 200)
      const { credential } = yield* Schema.decode(SecurityKey)(response.text)
      assert.strictEqual(credential.expires_at, "2026-01-03T03:04:05.678000Z")
      const url = listUrl(emulator.endpoint, Demo.projectId)
      const use = (time: number) =>
        send(url, {
          headers: signed(url, time, {
            accessKey: credential.access,
            secretKey: credential.secret,
            headers: { "x-security-token": credential.securitytoken }
          })
        })
      assert.strictEqual((yield* use(start)).status, 200)
      const again = yield* Schema.decode(SecurityKey)((yield* requestKey(token.text)).text)
      assert.notStrictEqual(again.credential.access, credential.access)
      assert.strictEqual((yield* use(start)).status, 200)
      const seen = yield* emulator.requests
      assert.deepStrictEqual(
        seen.slice(0, 2).map((_) => `${_.method} ${_.path}`),
        ["PUT /meta-data/latest/api/token", "GET /openstack/latest/securitykey"]
      )
      assert.notInclude(JSON.stringify(seen), token.text)
      yield* TestClock.adjust("1 day")
      assert.strictEqual((yield* use(start + 86_400_000)).status, 401)
    })
  )

  it.scoped("accepts a token for its requested lifetime", () =>
    Effect.gen(function* () {
      const { requestKey, requestToken, emulator } = yield* setUp({})
      for (const ttl of [undefined, "", "0", "21601", "-1", "1.5", "1e3", "soon"]) {
        assert.strictEqual((yield* requestToken(ttl)).status, 400, ttl)
      }
      const { text } = yield* requestToken("60")
      assert.strictEqual((yield* requestKey(text)).status, 200)
      assert.strictEqual((yield* requestKey(`${text}0`)).status, 401)
      yield* TestClock.adjust("60 seconds")
      assert.strictEqual((yield* requestKey(text)).status, 401)
      const fresh = (yield* requestToken("1")).text
      yield* emulator.reset
      assert.strictEqual((yield* requestKey(fresh)).status, 401)
    })
  )

  const modes: ReadonlyArray<
    readonly [
      mode: MetadataMode,
      statuses: { readonly token: number; readonly without: number; readonly wrong: number; readonly right: number }
    ]
  > = [
    ["token", { token: 200, without: 200, wrong: 401, right: 200 }],
    ["tokenRequired", { token: 200, without: 401, wrong: 401, right: 200 }],
    ["tokenless", { token: 404, without: 200, wrong: 200, right: 200 }],
    ["noAgency", { token: 200, without: 401, wrong: 401, right: 401 }],
    ["off", { token: 404, without: 404, wrong: 404, right: 404 }]
  ]
  for (const [metadata, statuses] of modes) {
    it.scoped(`responds as documented in the mode ${metadata}`, () =>
      Effect.gen(function* () {
        const { requestKey, requestToken } = yield* setUp({ metadata })
        const token = yield* requestToken("60")
        const right = yield* requestKey(token.status === 200 ? token.text : "no-token")
        assert.deepStrictEqual(
          {
            token: token.status,
            without: (yield* requestKey()).status,
            wrong: (yield* requestKey("wrong")).status,
            right: right.status
          },
          statuses
        )
        const words = "Please configure Cloud Service Agency first"
        assert.strictEqual(right.text.includes(words), metadata === "noAgency")
      })
    )
  }

  it.scoped("is affected by faults with the target metadata", () =>
    Effect.gen(function* () {
      const { requestKey, requestToken, emulator } = yield* setUp({
        faults: [{ kind: "status", status: 503, target: "metadata", times: 2 }]
      })
      assert.strictEqual((yield* send(listUrl(emulator.endpoint, Demo.projectId))).status, 200)
      assert.strictEqual((yield* requestToken("60")).status, 503)
      assert.strictEqual((yield* requestKey()).status, 503)
      assert.strictEqual((yield* requestKey()).status, 200)
    })
  )
})
