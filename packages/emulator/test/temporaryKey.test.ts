import { assert, describe, it } from "@effect/vitest"
import { ClientBuilder } from "@huaweicloud/huaweicloud-sdk-core/ClientBuilder.js"
import { IamService } from "@huaweicloud/huaweicloud-sdk-core/internal/services/iam.service.js"
import { Logger4jInstance } from "@huaweicloud/huaweicloud-sdk-core/logger/log4jLogger.js"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/TestClock"
import { Demo, Emulator, type Fault } from "../src/index.js"
import { json, listUrl, type ReceivedResponse, send, signed } from "./support.js"

// The SDK would log errors to standard output, including tokens.
Logger4jInstance.level = "off"

const KeyBody = Schema.Struct({
  credential: Schema.Struct({
    access: Schema.String,
    secret: Schema.String,
    securitytoken: Schema.String,
    expires_at: Schema.String
  })
})

const keyOf = (response: ReceivedResponse) => {
  assert.oneOf(response.status, [200, 201], response.text)
  return Schema.decodeUnknownSync(Schema.parseJson(KeyBody), { onExcessProperty: "error" })(response.text).credential
}

const post = (url: string, body: unknown, headers: Record<string, string> = {}) =>
  send(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body)
  })

const federate = (
  endpoint: string,
  headers: Record<string, string> = { "x-idp-id": Demo.idpId },
  id: string = Demo.idToken
) => post(`${endpoint}/v3.0/OS-AUTH/id-token/tokens`, { auth: { id_token: { id } } }, headers)

const keysPath = "/v3.0/OS-CREDENTIAL/securitytokens"

const byToken = (endpoint: string, token: object, headers: Record<string, string> = {}) =>
  post(`${endpoint}${keysPath}`, { auth: { identity: { methods: ["token"], token } } }, headers)

const assume = (endpoint: string, assume_role: object, isSigned = true, time = 0) => {
  const url = `${endpoint}${keysPath}`
  const body = JSON.stringify({ auth: { identity: { methods: ["assume_role"], assume_role } } })
  return post(url, body, isSigned ? signed(url, time, { method: "POST", body }) : {})
}

const agency = { agency_name: Demo.agencyName, domain_name: Demo.agencyDomainName }

/** Whether the service accepts the key. */
const isAccepted = (endpoint: string, key: ReturnType<typeof keyOf>, time = 0) =>
  Effect.map(
    send(listUrl(endpoint, Demo.projectId), {
      headers: signed(listUrl(endpoint, Demo.projectId), time, {
        accessKey: key.access,
        secretKey: key.secret,
        headers: { "x-security-token": key.securitytoken }
      })
    }),
    ({ status }) => status === 200
  )

describe("IAM", () => {
  it.scoped("issues an unscoped token for an ID token, and a key for that, which expires", () =>
    Effect.gen(function* () {
      const { endpoint, requests } = yield* Emulator.make()
      const issued = yield* federate(endpoint)
      assert.strictEqual(issued.status, 201)
      assert.nestedPropertyVal(json(issued), "token.methods[0]", "mapped")
      const id = String(issued.headers["x-subject-token"])
      const unscoped = yield* send(listUrl(endpoint, Demo.projectId), { headers: { "x-auth-token": id } })
      assert.strictEqual(unscoped.status, 403)
      const key = keyOf(yield* byToken(endpoint, { id, duration_seconds: 900 }))
      assert.strictEqual(key.expires_at, "1970-01-01T00:15:00.000000Z")
      assert.isTrue(yield* isAccepted(endpoint, key))
      const inHeader = keyOf(yield* byToken(endpoint, { duration_seconds: 3600 }, { "x-auth-token": id }))
      assert.strictEqual(inHeader.expires_at, "1970-01-01T01:00:00.000000Z")
      yield* TestClock.adjust("15 minutes")
      assert.isFalse(yield* isAccepted(endpoint, key, 900_000))
      const log = JSON.stringify(yield* requests)
      for (const secret of [Demo.idToken, id, key.secret, key.securitytoken]) assert.notInclude(log, secret)
    })
  )

  it.scoped("issues a key for an agency to a signed request", () =>
    Effect.gen(function* () {
      const { endpoint } = yield* Emulator.make()
      for (const role of [
        agency,
        { ...agency, domain_id: Demo.agencyDomainId, duration_seconds: 86_400 },
        { agency_name: Demo.agencyName, domain_id: Demo.agencyDomainId }
      ]) {
        assert.isTrue(yield* isAccepted(endpoint, keyOf(yield* assume(endpoint, role))))
      }
      const byTokenOfUser = yield* post(
        `${endpoint}${keysPath}`,
        { auth: { identity: { methods: ["assume_role"], assume_role: agency } } },
        { "x-auth-token": Demo.token }
      )
      assert.strictEqual(byTokenOfUser.status, 201)
    })
  )

  it.scoped("rejects what is not as documented", () =>
    Effect.gen(function* () {
      const { endpoint } = yield* Emulator.make()
      const url = `${endpoint}${keysPath}`
      const tokens = `${endpoint}/v3.0/OS-AUTH/id-token/tokens`
      const idp = { "x-idp-id": Demo.idpId }
      const id = Demo.token
      const cases: ReadonlyArray<readonly [Effect.Effect<ReceivedResponse, unknown>, status: number, words: string]> = [
        [federate(endpoint, {}), 400, "X-Idp-Id"],
        [federate(endpoint, { "x-idp-id": "other" }), 404, "identity provider"],
        [federate(endpoint, idp, "other"), 401, "ID token"],
        [post(tokens, "{", idp), 400, "invalid"],
        [post(tokens, { auth: { id_token: { id: Demo.idToken, more: 1 } } }, idp), 400, "more"],
        [post(tokens, { auth: { id_token: { id: 1 } } }, idp), 400, "id"],
        [post(tokens, "x".repeat(70_000), idp), 413, "larger"],
        [byToken(endpoint, { id: "other" }), 401, "requires authentication"],
        [byToken(endpoint, {}), 401, "requires authentication"],
        [byToken(endpoint, { id, duration_seconds: 899 }), 400, "900 to 86400"],
        [byToken(endpoint, { id, duration_seconds: 86_401 }), 400, "900 to 86400"],
        [byToken(endpoint, { id, duration_seconds: "900" }), 400, "duration_seconds"],
        [byToken(endpoint, { id, duration: 900 }), 400, "duration"],
        [post(url, { auth: { identity: { methods: ["password"] } } }), 400, "methods"],
        [assume(endpoint, agency, false), 401, "requires authentication"],
        [assume(endpoint, agency, true, 16 * 60_000), 401, "signature expired"],
        [assume(endpoint, { agency_name: Demo.agencyName }), 400, "domain_name"],
        [assume(endpoint, { ...agency, agency_name: "other" }), 404, "other"],
        [assume(endpoint, { ...agency, domain_name: "other" }), 404, "agency"],
        [assume(endpoint, { ...agency, domain_id: "other" }), 404, "agency"],
        [assume(endpoint, { ...agency, duration_seconds: 1 }), 400, "900 to 86400"],
        [assume(endpoint, { ...agency, duration: 900 }), 400, "duration"]
      ]
      for (const [request, status, words] of cases) {
        const response = yield* request
        assert.strictEqual(response.status, status, response.text)
        assert.include(response.text, words)
      }
    })
  )

  it.scoped("accepts only the current ID token", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.make()
      yield* emulator.setIdToken("rotated")
      assert.strictEqual((yield* federate(emulator.endpoint)).status, 401)
      assert.strictEqual((yield* federate(emulator.endpoint, undefined, "rotated")).status, 201)
      yield* emulator.reset
      assert.strictEqual((yield* federate(emulator.endpoint)).status, 201)
    })
  )
})

describe("the agent of a pod", () => {
  const request = (endpoint: string, version: 1 | 2, token: string = Demo.podToken, body = "{}") =>
    post(`${endpoint}/pod-identity/v${version}/credentials`, body, { authorization: token })

  it.scoped("issues keys for its token in two formats", () =>
    Effect.gen(function* () {
      const { endpoint, requests } = yield* Emulator.make()
      assert.isTrue(yield* isAccepted(endpoint, keyOf(yield* request(endpoint, 1))))
      const { credentials } = json(yield* request(endpoint, 2)) as { readonly credentials: Record<string, string> }
      assert.hasAllKeys(credentials, ["accessKeyId", "secretAccessKey", "securityToken", "expiration"])
      assert.notInclude(JSON.stringify(yield* requests), Demo.podToken)
    })
  )

  it.scoped("rejects other tokens, bodies and methods, and has faults", () =>
    Effect.gen(function* () {
      const { endpoint, inject, setPodToken } = yield* Emulator.make()
      assert.strictEqual((yield* request(endpoint, 1, "other")).status, 401)
      assert.strictEqual((yield* request(endpoint, 1, Demo.podToken, "")).status, 400)
      assert.strictEqual((yield* request(endpoint, 1, Demo.podToken, '{"a":1}')).status, 400)
      assert.strictEqual((yield* send(`${endpoint}/pod-identity/v1/credentials`)).status, 405)
      assert.strictEqual((yield* send(`${endpoint}/pod-identity/v3/credentials`)).status, 404)
      const fault: Fault.Fault = { kind: "status", status: 503, target: "pod", times: 1 }
      yield* inject([fault])
      assert.strictEqual((yield* request(endpoint, 1)).status, 503)
      yield* setPodToken("rotated")
      assert.strictEqual((yield* request(endpoint, 1)).status, 401)
      assert.strictEqual((yield* request(endpoint, 1, "rotated")).status, 200)
    })
  )
})

describe("the official SDK", () => {
  it.live("gets a key for an ID token", () =>
    Effect.gen(function* () {
      const { endpoint, requests } = yield* Emulator.make()
      // The SDK's paths have no leading slash.
      const client = new ClientBuilder((client) => client)
        .withOptions({ customUserAgent: "test" })
        .withEndpoint(`${endpoint}/`)
        .build()
      const iam = new IamService(client, `${endpoint}/`, true)
      const token = yield* Effect.tryPromise(() => iam.getUnscopedTokenWithIdToken(Demo.idToken, Demo.idpId))
      const key = yield* Effect.tryPromise(() => iam.getTemporaryAccessKeyByToken(token))
      assert.isTrue(yield* isAccepted(endpoint, key as ReturnType<typeof keyOf>, Date.now()))
      assert.deepStrictEqual(
        (yield* requests).slice(0, 2).map(({ method, path }) => `${method} ${path}`),
        [
          `POST /v3/OS-FEDERATION/identity_providers/${Demo.idpId}/protocols/oidc/auth`,
          "POST /v3.0/OS-CREDENTIAL/securitytokens"
        ]
      )
      const refused = yield* Effect.either(
        Effect.tryPromise(() => iam.getUnscopedTokenWithIdToken("other", Demo.idpId))
      )
      assert.strictEqual(refused._tag, "Left")
    }).pipe(Effect.scoped)
  )
})
