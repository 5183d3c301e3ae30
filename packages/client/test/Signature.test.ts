import { createHash, createHmac } from "node:crypto"
import { createServer } from "node:http"
import { inspect } from "node:util"
import { FetchHttpClient, HttpBody, HttpClient, HttpClientRequest } from "@effect/platform"
import { NodeHttpClient } from "@effect/platform-node"
import { describe, expect, it } from "@effect/vitest"
import { AKSKSigner } from "@huaweicloud/huaweicloud-sdk-core/auth/AKSKSigner.js"
import { BasicCredentials } from "@huaweicloud/huaweicloud-sdk-core/auth/BasicCredentials.js"
import { Effect, Either, Redacted, Stream } from "effect"
import * as FC from "effect/FastCheck"
import { runs } from "../../../test/runs.js"
import { listHotspotSessionConfig } from "../src/operations/ListHotspotSessionConfig.js"
import { requestUrl } from "../src/Request.js"
import * as Signature from "../src/Signature.js"
import vectors from "./fixtures/signing-vectors.json" with { type: "json" }

const at = Date.UTC(2026, 0, 2, 3, 4, 5, 678)
const date = "20260102T030405Z"
const projectId = "0123456789abcdef0123456789abcdef"
const secret = "canarySecretKeyCanarySecretKeyCanarySecr"
const token = "canarySecurityTokenCanarySecurityToken"

const key: Signature.SigningKey = { accessKey: "ACCESSKEY", secretKey: Redacted.make(secret) }
const temporaryKey: Signature.SigningKey = { ...key, securityToken: Redacted.make(token) }

const sha256 = (data: string | Uint8Array) => createHash("sha256").update(data).digest("hex")
const hmac = (secret: string, text: string) => createHmac("sha256", secret).update(text).digest("hex")

const signatureOf = (authorization: string | undefined) => /, Signature=([0-9a-f]{64})$/.exec(authorization ?? "")?.[1]

const signed = (request: HttpClientRequest.HttpClientRequest, options: Partial<Signature.SignOptions> = {}, by = key) =>
  signatureOf(Signature.sign(request, by, { at, ...options }).headers["authorization"])

/** The signature of a GET with the given canonical path and query, computed with Node.js only. */
const expectedSignature = (host: string, path: string, query: string) =>
  hmac(
    secret,
    `SDK-HMAC-SHA256\n${date}\n${sha256(`GET\n${path}\n${query}\nhost:${host}\nx-sdk-date:${date}\n\nhost;x-sdk-date\n${sha256("")}`)}`
  )

type Query = ReadonlyArray<readonly [name: string, value: string]>

const ourRequest = (url: string, query: Query = []) =>
  HttpClientRequest.get(url).pipe(HttpClientRequest.appendUrlParams(query))

/** The same request for the official SDK, which takes the query separately and signs every header. */
const official = (
  url: string,
  query: Query = [],
  { projectId, securityToken }: { projectId?: string | undefined; securityToken?: string | undefined } = {}
) => {
  const queryParams: Record<string, Array<string>> = Object.create(null)
  for (const [name, value] of query) {
    queryParams[name] = [...(queryParams[name] ?? []), value]
  }
  return {
    endpoint: url,
    method: "GET",
    queryParams,
    headers: {
      "X-Sdk-Date": date,
      ...(projectId === undefined ? {} : { "X-Project-Id": projectId }),
      ...(securityToken === undefined ? {} : { "X-Security-Token": securityToken })
    }
  }
}

const officialKey = new BasicCredentials({ ak: key.accessKey, sk: secret })

const signedOfficially = (...request: Parameters<typeof official>) => {
  const headers: Record<string, string> = { ...AKSKSigner.sign(official(...request), officialKey) }
  return signatureOf(headers["Authorization"])
}

describe("the signing vectors", () => {
  for (const vector of vectors) {
    it(vector.name, () => {
      const headers = Signature.signedHeaders(Object.entries(vector.signedHeaders))
      const canonical = Signature.canonicalRequest({
        method: vector.method,
        url: new URL(vector.url),
        headers,
        payloadHash: Signature.payloadHash(HttpBody.text(vector.body))
      })
      if (vector.canonicalRequestSha256 !== undefined) expect(sha256(canonical)).toBe(vector.canonicalRequestSha256)
      const text = Signature.stringToSign(vector.signedHeaders["x-sdk-date"], canonical)
      const key = { accessKey: vector.accessKey, secretKey: Redacted.make(vector.secretKey) }
      expect(Signature.signature(key, text)).toBe(vector.signature)
    })
  }
})

/** Segments of a path as callers write them: some plain, some encoded, some that URL removes. */
const plain = FC.array(FC.constantFrom(..."aZ0-_.~*+%()!@$&=,;:[]\\", "é", "中", "😀", "%a", "hotspot"), {
  minLength: 1,
  maxLength: 6
}).map((parts) => parts.join(""))
const around = (middle: FC.Arbitrary<string>) => FC.tuple(plain, middle, plain).map((parts) => parts.join(""))
const segment = FC.oneof(
  { weight: 40, arbitrary: plain },
  { weight: 1, arbitrary: around(FC.constantFrom(..." \"'<>^`{|}")) },
  { weight: 1, arbitrary: around(FC.constantFrom("%20", "%2F", "%e4%b8%ad", "%7E", "%25", "%FF")) },
  { weight: 1, arbitrary: FC.constantFrom(".", "..") },
  { weight: 4, arbitrary: FC.constant("") }
)
const path = FC.tuple(FC.array(segment, { maxLength: 4 }), FC.boolean()).map(
  ([segments, slash]) => `/${segments.join("/")}${slash ? "/" : ""}`
)

const word = FC.array(
  FC.constantFrom(..."aAb1-_.~*+%&=/?# '\"()!:", "é", "中", "😀", "😀", "～", "～", "%41", "limit"),
  {
    maxLength: 4
  }
).map((parts) => parts.join(""))
const query = FC.array(FC.tuple(FC.oneof(word, FC.constantFrom("limit", "a", "")), word), { maxLength: 5 })

const host = FC.oneof(
  {
    weight: 19,
    arbitrary: FC.constantFrom("https://service.example", "https://SERVICE.example:8443", "http://127.0.0.1:8080")
  },
  { weight: 1, arbitrary: FC.constantFrom("https://service.example:443", "http://service.example:80") }
)

const sorted = (query: Query, compare: (a: string, b: string) => number) =>
  JSON.stringify(query.toSorted(([a, x], [b, y]) => compare(a, b) || compare(x, y)))

const dotSegments = (path: string) => path.split(/[/\\]/).filter((segment) => /^\.\.?$/.test(segment)).length

/** The reasons why the official SDK's signature must differ, derived only from the input. */
const differences = (host: string, path: string, query: Query): ReadonlyArray<string> => {
  const byCharacter = sorted(query, (a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
  const byCodeUnit = sorted(query, (a, b) => (a < b ? -1 : a > b ? 1 : 0))
  return [
    ...(/%[0-9a-f]{2}/i.test(path) ? ["encoded by the caller"] : []),
    ...(/[ "'<>^`{|}]/.test(path) ? ["encoded by url.parse"] : []),
    // Only if URL removes them: Node.js 20 keeps, and so sends, a `.` after a segment such as `.a`.
    ...(dotSegments(path) > dotSegments(new URL(`${host}${path}`).pathname) ? ["dot segments"] : []),
    ...(byCharacter === byCodeUnit ? [] : ["order of names and values"]),
    ...(/:(?:443|80)$/.test(host) ? ["default port"] : [])
  ]
}

describe("the official SDK's signature", () => {
  it("equals ours, except for the known differences", () => {
    const cases = FC.sample(FC.record({ host, path, query, project: FC.boolean(), temporary: FC.boolean() }), {
      numRuns: runs(2000, 600),
      seed: 20260102
    })
    const counts: Record<string, number> = {}
    const surprises = cases.filter(({ host, path, project, query, temporary }) => {
      const url = `${host}${path}`
      const options = project ? { projectId } : {}
      const ours = signed(ourRequest(url, query), options, temporary ? temporaryKey : key)
      const theirs = signedOfficially(url, query, { ...options, ...(temporary ? { securityToken: token } : {}) })
      const reasons = differences(host, path, query)
      for (const reason of reasons.length === 0 ? ["the same"] : reasons) counts[reason] = (counts[reason] ?? 0) + 1
      return ours === undefined || theirs === undefined || (ours === theirs) !== (reasons.length === 0)
    })
    expect(surprises).toEqual([])
    expect(counts["the same"]).toBeGreaterThan(cases.length * 0.7)
    expect(counts["encoded by the caller"]).toBeGreaterThan(15)
    expect(counts["encoded by url.parse"]).toBeGreaterThan(15)
    expect(counts["dot segments"]).toBeGreaterThan(15)
    expect(counts["order of names and values"]).toBeGreaterThan(1)
    expect(counts["default port"]).toBeGreaterThan(15)
  })

  /** According to the guide, a URL's path is encoded once and has no relative segments, and its query is signed. */
  const known: ReadonlyArray<{
    readonly name: string
    readonly path: string
    readonly query?: Query
    readonly ours: readonly [path: string, query: string]
    readonly theirs: readonly [path: string, query: string]
  }> = [
    { name: "a space in the path", path: "/a b", ours: ["/a%20b/", ""], theirs: ["/a%2520b/", ""] },
    { name: "a quote in the path", path: "/it's", ours: ["/it%27s/", ""], theirs: ["/it%2527s/", ""] },
    { name: "an encoded slash in the path", path: "/a%2fb", ours: ["/a%2Fb/", ""], theirs: ["/a%252fb/", ""] },
    { name: "an encoded letter in the path", path: "/%61%7E", ours: ["/a~/", ""], theirs: ["/%2561%257E/", ""] },
    { name: "octets that are not valid UTF-8", path: "/%FF", ours: ["/%FF/", ""], theirs: ["/%25FF/", ""] },
    { name: "dot segments", path: "/a/./../b/..", ours: ["/", ""], theirs: ["/a/./../b/../", ""] },
    { name: "a query in the URL", path: "/a?c&b=x%20y", ours: ["/a/", "b=x%20y&c="], theirs: ["/a/", ""] },
    {
      name: "names beyond the Basic Multilingual Plane",
      path: "/a",
      query: [
        ["😀", ""],
        ["～", ""]
      ],
      ours: ["/a/", "%EF%BD%9E=&%F0%9F%98%80="],
      theirs: ["/a/", "%F0%9F%98%80=&%EF%BD%9E="]
    }
  ]
  for (const { name, ours, path, query, theirs } of known) {
    it(`differs, and does not match the sent request, for ${name}`, () => {
      const url = `https://service.example${path}`
      expect(signed(ourRequest(url, query))).toBe(expectedSignature("service.example", ...ours))
      expect(signedOfficially(url, query)).toBe(expectedSignature("service.example", ...theirs))
    })
  }

  it("differs, but is valid, for a default port, because the SDK sends its own Host header", () => {
    const url = "https://service.example:443/a"
    expect(signed(ourRequest(url))).toBe(expectedSignature("service.example", "/a/", ""))
    expect(signedOfficially(url)).toBe(expectedSignature("service.example:443", "/a/", ""))
    const withHost = HttpClientRequest.setHeader(ourRequest(url), "Host", "service.example:443")
    expect(signed(withHost)).toBe(signedOfficially(url))
  })

  it("equals ours for every request of this API", () => {
    const requests = FC.sample(
      FC.record({
        endpoint: FC.constantFrom(
          "https://appstream.cn-north-4.myhuaweicloud.com",
          "https://workspace.ap-southeast-1.myhuaweicloud.com",
          "http://127.0.0.1:8080/cloud"
        ),
        project_id: FC.oneof(FC.stringMatching(/^[0-9a-f]{32}$/), FC.stringMatching(/^[0-9A-Za-z_-]{1,128}$/)),
        parameters: FC.record(
          { limit: FC.integer({ min: 1, max: 100 }), offset: FC.integer({ min: 0, max: 2147483647 }) },
          { requiredKeys: [] }
        )
      }),
      { numRuns: runs(300), seed: 1 }
    )
    for (const { endpoint, parameters, project_id } of requests) {
      const ours = ourRequest(
        Either.getOrThrow(requestUrl(listHotspotSessionConfig, endpoint, { project_id, ...parameters }))
      )
      const query = Object.entries(parameters).map(([name, value]) => [name, String(value)] as const)
      const url = `${endpoint}/v1/${project_id}/hotspot-session-config`
      const projectId = project_id
      const theirs = signedOfficially(url, query, { projectId, securityToken: token })
      expect(theirs).toBeDefined()
      expect(signed(ours, { projectId }, temporaryKey)).toBe(theirs)
    }
  })
})

describe("a signature", () => {
  /** The canonical request as a server computes it from the received octets. `+` is never sent, as it is ambiguous. */
  const canonicalOf = (sent: { method: string; target: string; headers: NodeJS.Dict<string | string[]> }) => {
    const octets = (text: string) =>
      Buffer.from(
        text.replace(/%([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16))),
        "latin1"
      )
    const encode = (data: Buffer) =>
      [...data]
        .map((octet) => {
          const character = String.fromCharCode(octet)
          return /[\w.~-]/.test(character) ? character : `%${Buffer.of(octet).toString("hex").toUpperCase()}`
        })
        .join("")
    const [path = "", query = ""] = sent.target.split("?", 2)
    expect(sent.target).toMatch(/^[\x21-\x7e]+$/)
    expect(query).not.toContain("+")
    const parameters = query
      .split("&")
      .filter((parameter) => parameter !== "")
      .map((parameter) => {
        const [name = "", ...value] = parameter.split("=")
        return [octets(name), octets(value.join("="))] as const
      })
      .sort(([a, x], [b, y]) => Buffer.compare(a, b) || Buffer.compare(x, y))
    const names = /SignedHeaders=([^,]+),/.exec(String(sent.headers["authorization"]))?.[1] ?? ""
    return [
      sent.method,
      path
        .split("/")
        .map((segment) => encode(octets(segment)))
        .join("/")
        .replace(/(?<!\/)$/, "/"),
      parameters.map(([name, value]) => `${encode(name)}=${encode(value)}`).join("&"),
      ...names.split(";").map((name) => `${name}:${sent.headers[name]}`),
      "",
      names
    ].join("\n")
  }

  const listen = Effect.acquireRelease(
    Effect.async<{ origin: string; close: Effect.Effect<void> }>((resume) => {
      const server = createServer((request, response) => {
        const chunks: Array<Buffer> = []
        request.on("data", (chunk) => chunks.push(chunk))
        request.on("end", () => {
          const { headers, method = "", url = "" } = request
          const sent = headers["x-sdk-content-sha256"] ?? sha256(Buffer.concat(chunks))
          const canonical = `${canonicalOf({ method, target: url, headers })}\n${sent}`
          const text = `SDK-HMAC-SHA256\n${headers["x-sdk-date"]}\n${sha256(canonical)}`
          response.end(hmac(secret, text) === signatureOf(headers["authorization"]) ? "valid" : canonical)
        })
      })
      server.listen(0, "127.0.0.1", () => {
        const address = server.address()
        const port = typeof address === "object" ? address?.port : 0
        resume(
          Effect.succeed({
            origin: `http://127.0.0.1:${port}`,
            close: Effect.sync(() => {
              server.close()
              server.closeAllConnections()
            })
          })
        )
      })
    }),
    ({ close }) => close
  )

  for (const [name, client] of [
    ["fetch", FetchHttpClient.layer],
    ["node:http", NodeHttpClient.layer],
    ["undici", NodeHttpClient.layerUndici]
  ] as const) {
    it.scoped(`matches the request that ${name} sends`, () =>
      Effect.gen(function* () {
        const { origin } = yield* listen
        const bodies = [
          (request: HttpClientRequest.HttpClientRequest) => request,
          HttpClientRequest.bodyUnsafeJson({ update_type: "ADD" }),
          HttpClientRequest.bodyText("ä"),
          HttpClientRequest.bodyStream(Stream.make(new Uint8Array([1, 2, 3]))),
          // The platform's client cannot send form data with this release of undici.
          ...(name === "undici" ? [] : [HttpClientRequest.bodyFormDataRecord({ a: "b" })])
        ]
        const texts = FC.constantFrom("", "?a=1+1&b", "?=&&a=%e9&%zz=%2B", "?limit=1&limit=0#top")
        const requests = FC.sample(
          FC.record({ path, query, text: texts, hash: FC.boolean(), body: FC.constantFrom(...bodies) }),
          { numRuns: 25, seed: 3 }
        )
        const results = yield* Effect.forEach(
          requests,
          ({ body, hash, path, query, text }) => {
            const request = ourRequest(`${origin}${path}${text}`, query).pipe(
              HttpClientRequest.setMethod("PATCH"),
              body,
              hash ? HttpClientRequest.setHash("fragment") : (_) => _
            )
            return HttpClient.execute(Signature.sign(request, temporaryKey, { at, projectId })).pipe(
              Effect.flatMap((response) => response.text)
            )
          },
          { concurrency: 8 }
        )
        expect(new Set(results)).toEqual(new Set(["valid"]))
      }).pipe(Effect.provide(client))
    )
  }

  const url = "https://service.example/v1/p/things?limit=1"

  it("covers host and date, and the project, the token and an unsigned body if present", () => {
    const names = (request: HttpClientRequest.HttpClientRequest, by = key, options = {}) =>
      /SignedHeaders=([^,]+),/.exec(Signature.sign(request, by, { at, ...options }).headers["authorization"] ?? "")?.[1]
    const request = HttpClientRequest.get(url, { headers: { accept: "a", "user-agent": "b", traceparent: "c" } })
    expect(names(request)).toBe("host;x-sdk-date")
    expect(names(request, temporaryKey, { projectId })).toBe("host;x-project-id;x-sdk-date;x-security-token")
    expect(names(HttpClientRequest.setHeader(request, "X-Project-Id", "p"))).toBe("host;x-project-id;x-sdk-date")
    const streamed = HttpClientRequest.bodyStream(HttpClientRequest.post(url), Stream.empty)
    expect(names(streamed)).toBe("host;x-sdk-content-sha256;x-sdk-date")
  })

  it("covers headers sorted by name, with trimmed values", () => {
    const headers = [
      ["x-sdk-date", " 20260102T030405Z"],
      ["host", "a\t"],
      ["x-b", " b  c "]
    ] as const
    expect(Signature.signedHeaders(headers)).toEqual({
      names: "host;x-b;x-sdk-date",
      lines: "host:a\nx-b:b  c\nx-sdk-date:20260102T030405Z\n"
    })
  })

  it("adds headers to the request and changes nothing else", () => {
    const request = HttpClientRequest.patch(url, { headers: { accept: "application/json" } }).pipe(
      HttpClientRequest.bodyUnsafeJson({ a: 1 })
    )
    const result = Signature.sign(request, temporaryKey, { at, projectId })
    expect(result.method).toBe("PATCH")
    expect(result.url).toBe(url)
    expect(result.body).toBe(request.body)
    expect({ ...result.headers }).toEqual({
      ...request.headers,
      "x-sdk-date": date,
      "x-project-id": projectId,
      "x-security-token": token,
      authorization: expect.stringMatching(
        /^SDK-HMAC-SHA256 Access=ACCESSKEY, SignedHeaders=host;x-project-id;x-sdk-date;x-security-token, Signature=[0-9a-f]{64}$/
      )
    })
  })

  it.prop(
    "changes with each signed part only",
    [path, query],
    ([path, query]) => {
      const request = ourRequest(`https://service.example${path}`, query)
      const base = signed(request, { projectId }, temporaryKey)
      const with_ = (by: Partial<Signature.SigningKey>) => signed(request, { projectId }, { ...temporaryKey, ...by })
      expect([with_({}), signed(request, { projectId, at: at + 321 }, temporaryKey)]).toEqual([base, base])
      expect(with_({ secretKey: Redacted.make(secret) })).toBe(base)
      expect(signed(HttpClientRequest.setHeader(request, "accept", "b"), { projectId }, temporaryKey)).toBe(base)
      const changed = [
        base,
        signed(HttpClientRequest.setMethod(request, "HEAD"), { projectId }, temporaryKey),
        signed(HttpClientRequest.appendUrl(request, "x"), { projectId }, temporaryKey),
        signed(HttpClientRequest.appendUrlParam(request, "a", ""), { projectId }, temporaryKey),
        signed(HttpClientRequest.setBody(request, HttpBody.text("x")), { projectId }, temporaryKey),
        signed(ourRequest(`https://other.example${path}`, query), { projectId }, temporaryKey),
        signed(request, { projectId, at: at + 1000 }, temporaryKey),
        signed(request, { projectId: `${projectId}0` }, temporaryKey),
        signed(request, {}, temporaryKey),
        with_({ secretKey: Redacted.make(`${secret}0`) }),
        with_({ securityToken: Redacted.make(`${token}0`) }),
        with_({ securityToken: undefined })
      ]
      expect(changed).not.toContain(undefined)
      expect(new Set(changed).size).toBe(changed.length)
      // The cached state of the previous secret must not be reused.
      expect(signed(request, { projectId }, temporaryKey)).toBe(base)
    },
    { fastCheck: { numRuns: 30 } }
  )

  it.prop(
    "does not depend on the order of the parameters or on where they are specified",
    [query.chain((query) => FC.tuple(FC.constant(query), FC.shuffledSubarray(query, { minLength: query.length })))],
    ([[query, shuffled]]) => {
      const expected = signed(ourRequest("https://service.example/a", query))
      const text = shuffled.map((pair) => pair.map(encodeURIComponent).join("=")).join("&")
      expect(signed(ourRequest("https://service.example/a", shuffled))).toBe(expected)
      expect(signed(ourRequest(`https://service.example/a/?${text}#top`))).toBe(expected)
    }
  )

  it.prop("is replaced by a second one", [path, query], ([path, query]) => {
    const request = ourRequest(`https://service.example${path}`, query)
    const first = Signature.sign(HttpClientRequest.bodyStream(request, Stream.empty), temporaryKey, { at: 0 })
    const second = Signature.sign(HttpClientRequest.setBody(first, HttpBody.empty), key, { at })
    const once = Signature.sign(request, key, { at })
    expect({ ...second.headers }).toEqual({ ...once.headers })
    expect(second.url).toBe(once.url)
  })

  it("throws if the request cannot be signed", () => {
    const request = HttpClientRequest.get(url)
    expect(() => Signature.sign(HttpClientRequest.get("/relative"), key, { at })).toThrow(TypeError)
    expect(() => Signature.sign(request, key, { at: Number.NaN })).toThrow(RangeError)
    const wiped = { accessKey: "A", secretKey: Redacted.make(secret) }
    expect(signed(request, {}, wiped)).toBeDefined()
    Redacted.unsafeWipe(wiped.secretKey)
    expect(() => Signature.sign(request, wiped, { at })).toThrow()
  })
})

describe("secrets", () => {
  it("are only in the sent headers", () => {
    const request = HttpClientRequest.post("https://service.example/a").pipe(HttpClientRequest.bodyUnsafeJson({}))
    const result = Signature.sign(request, temporaryKey, { at, projectId })
    const { "x-security-token": sent, authorization = "", ...headers } = result.headers
    expect(sent).toBe(token)
    expect(authorization).not.toContain(secret)
    expect(authorization).not.toContain(token)
    const signature = signatureOf(authorization) ?? ""
    expect(signature).toHaveLength(64)
    const { body, hash, method, url, urlParams } = result
    for (const shown of [temporaryKey, request, headers, { body, hash, method, url, urlParams }, Signature]) {
      for (const text of [inspect(shown, { depth: null, showHidden: true }), JSON.stringify(shown)]) {
        for (const hidden of [secret, token, signature]) expect(text).not.toContain(hidden)
      }
    }
  })

  it("are not in errors", () => {
    const wiped = { accessKey: "A", secretKey: Redacted.make(secret), securityToken: Redacted.make(token) }
    const request = HttpClientRequest.get("https://service.example/a")
    Signature.sign(request, wiped, { at })
    Redacted.unsafeWipe(wiped.secretKey)
    const errors = [
      () => Signature.sign(request, wiped, { at }),
      () => Signature.sign(HttpClientRequest.get("/relative"), temporaryKey, { at }),
      () => Signature.sign(request, temporaryKey, { at: Number.NaN })
    ].map((run) => {
      try {
        return run()
      } catch (error) {
        return error
      }
    })
    for (const error of errors) {
      expect(error).toBeInstanceOf(Error)
      expect(inspect(error, { depth: null })).not.toContain(secret)
      expect(inspect(error, { depth: null })).not.toContain(token)
    }
  })
})
