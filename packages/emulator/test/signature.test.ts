import * as Crypto from "node:crypto"
import * as Fs from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Schema from "effect/Schema"
import * as SignatureCheck from "../src/SignatureCheck.js"

const Vectors = Schema.parseJson(
  Schema.NonEmptyArray(
    Schema.Struct({
      name: Schema.String,
      algorithm: Schema.Literal("SDK-HMAC-SHA256"),
      accessKey: Schema.String,
      secretKey: Schema.String,
      method: Schema.String,
      url: Schema.String,
      signedHeaders: Schema.Record({ key: Schema.String, value: Schema.String }),
      body: Schema.String,
      canonicalRequestSha256: Schema.optional(Schema.String),
      signature: Schema.String
    })
  )
)

const vectors = Schema.decodeSync(Vectors)(
  Fs.readFileSync(new URL("./fixtures/signing-vectors.json", import.meta.url), "utf8")
)

const canonicalOf = (vector: (typeof vectors)[number]) => {
  const { pathname, search } = new URL(vector.url)
  return SignatureCheck.canonicalRequest(
    {
      method: vector.method,
      path: pathname,
      query: search.slice(1),
      headers: vector.signedHeaders,
      body: Buffer.from(vector.body)
    },
    Object.keys(vector.signedHeaders)
  )
}

const requestOf = (
  path: string,
  query: string,
  headers: Record<string, string> = {},
  body = ""
): SignatureCheck.Request => ({
  method: "GET",
  path,
  query,
  headers,
  body: Buffer.from(body)
})

const lines = (request: SignatureCheck.Request, names: ReadonlyArray<string> = []) =>
  SignatureCheck.canonicalRequest(request, names).split("\n")

/** Every character, ASCII and surrogate pairs as often as the others. `unit: "binary"` takes half a second to build. */
const anyCharacter = FastCheck.oneof(
  FastCheck.integer({ min: 0, max: 0x7f }),
  FastCheck.integer({ min: 0x80, max: 0xd7ff }),
  FastCheck.integer({ min: 0xe000, max: 0xffff }),
  FastCheck.integer({ min: 0x10000, max: 0x10ffff })
).map((codePoint) => String.fromCodePoint(codePoint))

const sha256 = (text: string) => Crypto.createHash("sha256").update(text).digest("hex")

describe("a signature", () => {
  for (const vector of vectors) {
    it(`equals the signature of the vector: ${vector.name}`, () => {
      const canonical = canonicalOf(vector)
      if (vector.canonicalRequestSha256 !== undefined) {
        assert.strictEqual(sha256(canonical), vector.canonicalRequestSha256)
      }
      const date = vector.signedHeaders["x-sdk-date"] ?? ""
      assert.strictEqual(SignatureCheck.sign(canonical, date, vector.secretKey), vector.signature)
    })
  }

  it("covers the path encoded once, however it is sent, with a trailing slash", () => {
    const paths: ReadonlyArray<readonly [string, string]> = [
      ["/", "/"],
      ["/a", "/a/"],
      ["/a/", "/a/"],
      ["/a%20b", "/a%20b/"],
      ["/a*b!'()", "/a%2Ab%21%27%28%29/"],
      ["/%7e~", "/~~/"],
      ["/a%2fb", "/a%2Fb/"],
      ["/%e4%b8%ad", "/%E4%B8%AD/"],
      ["/100%", "/100%25/"]
    ]
    for (const [path, expected] of paths) assert.strictEqual(lines(requestOf(path, ""))[1], expected)
  })

  it("covers the query sorted and encoded once", () => {
    const queries: ReadonlyArray<readonly [string, string]> = [
      ["", ""],
      ["&&", ""],
      ["b=2&a=1", "a=1&b=2"],
      ["a=2&a=10&a=1", "a=1&a=10&a=2"],
      ["a", "a="],
      ["=", "="],
      ["a=b=c", "a=b%3Dc"],
      ["a=x+y%20z%2B", "a=x%20y%20z%2B"],
      ["a=%zz*", "a=%25zz%2A"],
      ["offset=0&limit=10&Limit=1", "Limit=1&limit=10&offset=0"]
    ]
    for (const [query, expected] of queries) assert.strictEqual(lines(requestOf("/", query))[2], expected, query)
  })

  it("does not depend on the order or the encoding of parameters", () => {
    const parameters = FastCheck.array(
      FastCheck.tuple(FastCheck.string({ minLength: 1, unit: anyCharacter }), FastCheck.string({ unit: anyCharacter })),
      { maxLength: 6 }
    )
    FastCheck.assert(
      FastCheck.property(parameters, (pairs) => {
        const all = (encode: (text: string) => string) => pairs.map((pair) => pair.map(encode).join("="))
        const hex = (text: string) =>
          [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join("")
        const plain = lines(requestOf("/", all(encodeURIComponent).join("&")))
        assert.deepStrictEqual(lines(requestOf("/", all(hex).reverse().join("&"))), plain)
      })
    )
  })

  it("covers the trimmed values of headers as received, and the body", () => {
    const request = requestOf("/", "", { b: "  2 2 ", a: "1" }, "{}")
    assert.deepStrictEqual(lines(request, ["a", "absent", "b"]), [
      "GET",
      "/",
      "",
      "a:1",
      "absent:",
      "b:2 2",
      "",
      "a;absent;b",
      sha256("{}")
    ])
    const declared = (value: string) => lines(requestOf("/", "", { "x-sdk-content-sha256": value }, "{}")).at(-1)
    assert.strictEqual(declared("UNSIGNED-PAYLOAD"), "UNSIGNED-PAYLOAD")
    assert.strictEqual(declared(sha256("")), sha256("{}"))
  })
})

describe("Authorization", () => {
  it("is parsed", () => {
    assert.deepStrictEqual(
      SignatureCheck.parse("SDK-HMAC-SHA256 Access=AK, SignedHeaders=X-Sdk-Date;host, Signature=00ff"),
      Either.right({
        accessKey: "AK",
        signedHeaders: ["host", "x-sdk-date"],
        signature: "00ff"
      })
    )
  })

  const rejected: ReadonlyArray<readonly [string, string]> = [
    ["SDK-HMAC-SHA256", "a part is not of the form name=value"],
    ["SDK-HMAC-SHA256 ", "a part is not of the form name=value"],
    ["SDK-HMAC-SHA256 Access=AK", "SignedHeaders is missing"],
    ["SDK-HMAC-SHA256 Access=, SignedHeaders=a, Signature=0", "a part is not of the form name=value"],
    ["SDK-HMAC-SHA256 Access=AK; SignedHeaders=a; Signature=0", "a part is not of the form name=value"],
    ["SDK-HMAC-SHA256 Access=AK, SignedHeaders=a, Signature=0, Signature=1", "Signature is given twice"],
    ["SDK-HMAC-SHA256 Access=AK, SignedHeaders=a, Signature=0, More=1", "it has parts other than Access"],
    ["SDK-HMAC-SHA256 Credential=AK/20060102/r/s, SignedHeaders=a, Signature=0", "Access is missing"]
  ]
  for (const [authorization, why] of rejected) {
    it(`is malformed: ${authorization}`, () => {
      const parsed = SignatureCheck.parse(authorization)
      assert.isTrue(Either.isLeft(parsed) && parsed.left.status === 401)
      assert.include(JSON.stringify(parsed), why)
    })
  }

  it("is never parsed from random text, and parsing never throws", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.string({ unit: anyCharacter }), (text) => {
        assert.isTrue(Either.isLeft(SignatureCheck.parse(text)))
        assert.isTrue(Either.isLeft(SignatureCheck.parse(`SDK-HMAC-SHA256 ${text}`)))
      })
    )
  })
})

describe("x-sdk-date", () => {
  it("is parsed and formatted", () => {
    assert.strictEqual(SignatureCheck.parseDate("20191115T033655Z"), Date.UTC(2019, 10, 15, 3, 36, 55))
    FastCheck.assert(
      FastCheck.property(FastCheck.integer({ min: 0, max: 4_000_000_000 }), (seconds) => {
        assert.strictEqual(SignatureCheck.parseDate(SignatureCheck.formatDate(seconds * 1000 + 999)), seconds * 1000)
      })
    )
    for (const text of [
      "",
      "20191115",
      "2019-11-15T03:36:55Z",
      "20191115T033655",
      "20191115T033655z",
      "20190229T000000Z",
      "20191332T000000Z",
      "20191115T240000Z",
      "20191115T033660Z",
      "20191115T033655ZZ"
    ]) {
      assert.isUndefined(SignatureCheck.parseDate(text), text)
    }
  })
})
