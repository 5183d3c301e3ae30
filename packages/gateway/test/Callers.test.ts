import { createHash, createHmac } from "node:crypto"
import * as Net from "node:net"
import { describe, expect, it } from "@effect/vitest"
import { Credentials } from "@hotspot-session/client"
import { Demo, Emulator } from "@hotspot-session/emulator"
import { Gateway } from "@hotspot-session/gateway"
import type { NodeGateway } from "@hotspot-session/gateway/node"
import { BasicCredentials } from "@huaweicloud/huaweicloud-sdk-core/auth/BasicCredentials.js"
import { ClientBuilder } from "@huaweicloud/huaweicloud-sdk-core/ClientBuilder.js"
import { HcClient } from "@huaweicloud/huaweicloud-sdk-core/HcClient.js"
import { DefaultHttpClient } from "@huaweicloud/huaweicloud-sdk-core/http/DefaultHttpClient.js"
import { Logger4jInstance } from "@huaweicloud/huaweicloud-sdk-core/logger/log4jLogger.js"
import type { SdkResponse } from "@huaweicloud/huaweicloud-sdk-core/SdkResponse.js"
import { Effect, Either, FastCheck, Redacted } from "effect"
import * as ApiKeys from "../src/caller/ApiKeys.js"
import * as CallerKeys from "../src/caller/CallerKeys.js"
import * as Callers from "../src/caller/Callers.js"
import * as KeyGrant from "../src/caller/KeyGrant.js"
import { type SignedRequest, verify } from "../src/caller/SignedCaller.js"
import * as TokenVerdicts from "../src/caller/TokenVerdicts.js"
import { timingSafeEqual } from "../src/Digest.js"
import * as Failure from "../src/Failure.js"
import { headOf } from "../src/RequestHead.js"
import {
  client,
  contractPath,
  makeGateway,
  makeUpstream,
  ownCredentials,
  ownToken,
  page,
  raw,
  send
} from "./support.js"

// The SDK would log errors to standard output, including signatures and tokens.
Logger4jInstance.level = "off"

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex")

const key = "hsg_first-key"
const secondKey = "hsg_second-key"
const accessKey = "GATEWAYKEY0000000001"
const secretKey = "gateway-secret-0123456789"

const gatewayWithKeys = (reply: Parameters<typeof makeUpstream>[0], options: NodeGateway.ServerOptions = {}) =>
  Effect.gen(function* () {
    const upstream = yield* makeUpstream(reply)
    const gateway = yield* makeGateway(client(upstream.endpoint, {}, ownCredentials), {
      credentials: "own",
      apiKeys: [sha256(key).toUpperCase(), sha256(secondKey)],
      ...options
    })
    return { ...gateway, requests: upstream.requests }
  })

describe("API keys", () => {
  it.scopedLive(
    "are accepted in each header, and the cloud is called with the gateway's credentials; others return 401 with HSG.0012",
    () =>
      Effect.gen(function* () {
        const { logs, requests, url } = yield* gatewayWithKeys(() => page())
        const basic = (password: string) => `Basic ${Buffer.from(`user:${password}`).toString("base64")}`
        const accepted: ReadonlyArray<Record<string, string>> = [
          { "x-api-key": key },
          { authorization: `Bearer ${secondKey}` },
          { authorization: `bearer ${key}` },
          { authorization: basic(key) },
          { "x-auth-token": key },
          // Neither Origin nor Host matters once the key is known.
          { "x-api-key": key, origin: "http://dashboard.example", host: "gateway.example" }
        ]
        for (const headers of accepted) {
          const response = yield* send(`${url}${contractPath}`, { headers })
          expect([headers, response.status]).toEqual([headers, 200])
        }
        expect(new Set(requests.map((request) => request.headers["x-auth-token"]))).toEqual(new Set([ownToken]))
        const rejected: ReadonlyArray<Record<string, string>> = [
          {},
          { "x-api-key": "" },
          { "x-api-key": "guess" },
          { "x-api-key": sha256(key) },
          { "x-api-key": `${key} x` },
          { "x-api-key": `${key}, ${key}` },
          { authorization: key },
          { authorization: `Basic ${key}` },
          { authorization: "Basic !!!" },
          { authorization: basic("") },
          { "x-auth-token": ownToken }
        ]
        const before = requests.length
        for (const headers of rejected) {
          const response = yield* send(`${url}${contractPath}`, { headers })
          expect([headers, response.status, response.json["error_code"]]).toEqual([headers, 401, "HSG.0012"])
          expect(response.headers.get("www-authenticate")).toMatch(/^Bearer realm=/)
        }
        expect(requests).toHaveLength(before)
        expect(logs.join()).not.toContain(key)
      })
  )

  it.scopedLive(
    "are replaced while the gateway runs: a withdrawn one is rejected although its response is cached",
    () =>
      Effect.gen(function* () {
        const { reload, url } = yield* gatewayWithKeys(() => page(), { cache: {} })
        const statuses = Effect.forEach([key, secondKey], (key) =>
          Effect.map(send(`${url}${contractPath}`, { headers: { "x-api-key": key } }), ({ status }) => status)
        )
        expect(yield* statuses).toEqual([200, 200])
        yield* reload({ apiKeys: [sha256(secondKey)] })
        expect(yield* statuses).toEqual([401, 200])
        for (const apiKeys of [[], [sha256(key), "not a hash"]]) {
          expect((yield* Effect.flip(reload({ apiKeys })))._op).toMatch(/MissingData|InvalidData/)
          expect(yield* statuses).toEqual([401, 200])
        }
      })
  )

  it.scopedLive("that are withdrawn while a body arrives write nothing", () =>
    Effect.gen(function* () {
      const apiKeys = [{ hash: sha256(key), permissions: ["write"] as const }]
      const { port, reload, requests } = yield* gatewayWithKeys(() => page(), { apiKeys, writes: true })
      const body = JSON.stringify({ hotspot_session_migration_enable: true, hotspot_exit_session_num: 1 })
      const head = [
        `POST ${contractPath} HTTP/1.1`,
        "host: gateway",
        `x-api-key: ${key}`,
        "content-type: application/json",
        `content-length: ${body.length}`,
        "connection: close"
      ]
      const response = yield* Effect.async<string>((resume) => {
        let text = ""
        const socket = Net.connect(port, "127.0.0.1", () => {
          socket.write(`${head.join("\r\n")}\r\n\r\n${body.slice(0, 1)}`)
          // The head has been handled when the response to another request is complete.
          Effect.runPromise(
            send(`http://127.0.0.1:${port}${contractPath}`, { headers: { "x-api-key": key } }).pipe(
              Effect.zipRight(reload({ apiKeys: [sha256(secondKey)] }))
            )
          ).then(() => socket.write(body.slice(1)))
        })
        socket.setEncoding("utf8").on("data", (chunk) => {
          text += chunk
        })
        socket.on("close", () => resume(Effect.succeed(text)))
      })
      expect(response).toMatch(/^HTTP\/1.1 401 /)
      expect(requests.filter(({ method }) => method === "POST")).toEqual([])
    })
  )

  it.scopedLive("that are wrong return 429 once too many came from an address, and right ones are still accepted", () =>
    Effect.gen(function* () {
      const { url } = yield* gatewayWithKeys(() => page(), { metrics: true })
      const get = (key: string) => send(`${url}${contractPath}`, { headers: { "x-api-key": key } })
      for (let index = 0; index < 20; index++) expect((yield* get(`guess-${index}`)).status).toBe(401)
      const rejected = yield* get("guess")
      expect([rejected.status, rejected.json["error_code"]]).toEqual([429, "HSG.0014"])
      expect(Number(rejected.headers.get("retry-after"))).toBeGreaterThan(0)
      expect((yield* get(key)).status).toBe(200)
      expect((yield* send(`${url}/metrics`)).text).toContain('refused_total{reason="keys"} 1\n')
    })
  )

  it.scopedLive("have separate caches and rate limits", () =>
    Effect.gen(function* () {
      const { requests, url } = yield* gatewayWithKeys(() => page(), {
        cache: {},
        rateLimit: { requests: 2, per: "1 hour" }
      })
      const summaryFor = (key: string) =>
        Effect.map(send(`${url}${contractPath}`, { headers: { "x-api-key": key } }), ({ headers, status }) => [
          status,
          headers.get("x-cache"),
          headers.get("ratelimit-remaining")
        ])
      expect(yield* summaryFor(key)).toEqual([200, "miss", "1"])
      expect(yield* summaryFor(secondKey)).toEqual([200, "miss", "1"])
      expect(yield* summaryFor(key)).toEqual([200, "hit", "0"])
      expect(yield* summaryFor(key)).toEqual([429, null, "0"])
      expect(yield* summaryFor(secondKey)).toEqual([200, "hit", "0"])
      expect((yield* send(`${url}${contractPath}`, { headers: { "x-api-key": "guess" } })).status).toBe(401)
      expect(requests).toHaveLength(2)
    })
  )

  it.scopedLive(
    "return 502 with HSG.0006 when the cloud rejects the gateway's credentials, even if a response is cached",
    () =>
      Effect.gen(function* () {
        const { url } = yield* gatewayWithKeys((_, index) => (index === 0 ? page() : { status: 401 }), {
          cache: { fresh: 0, staleWhileRevalidate: 0 }
        })
        const headers = { "x-api-key": key }
        expect((yield* send(`${url}${contractPath}`, { headers })).status).toBe(200)
        const rejected = yield* send(`${url}${contractPath}`, { headers })
        expect([rejected.status, rejected.json["error_code"]]).toEqual([502, "HSG.0006"])
      })
  )

  it.scopedLive("return 401 with HSG.0002 for a signed request if there are no access keys", () =>
    Effect.gen(function* () {
      const { url } = yield* gatewayWithKeys(() => page())
      const authorization = `SDK-HMAC-SHA256 Access=${accessKey}, SignedHeaders=host;x-sdk-date, Signature=${"0".repeat(64)}`
      const response = yield* send(`${url}${contractPath}`, { headers: { authorization } })
      expect([response.status, response.json["error_code"]]).toEqual([401, "HSG.0002"])
      expect(response.json["error_msg"]).toContain("API key")
    })
  )
})

describe("keys with names, permissions and projects", () => {
  const restricted = "hsg_restricted-key"
  const writeOnly = "hsg_write-only-key"
  const other = "/v1/other/hotspot-session-config"
  const grants = [
    sha256(key),
    { hash: sha256(restricted), name: "dashboard", projects: [Demo.projectId, "lab"] },
    { hash: sha256(writeOnly), name: "writer", permissions: ["write" as const] }
  ]

  it.scopedLive(
    "return 403 for other projects, also if another caller's response is cached, and name the key in the log",
    () =>
      Effect.gen(function* () {
        const { logs, requests, url } = yield* gatewayWithKeys(() => page(), { apiKeys: grants, cache: {} })
        const read = (key: string, path: string) =>
          Effect.map(send(`${url}${path}`, { headers: { "x-api-key": key } }), ({ json, status }) => [
            status,
            json["error_code"]
          ])
        for (const _ of ["miss", "hit"]) {
          expect(yield* read(key, other)).toEqual([200, undefined])
          expect(yield* read(restricted, `/v1/${Demo.projectId}/hotspot-session-config`)).toEqual([200, undefined])
        }
        expect(yield* read(restricted, "/v1/l%61b/hotspot-session-config")).toEqual([200, undefined])
        const before = requests.length
        for (const path of [other, `${other}/c1/non-migration-users`, "/v1/LAB/hotspot-session-config"]) {
          expect([path, ...(yield* read(restricted, path))]).toEqual([path, 403, "HSG.0020"])
        }
        expect(yield* read(writeOnly, other)).toEqual([403, "HSG.0019"])
        expect(yield* read("guess", other)).toEqual([401, "HSG.0012"])
        expect(requests).toHaveLength(before)
        const entries = logs.map((line) => JSON.parse(line)).filter((entry) => "duration_ms" in entry)
        expect(entries.map((entry) => entry["key_name"])).toEqual([
          undefined,
          "dashboard",
          undefined,
          "dashboard",
          ...Array.from({ length: 4 }, () => "dashboard"),
          "writer",
          undefined
        ])
        for (const secret of [restricted, sha256(restricted)]) expect(logs.join()).not.toContain(secret)
      })
  )

  it.scopedLive("show only their projects on the page", () =>
    Effect.gen(function* () {
      const { requests, url } = yield* gatewayWithKeys(() => page(), {
        apiKeys: grants,
        page: {
          projects: [
            { id: "lab", name: "Laboratory" },
            { id: "other", name: "Secret office" }
          ]
        }
      })
      const show = (query: string) =>
        send(`${url}/${query}`, { headers: { authorization: `Basic ${btoa(`x:${restricted}`)}` } })
      const { text } = yield* show("")
      expect([text.includes("Laboratory"), text.includes("Secret office")]).toEqual([true, false])
      expect((yield* show("?project=elsewhere")).text).toContain("The key has no access to this project")
      expect(requests.map(({ url }) => url?.split("?")[0])).toEqual(["/v1/lab/hotspot-session-config"])
    })
  )

  it.scopedLive("restrict callers that sign in the same way", () =>
    Effect.gen(function* () {
      const { logs, url } = yield* gatewayWithKeys(() => page(), {
        accessKeys: [{ accessKey, secretKey: Redacted.make(secretKey), name: "terraform", projects: ["lab"] }]
      })
      const failure = yield* Effect.flip(list(bySignature(url, { ak: accessKey, sk: secretKey })))
      expect(failure).toMatchObject({ httpStatusCode: 403, errorCode: "HSG.0020" })
      expect(logs.join()).toContain('"key_name":"terraform"')
    })
  )

  it.effect("fail at the start if they are invalid or contradict each other", () =>
    Effect.gen(function* () {
      const hash = sha256(key)
      const cases: ReadonlyArray<readonly [Gateway.Options, RegExp]> = [
        [{ apiKeys: [{ hash, name: "a b" }] }, /its name is not 1 to 64/],
        [{ apiKeys: [{ hash, projects: [] }] }, /its projects are not IDs/],
        [{ apiKeys: [{ hash, permissions: ["admin" as never] }] }, /its permissions are not read, write or both/],
        [{ apiKeys: [hash, { hash: hash.toUpperCase(), projects: ["a"] }] }, /listed twice/],
        [{ apiKeys: [{ hash, projects: "a" as never }] }, /apiKeys must be/],
        [
          { accessKeys: [{ accessKey, secretKey: Redacted.make(secretKey), projects: ["a/b"] }] },
          /its projects are not/
        ]
      ]
      for (const [options, message] of cases) {
        const failed = yield* Effect.flip(
          Effect.provide(
            Effect.scoped(Gateway.httpApp({ credentials: "own", ...options })),
            client("http://127.0.0.1:1", {}, ownCredentials)
          )
        )
        expect(String(failed)).toMatch(message)
        expect(String(failed)).not.toContain(hash)
      }
    })
  )
})

describe("CORS", () => {
  const dashboard = "https://dashboard.example"
  const cors = (headers: Headers) =>
    Object.fromEntries([...headers].filter(([name]) => name.startsWith("access-control")))

  it.scopedLive("allows configured origins only, for hits, misses, errors and preflight requests", () =>
    Effect.gen(function* () {
      const { url } = yield* gatewayWithKeys(() => page(), { cache: {}, corsOrigins: [dashboard] })
      const path = `${url}${contractPath}`
      for (const outcome of ["miss", "hit"]) {
        const { headers, status } = yield* send(path, { headers: { "x-api-key": key, origin: dashboard } })
        expect([status, headers.get("x-cache"), headers.get("access-control-allow-origin")]).toEqual([
          200,
          outcome,
          dashboard
        ])
        expect(headers.get("access-control-expose-headers")).toContain("X-Cache")
        expect(headers.get("vary")).toMatch(/^Origin, /)
      }
      const preflight = { "access-control-request-method": "GET", "access-control-request-headers": "x-api-key" }
      const preflightResponse = yield* send(path, { method: "OPTIONS", headers: { ...preflight, origin: dashboard } })
      expect([preflightResponse.status, cors(preflightResponse.headers)]).toEqual([
        204,
        {
          "access-control-allow-origin": dashboard,
          "access-control-allow-methods": "GET, HEAD",
          "access-control-allow-headers": expect.stringContaining("X-Api-Key"),
          "access-control-max-age": "600"
        }
      ])
      const rejected = yield* send(path, { headers: { origin: dashboard } })
      expect([rejected.status, rejected.headers.get("access-control-allow-origin")]).toEqual([401, dashboard])
      for (const origin of ["https://evil.example", "null", `${dashboard}.evil.example`, "http://dashboard.example"]) {
        const other = yield* send(path, { headers: { "x-api-key": key, origin } })
        const otherPreflight = yield* send(path, { method: "OPTIONS", headers: { ...preflight, origin } })
        expect([cors(other.headers), cors(otherPreflight.headers), other.headers.get("vary")]).toEqual([
          {},
          {},
          expect.stringMatching(/^Origin, /)
        ])
      }
      const none = yield* send(path, { headers: { "x-api-key": key } })
      expect(cors(none.headers)).toEqual({})
    })
  )
})

/** When it is signed. */
const at = Date.UTC(2026, 0, 2, 3, 4, 5)

/** A request signed according to the guide, with Node's crypto only. */
const signed = (
  change: Partial<SignedRequest> = {},
  names = "host;x-sdk-date",
  others: Record<string, string> = {}
): SignedRequest => {
  const headers = { host: "gateway", "x-sdk-date": "20260102T030405Z", ...others }
  const canonical = `GET\n/v1/a/\nlimit=1&offset=2\n${names
    .split(";")
    .map((name) => `${name}:${(headers as Record<string, string>)[name] ?? ""}`)
    .join("\n")}\n\n${names}\n${sha256("")}`
  const signature = createHmac("sha256", secretKey)
    .update(`SDK-HMAC-SHA256\n20260102T030405Z\n${sha256(canonical)}`)
    .digest("hex")
  return {
    method: "GET",
    path: "/v1/a",
    query: "offset=2&limit=1",
    body: new Uint8Array(),
    ...change,
    headers: {
      ...headers,
      authorization: `SDK-HMAC-SHA256 Access=${accessKey}, SignedHeaders=${names}, Signature=${signature}`,
      ...change.headers
    }
  }
}

describe("Callers", () => {
  const now = Date.UTC(2026, 0, 2)
  const callersWith = (keys: Partial<Callers.Keys>) =>
    Callers.make({
      mode: "own",
      apiKeys: [],
      accessKeys: [],
      digest: sha256,
      verdicts: TokenVerdicts.known,
      onThrottled: () => {},
      ...keys
    })
  const headWith = (key: string, address: string) => headOf("GET", "/", { "x-api-key": key }, address)

  it("accept a key until it expires", () => {
    const callers = callersWith({ apiKeys: [{ hash: sha256(key), expires: "2026-01-02T00:00:00Z" }] })
    expect(Either.isRight(callers.identify(headWith(key, "192.0.2.1"), 0, now - 1))).toBe(true)
    expect(callers.identify(headWith(key, "192.0.2.1"), 0, now)).toEqual(Either.left(Failure.expiredKey))
  })

  it("accept the signature of an access key until that expires", () => {
    const callers = callersWith({
      accessKeys: [{ accessKey, secretKey: Redacted.make(secretKey), expires: "2026-01-02T03:05:00Z" }]
    })
    const expiry = Date.UTC(2026, 0, 2, 3, 5)
    expect(Either.isRight(callers.verify(signed(), "192.0.2.1", 0, expiry - 1))).toBe(true)
    expect(callers.verify(signed(), "192.0.2.1", 0, expiry)).toEqual(Either.left(Failure.expiredKey))
  })

  it("throttle wrong keys of each IPv4 address and each IPv6 /64, until the time in Retry-After", () => {
    const callers = callersWith({ apiKeys: [{ hash: sha256(key) }] })
    const statusOf = (address: string, at = now, sent = "guess") =>
      Either.match(callers.identify(headWith(sent, address), at, now), {
        onLeft: ({ status }) => status,
        onRight: () => 200
      })
    for (const [address, same, other] of [
      ["192.0.2.1", "192.0.2.1", "192.0.2.2"],
      ["2001:db8:1:2::1", "2001:db8:1:2:3:4:5:6", "2001:db8:1:3::1"]
    ] as const) {
      for (let index = 0; index < 20; index++) expect(statusOf(address)).toBe(401)
      expect([statusOf(same), statusOf(other), statusOf(same, now, key)]).toEqual([429, 401, 200])
      expect([statusOf(same, now + 3_000), statusOf(same, now + 3_000)]).toEqual([401, 429])
    }
  })
})

describe("ApiKeys", () => {
  it.prop("compares whole hashes", [FastCheck.string(), FastCheck.string()], ([left, right]) => {
    expect(timingSafeEqual(left, right)).toBe(left === right)
    expect(timingSafeEqual(left, left)).toBe(true)
  })

  it("parses a file of hashes with comments, and names an invalid line", () => {
    const [one, two] = [sha256("a"), sha256("b")]
    expect(ApiKeys.parseFile(`# all\n\n  ${one} # owner\r\n${two}\n#x`)).toEqual(
      Either.right([{ hash: one }, { hash: two }])
    )
    expect(ApiKeys.parseFile(`${one}\n\nab`)).toEqual(
      Either.left({ line: 3, expected: expect.stringContaining("not 64 hexadecimal digits") })
    )
    expect(ApiKeys.parseFile("# none\n")).toEqual(Either.left({ expected: "at least one key" }))
    // Clients encode them differently in a header.
    for (const line of [`schlüssel ${secretKey}`, `${accessKey} ${secretKey}é`]) {
      expect(CallerKeys.parseFile(line)).toMatchObject({ left: { expected: expect.stringContaining("visible ASCII") } })
    }
  })

  it("parses what follows a hash, and rejects every other word, as a misspelt restriction would be none", () => {
    const hash = sha256("a")
    const grant: KeyGrant.KeyGrant = {
      name: "team@ci",
      permissions: ["read", "write"],
      projects: ["a", "b_-1"],
      expires: "2027-01-31T12:00:00Z"
    }
    const words = "projects=a,b_-1 expires=2027-01-31T12:00:00Z"
    expect(KeyGrant.format(grant)).toBe(`name=team@ci permissions=read,write ${words}`)
    expect(ApiKeys.parseFile(`${hash}  ${words}\tname=team@ci permissions=read,write # x`)).toEqual(
      Either.right([{ hash, ...grant }])
    )
    expect(CallerKeys.parseFile(`${accessKey} ${secretKey} ${KeyGrant.format(grant)}`)).toEqual(
      Either.right([{ accessKey, secretKey: Redacted.make(secretKey), ...grant }])
    )
    for (const fields of [
      "owner",
      "write",
      "project=a",
      "projects=",
      "projects=a,",
      "projects=a, b",
      "projects=a/b",
      "permissions=admin",
      "permissions=",
      "expires=tomorrow",
      "expires=2027-02-30",
      "expires=2027-01-31T12:00",
      "name=",
      `name=${"x".repeat(65)}`,
      "name=a name=b"
    ]) {
      expect([fields, Either.isLeft(ApiKeys.parseFile(`${hash} ${fields}`))]).toEqual([fields, true])
      expect([fields, Either.isLeft(CallerKeys.parseFile(`${accessKey} ${secretKey} ${fields}`))]).toEqual([
        fields,
        true
      ])
    }
  })
})

interface Page extends SdkResponse {
  readonly items: ReadonlyArray<unknown>
}

const query = { offset: 1, limit: 20, "a b*": ["ü+1", "~(x)"] }

const sdkRequest = (headers: Record<string, string> = {}) => ({
  method: "GET",
  url: "/v1/{project_id}/hotspot-session-config",
  contentType: "application/json",
  queryParams: query,
  pathParams: { project_id: Demo.projectId },
  headers,
  data: {}
})

/** The error that the SDK throws. */
interface SdkFailure {
  readonly httpStatusCode?: number
  readonly errorCode?: string
}

const list = (client: HcClient, headers?: Record<string, string>) =>
  Effect.tryPromise({ try: () => client.sendRequest<Page>(sdkRequest(headers)), catch: (error) => error as SdkFailure })

const byToken = (endpoint: string) => new HcClient(new DefaultHttpClient({}, [endpoint])).withEndpoints([endpoint])

const bySignature = (endpoint: string, keys: { readonly ak: string; readonly sk: string }) =>
  new ClientBuilder((client) => client)
    // Without a user agent, the SDK generates one and stores it in the home directory.
    .withOptions({ customUserAgent: "test" })
    .withEndpoint(endpoint)
    .withCredential(new BasicCredentials({ projectId: Demo.projectId, ...keys }))
    .build()

describe("the official SDK", () => {
  it.scopedLive("lists by token, with the cloud's responses and errors; by signature it gets 401 with HSG.0002", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      const { url } = yield* makeGateway(client(emulator.endpoint), Gateway.recommended)
      const direct = yield* list(byToken(emulator.endpoint), { "X-Auth-Token": Demo.token })
      for (const outcome of ["miss", "hit"]) {
        const page = yield* list(byToken(url), { "X-Auth-Token": Demo.token })
        expect([outcome, page.httpStatusCode, page.items]).toEqual([outcome, 200, direct.items])
      }
      expect(yield* Effect.flip(list(byToken(url), { "X-Auth-Token": "guess" }))).toMatchObject({
        httpStatusCode: 401,
        errorCode: "APIGW.0301"
      })
      expect(yield* Effect.flip(list(bySignature(url, { ak: Demo.accessKey, sk: Demo.secretKey })))).toMatchObject({
        httpStatusCode: 401,
        errorCode: "HSG.0002"
      })
    }).pipe(Effect.provide(Emulator.layer({ count: 12 })))
  )

  it.scopedLive("lists by signature with an access key of the gateway; other keys return 401 with HSG.0012", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      const credentials = Credentials.layerToken(Redacted.make(Demo.token))
      const { url } = yield* makeGateway(client(emulator.endpoint, {}, credentials), {
        ...Gateway.recommended,
        credentials: "own",
        accessKeys: [
          { accessKey, secretKey: Redacted.make(secretKey) },
          { accessKey: "EXPIRED", secretKey: Redacted.make(secretKey), expires: "2020-01-01T00:00:00Z" }
        ]
      })
      for (let round = 0; round < 2; round++) {
        const page = yield* list(bySignature(url, { ak: accessKey, sk: secretKey }))
        expect([page.httpStatusCode, page.items.length]).toEqual([200, 11])
      }
      for (const keys of [
        { ak: accessKey, sk: "wrong" },
        { ak: "UNKNOWN", sk: secretKey },
        { ak: "EXPIRED", sk: secretKey },
        { ak: Demo.accessKey, sk: Demo.secretKey }
      ]) {
        // Only what the assertion needs: it cannot print a response of the SDK.
        const result = yield* Effect.match(list(bySignature(url, keys)), {
          onFailure: ({ errorCode, httpStatusCode }) => [httpStatusCode, errorCode],
          onSuccess: ({ httpStatusCode }) => [httpStatusCode]
        })
        expect([keys.ak, ...result]).toEqual([keys.ak, 401, "HSG.0012"])
      }
      expect((yield* send(`${url}${contractPath}`, {})).status).toBe(401)
    }).pipe(Effect.provide(Emulator.layer({ count: 12 })))
  )

  it.scopedLive("gets 413 with HSG.0013 for a body that is too large or chunked", () =>
    Effect.gen(function* () {
      const { port } = yield* gatewayWithKeys(() => page(), {
        accessKeys: [{ accessKey, secretKey: Redacted.make(secretKey) }]
      })
      const head = `GET ${contractPath} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: SDK-HMAC-SHA256 Access=a\r\n`
      const declared = yield* raw(port, `${head}Content-Length: 16385\r\n\r\nabc`)
      expect(declared).toMatch(/^HTTP\/1\.1 413 /)
      expect(declared).toContain("HSG.0013")
      const chunk = `1000\r\n${"x".repeat(4096)}\r\n`
      expect(yield* raw(port, `${head}Transfer-Encoding: chunked\r\n\r\n${chunk.repeat(5)}`)).toMatch(
        /^HTTP\/1\.1 413 /
      )
    })
  )
})

describe("verify", () => {
  const keys = new Map([[accessKey, { accessKey, secretKey: Redacted.make(secretKey) }]])

  it("accepts a signature within 15 minutes of its date", () => {
    for (const minutes of [0, 15, -15])
      expect(verify(signed(), keys, at + minutes * 60_000)).toEqual(Either.right(accessKey))
    for (const minutes of [15.1, -15.1, Number.NaN]) {
      expect(Either.isLeft(verify(signed(), keys, at + minutes * 60_000))).toBe(true)
    }
  })

  /** What the official SDK for Go signs. */
  const go = [
    "user-agent;x-project-id;x-sdk-date",
    { "user-agent": "huaweicloud-usdk-go/3.0", "x-project-id": "0123456789abcdef0123456789abcdef" }
  ] as const

  /** What golangsdk, the client of Terraform, signs. */
  const terraform = [
    "accept;content-type;user-agent;x-sdk-date",
    {
      accept: "application/json",
      "content-type": "application/json",
      "user-agent": "HashiCorp Terraform/1.9 terraform-provider-huaweicloud/1.70"
    }
  ] as const

  it.each([
    ["the official SDK for Go", go],
    ["Terraform", terraform],
    ["a client that signs only the date", ["x-sdk-date", {}] as const]
  ])("accepts a signature that does not cover the host, of %s", (_, [names, headers]) => {
    expect(verify(signed({ headers: { ...headers, host: "proxy.example" } }, names, headers), keys, at)).toEqual(
      Either.right(accessKey)
    )
  })

  it.each<readonly [string, SignedRequest]>([
    ["for another method", signed({ method: "HEAD" })],
    ["for another path", signed({ path: "/v1/b" })],
    ["for another query", signed({ query: "offset=2&limit=2" })],
    ["for another body", signed({ body: new Uint8Array([1]) })],
    ["for another host", signed({ headers: { host: "other" } })],
    ["for another date", signed({ headers: { "x-sdk-date": "20260102T030406Z" } })],
    ["without the header X-Sdk-Date", signed({ headers: { "x-sdk-date": undefined } })],
    ["for another project in a header", signed({ headers: { "x-project-id": "b" } }, ...go)],
    ["that does not cover the date", signed({}, "host")],
    ["with a malformed Authorization", signed({ headers: { authorization: "SDK-HMAC-SHA256 x" } })],
    ["with another algorithm", signed({ headers: { authorization: "V11-HMAC-SHA256 Credential=a/20260101/b/c" } })]
  ])("rejects a signature %s", (_, request) => {
    expect(Either.isLeft(verify(request, keys, at))).toBe(true)
    expect(Either.isRight(verify(signed(), keys, at))).toBe(true)
  })
})
