import { type ChildProcess, spawn } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import * as Http from "node:http"
import * as Net from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Zlib from "node:zlib"
import { FetchHttpClient, HttpClient, HttpClientRequest } from "@effect/platform"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { describe, expect, it } from "@effect/vitest"
import { Credentials, EcsMetadata, HotspotSession, Iam, RetryPolicy } from "@hotspot-session/client"
import { NodeHotspotSession } from "@hotspot-session/client/node"
import { Demo, Emulator } from "@hotspot-session/emulator"
import { Effect, Either, FastCheck, Layer, Redacted, Schedule } from "effect"
import { runs } from "../../../test/runs.js"
import { decode } from "../src/ContentCoding.js"
import * as CallbackTransport from "../src/node/CallbackTransport.js"
import * as Transport from "../src/Transport.js"
import { server } from "./support.js"

const encoders: Record<string, (bytes: Uint8Array) => Buffer> = {
  gzip: (bytes) => Zlib.gzipSync(bytes),
  "x-gzip": (bytes) => Zlib.gzipSync(bytes),
  deflate: (bytes) => Zlib.deflateSync(bytes),
  br: (bytes) => Zlib.brotliCompressSync(bytes, { params: { [Zlib.constants.BROTLI_PARAM_QUALITY]: 3 } })
}

const mebibyte = 1024 * 1024

describe("a body", () => {
  it("is the original one after any codings, in any case and with identity between them", () => {
    FastCheck.assert(
      FastCheck.property(
        FastCheck.uint8Array({ minLength: 1, maxLength: 500 }),
        FastCheck.array(FastCheck.constantFrom(...Object.keys(encoders)), { minLength: 1, maxLength: 4 }),
        FastCheck.boolean(),
        (original, codings, isUpper) => {
          const sent = codings.reduce<Uint8Array>((bytes, coding) => encoders[coding]?.(bytes) ?? bytes, original)
          const header = codings.join(" , identity,")
          expect(
            Buffer.from(Either.getOrThrow(decode(sent, isUpper ? header.toUpperCase() : header, mebibyte)))
          ).toEqual(Buffer.from(original))
        }
      ),
      { numRuns: runs(60, 30) }
    )
  })

  it("may be deflated without the zlib format", () => {
    const text = Buffer.from('{"items":[]}')
    expect(decode(Zlib.deflateRawSync(text), "deflate", mebibyte)).toEqual(Either.right(text))
  })

  it("without octets, or that is text already, is returned as it is", () => {
    expect(decode(new Uint8Array(), "gzip", 10)).toEqual(Either.right(new Uint8Array()))
    const text = Buffer.from('{"items":["汉"]}\r\n')
    expect(decode(text, "gzip, br", 10)).toEqual(Either.right(text))
  })

  it("is decoded only up to the limit, which holds after each coding", () => {
    const bomb = Zlib.gzipSync(Buffer.alloc(mebibyte))
    const detail = "the decoded body is larger than 1000 bytes"
    expect(decode(bomb, "gzip", 1000)).toEqual(Either.left({ reason: "size", detail }))
    expect(decode(Zlib.gzipSync(bomb), "gzip, gzip", 1000)).toMatchObject({ left: { reason: "size" } })
    expect(decode(Zlib.brotliCompressSync(Buffer.alloc(mebibyte)), "br", 1000)).toMatchObject({
      left: { reason: "size" }
    })
    expect(decode(bomb, "gzip", Number.POSITIVE_INFINITY)).toMatchObject({ _tag: "Right" })
  })

  it.each([
    ["zstd", "the body's content coding “zstd” is not supported, only gzip, x-gzip, deflate, br"],
    ["gzip, compress", "the body's content coding “compress” is not supported, only gzip, x-gzip, deflate, br"],
    [Array(6).fill("gzip").join(), "the body has 6 content codings, and at most 5 are supported"]
  ])("with the codings %s is rejected", (header, detail) => {
    expect(decode(Zlib.gzipSync("{}"), header, mebibyte)).toEqual(Either.left({ reason: "encoding", detail }))
    expect(decode(Buffer.from("{}"), header, mebibyte)).toEqual(Either.left({ reason: "encoding", detail }))
  })

  it("that is damaged is rejected with a code, truncated at any octet or changed at its end", () => {
    for (const [coding, encode] of Object.entries(encoders)) {
      const bytes = encode(Buffer.from(JSON.stringify({ items: [...Array(50).keys()] })))
      for (let length = 1; length < bytes.byteLength; length++) {
        const result = decode(bytes.subarray(0, length), coding, mebibyte)
        // The first octets alone may be text.
        if (length > 4) expect(result).toMatchObject({ left: { reason: "encoding", code: "Z_BUF_ERROR" } })
      }
    }
    const bytes = Zlib.gzipSync("{}")
    bytes[bytes.length - 8] = (bytes[bytes.length - 8] ?? 0) ^ 1
    expect(decode(bytes, "gzip", mebibyte)).toEqual(
      Either.left({
        reason: "encoding",
        detail: "the gzip body is corrupt (incorrect data check)",
        code: "Z_DATA_ERROR"
      })
    )
  })
})

const serve = (listener: Http.RequestListener) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.async<Http.Server>((resume) => {
        const server = Http.createServer(listener)
        server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
      }),
      (server) => Effect.sync(() => server.close().closeAllConnections())
    ),
    (server) => `http://127.0.0.1:${(server.address() as Net.AddressInfo).port}`
  )

const bom = "\ufeff"

interface Served {
  readonly status?: number
  readonly coding?: string
  readonly type?: string
  readonly body: Uint8Array
}

const gzipped = Zlib.gzipSync('{"a":"ü"}')

// Newer versions of `fetch` decode `zstd`.
const served: Readonly<Record<string, Served>> = {
  gzip: { coding: "gzip", body: gzipped },
  "br with a BOM": { coding: "br", body: Zlib.brotliCompressSync(`${bom}{"a":"ü"}`) },
  "raw deflate": { coding: "deflate", body: Zlib.deflateRawSync('{"a":"ü"}') },
  "gzip in br": { coding: "gzip, br", body: Zlib.brotliCompressSync(gzipped) },
  identity: { coding: "identity", body: Buffer.from('{"a":"ü"}') },
  "text in spite of its header": { coding: "gzip", body: Buffer.from('{"a":"ü"}') },
  "a BOM": { body: Buffer.from(`${bom}{"a":"ü"}`) },
  "an error": { status: 503, coding: "gzip", body: Zlib.gzipSync('{"error_code":"X","error_msg":"ü"}') },
  "an error with an unknown coding": { status: 503, coding: "compress", body: gzipped },
  "an unknown coding": { coding: "compress", body: gzipped },
  "a truncated gzip": { coding: "gzip", body: gzipped.subarray(0, -9) },
  "UTF-16LE": { body: Buffer.from(`${bom}{"a":1}`, "utf16le") },
  "UTF-16BE": { body: Buffer.from('{"a":1}', "utf16le").swap16() },
  "U+FFFD": { body: Buffer.from('{"a":"\ufffd"}') },
  "undeclared Latin-1": { body: Buffer.from('{"a":"ü"}', "latin1") },
  "undeclared Latin-1 as gzip": { coding: "gzip", body: Zlib.gzipSync(Buffer.from('{"a":"ü"}', "latin1")) },
  "an error in Latin-1": { status: 503, body: Buffer.from('{"error_code":"X","error_msg":"ü"}', "latin1") },
  "Latin-1": { type: "application/json; charset=ISO-8859-1", body: Buffer.from('{"a":"ü"}', "latin1") }
}

const respond: Http.RequestListener = (request, response) => {
  const {
    body,
    coding,
    status = 200,
    type = "application/json"
  } = served[decodeURI(request.url ?? "").slice(1)] ?? {
    body: Buffer.from("")
  }
  response.writeHead(status, { "content-type": type, ...(coding === undefined ? {} : { "content-encoding": coding }) })
  response.end(body)
}

const clients: Record<string, Layer.Layer<HttpClient.HttpClient>> = {
  "this library's node layer": NodeHotspotSession.layerHttpClient(),
  "this library's undici layer": NodeHotspotSession.layerUndici(),
  "NodeHttpClient.layerUndici": NodeHttpClient.layerUndici,
  "FetchHttpClient.layer": FetchHttpClient.layer
}

const matrix = Object.entries(clients).flatMap(([name, layer]) =>
  [false, true].map((isTransformed) => ({ name, layer, isTransformed }))
)

describe.each(matrix)("$name, transformed: $isTransformed", ({ isTransformed, layer, name }) => {
  const isFetch = name.startsWith("Fetch")

  const exchange = (path: string) =>
    Effect.gen(function* () {
      const url = yield* serve(respond)
      const context = yield* Layer.build(layer)
      const given = yield* Effect.provide(HttpClient.HttpClient, context)
      const client = isTransformed ? HttpClient.mapRequest(Transport.derivable(given), (request) => request) : given
      return yield* Effect.either(
        Transport.of(client, given).exchange(HttpClientRequest.get(`${url}/${encodeURI(path)}`), 5000)
      )
    })

  it.scopedLive.each(["gzip", "br with a BOM", "gzip in br", "identity", "a BOM"])("reads %s", (path) =>
    Effect.gen(function* () {
      const { bytes, text } = Either.getOrThrow(yield* exchange(path))
      expect(text).toBe('{"a":"ü"}')
      if (bytes !== undefined) expect(Buffer.from(bytes).toString().replace(bom, "")).toBe(text)
    })
  )

  it.scopedLive("reads an error, and says why it cannot", () =>
    Effect.gen(function* () {
      expect(yield* exchange("an error")).toMatchObject({ right: { text: '{"error_code":"X","error_msg":"ü"}' } })
      expect(yield* exchange("an error with an unknown coding")).toMatchObject({
        right: { text: undefined, problem: expect.stringContaining("“compress” is not supported") }
      })
    })
  )

  it.scopedLive("rejects an unknown coding and what is not UTF-8, with the status", () =>
    Effect.gen(function* () {
      for (const [path, detail] of [
        ["an unknown coding", "the body's content coding “compress” is not supported, only gzip, x-gzip, deflate, br"],
        ["UTF-16LE", "the body is UTF-16, and only UTF-8 is supported"],
        ["UTF-16BE", "the body is UTF-16, and only UTF-8 is supported"],
        ["Latin-1", "the body is ISO-8859-1, and only UTF-8 is supported"]
      ] as const) {
        const left = { reason: "encoding", detail, isSent: true, status: 200 }
        expect(yield* exchange(path)).toMatchObject({ left })
      }
    })
  )

  it.scopedLive("reads U+FFFD, and an error that is not UTF-8", () =>
    Effect.gen(function* () {
      expect(yield* exchange("U+FFFD")).toMatchObject({ right: { text: '{"a":"\ufffd"}' } })
      expect(yield* exchange("an error in Latin-1")).toMatchObject({
        right: { status: 503, text: '{"error_code":"X","error_msg":"\ufffd"}' }
      })
    })
  )

  // Of a body without a content coding, a platform's client gives only the text unless it is transformed.
  it.scopedLive.runIf(name.startsWith("this") || isTransformed)("rejects what is not UTF-8 and declares nothing", () =>
    Effect.gen(function* () {
      for (const path of ["undeclared Latin-1", "undeclared Latin-1 as gzip"]) {
        expect(yield* exchange(path)).toMatchObject({ left: { reason: "encoding", isSent: true, status: 200 } })
      }
    })
  )

  // `fetch` decodes what it can of a body, and rejects text whose header says otherwise.
  it.scopedLive.skipIf(isFetch)("reads text in spite of its header and raw deflate, and rejects a truncated body", () =>
    Effect.gen(function* () {
      expect(yield* exchange("text in spite of its header")).toMatchObject({ right: { text: '{"a":"ü"}' } })
      expect(yield* exchange("raw deflate")).toMatchObject({ right: { text: '{"a":"ü"}' } })
      expect(yield* exchange("a truncated gzip")).toMatchObject({
        left: { reason: "encoding", code: "Z_BUF_ERROR", detail: "the gzip body is truncated", status: 200 }
      })
    })
  )

  it.scopedLive.runIf(isFetch)("says that a body is damaged", () =>
    Effect.gen(function* () {
      expect(yield* exchange("text in spite of its header")).toMatchObject({
        left: { reason: "encoding", code: "Z_DATA_ERROR" }
      })
    })
  )
})

describe("a client over node:http", () => {
  it.scopedLive.each(["gzip", "identity"])("reads no more than the limit of a body that is sent as %s", (path) =>
    Effect.gen(function* () {
      const url = yield* serve(respond)
      const context = yield* Layer.build(NodeHotspotSession.layerHttpClient())
      const client = yield* Effect.provide(HttpClient.HttpClient, context)
      const exchange = (maxBytes: number) =>
        Transport.fromHttpClient(client, { maxBodyBytes: maxBytes }).exchange(
          HttpClientRequest.get(`${url}/${path}`),
          5000
        )
      expect(yield* exchange(100)).toMatchObject({ text: '{"a":"ü"}' })
      expect(yield* Effect.flip(exchange(8))).toMatchObject({ reason: "size", isSent: true })
    })
  )

  it.scopedLive("reads an error without its body if that is too large", () =>
    Effect.gen(function* () {
      const { client } = yield* server(() => Effect.dieMessage("not used"))
      const exchange = (status: number) =>
        CallbackTransport.make(client, 8, CallbackTransport.Receiver, (_, receiver) => {
          receiver.head(status, {})
          receiver.data(Buffer.alloc(9))
        }).exchange(HttpClientRequest.get("http://service.example/"), 5000)
      expect(yield* exchange(403)).toMatchObject({ status: 403, text: undefined })
      expect(yield* Effect.flip(exchange(200))).toMatchObject({ reason: "size" })
    })
  )
})

describe("a call", () => {
  const connect = (
    endpoint: string,
    options: NodeHotspotSession.UndiciOptions = {},
    credentials?: Credentials.Service
  ) =>
    Effect.map(
      Layer.build(
        NodeHotspotSession.layer({ endpoint, retry: RetryPolicy.make({ attempts: 3, baseDelay: 0 }), ...options }).pipe(
          Layer.provide(
            Layer.succeed(Credentials.Credentials, credentials ?? Credentials.token(Redacted.make(Demo.token)))
          )
        )
      ),
      (context) => HotspotSession.HotspotSession.pipe(Effect.provide(context))
    ).pipe(Effect.flatten)

  it.scopedLive("repeats a read whose response is damaged, and no other that cannot be decoded", () =>
    Effect.gen(function* () {
      const seen: Array<string | undefined> = []
      const bodies: Array<readonly [coding: string, body: Uint8Array]> = []
      const endpoint = yield* serve((request, response) => {
        const [coding = "", body] = bodies.shift() ?? []
        seen.push(`${request.headers["accept-encoding"]}`)
        response.writeHead(200, { "content-type": "application/json", "content-encoding": coding }).end(body)
      })
      const { listHotspotSessionConfig: list } = yield* connect(endpoint, { maxBodyBytes: 5000 })
      const listing = Zlib.gzipSync('{"items":[]}')
      bodies.push(["gzip", listing.subarray(0, -1)], ["gzip", listing])
      expect((yield* list({ project_id: Demo.projectId })).items).toEqual([])
      bodies.push(["zstd", listing])
      expect(yield* Effect.flip(list({ project_id: Demo.projectId }))).toMatchObject({
        reason: "encoding",
        attempts: 1,
        message: expect.stringContaining("zstd")
      })
      bodies.push(["gzip", Zlib.gzipSync(Buffer.alloc(6000, " "))])
      expect(yield* Effect.flip(list({ project_id: Demo.projectId }))).toMatchObject({ reason: "size", attempts: 1 })
      expect(new Set(seen)).toEqual(new Set(["gzip, deflate, br"]))
    })
  )

  it.scopedLive("of a write was done if only its response cannot be decoded", () =>
    Effect.gen(function* () {
      const endpoint = yield* serve((_, response) =>
        response.writeHead(200, { "content-encoding": "zstd" }).end(Zlib.gzipSync("{}"))
      )
      const { createHotspotSessionConfig: create } = yield* connect(endpoint)
      const config = { hotspot_session_migration_enable: true, hotspot_exit_session_num: 4 }
      expect(yield* Effect.flip(create({ project_id: Demo.projectId, ...config }))).toMatchObject({
        reason: "encoding",
        outcome: "done",
        attempts: 1
      })
    })
  )
})

const freePort = Effect.async<number>((resume) => {
  const server = Net.createServer().listen(0, "127.0.0.1", () => {
    const { port } = server.address() as Net.AddressInfo
    server.close(() => resume(Effect.succeed(port)))
  })
})

const connects = (port: number) =>
  Effect.async<void, Error>((resume) => {
    const socket = Net.connect(port, "127.0.0.1")
      .on("connect", () => resume(Effect.sync(() => void socket.destroy())))
      .on("error", (error) => resume(Effect.fail(error)))
  })

/** nginx that compresses everything in front of a server; `undefined` where there is no nginx. */
const nginx = (upstream: string) =>
  Effect.gen(function* () {
    const port = yield* freePort
    const folder = mkdtempSync(join(tmpdir(), "hotspot-session-nginx-"))
    const paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((n) => `${n}_temp_path ${folder}/${n};`)
    writeFileSync(
      join(folder, "nginx.conf"),
      `daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error; events {}
http { access_log off; ${paths.join(" ")} gzip on; gzip_min_length 1; gzip_proxied any; gzip_types *;
server { listen 127.0.0.1:${port}; location / { proxy_pass ${upstream}; proxy_set_header Host $http_host; } } }`
    )
    const child = yield* Effect.acquireRelease(
      Effect.async<ChildProcess | undefined>((resume) => {
        const child = spawn("nginx", ["-p", folder, "-c", join(folder, "nginx.conf")], { stdio: "ignore" })
        child.on("error", () => resume(Effect.succeed(undefined))).on("spawn", () => resume(Effect.succeed(child)))
      }),
      (child) =>
        Effect.sync(() => {
          child?.kill("SIGKILL")
          rmSync(folder, { recursive: true, force: true })
        })
    )
    if (child === undefined) return undefined
    yield* Effect.retry(connects(port), Schedule.recurs(200).pipe(Schedule.addDelay(() => "20 millis")))
    return `http://127.0.0.1:${port}`
  })

describe("behind nginx with gzip", () => {
  it.scopedLive("the service, IAM and the metadata service can be used with each client", ({ skip }) =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.make({ count: 120 })
      const endpoint = yield* nginx(emulator.endpoint)
      if (endpoint === undefined) return skip("there is no nginx")
      const project = { id: Demo.projectId }
      const user = { domainName: Demo.domainName, userName: Demo.userName, password: Redacted.make(Demo.password) }
      for (const layer of Object.values(clients)) {
        for (const credentials of [Iam.password({ ...user, project, endpoint }), EcsMetadata.make(endpoint)]) {
          const { items } = yield* Effect.flatMap(HotspotSession.make({ endpoint }), ({ listHotspotSessionConfig }) =>
            listHotspotSessionConfig({ project_id: Demo.projectId, limit: 100 })
          ).pipe(Effect.provideServiceEffect(Credentials.Credentials, credentials), Effect.provide(layer))
          expect(items).toHaveLength(100)
        }
      }
      const { coding, signed } = yield* Effect.map(emulator.requests, (requests) => ({
        coding: new Set(requests.map(({ headers }) => headers["accept-encoding"])),
        signed: requests.flatMap(({ headers }) => headers["authorization"] ?? [])
      }))
      expect(coding).toEqual(new Set(["gzip, deflate, br"]))
      // A proxy may change the header.
      expect(signed.length).toBeGreaterThan(0)
      expect(signed.join()).not.toContain("accept-encoding")
      const compressed = yield* Effect.promise(() => fetch(endpoint, { headers: { "accept-encoding": "gzip" } }))
      expect(compressed.headers.get("content-encoding")).toBe("gzip")
    })
  )
})
