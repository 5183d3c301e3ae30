import { spawnSync } from "node:child_process"
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import { ProfileChain, TextFile } from "@hotspot-session/client"
import * as CertificateFile from "@hotspot-session/client/CertificateFile"
import { NodeHotspotSession, NodeMachine } from "@hotspot-session/client/node"
import { Effect, Either, FastCheck, Option } from "effect"
import { isInstalled } from "../../../test/tools.js"

const { decodeText } = TextFile

const hasIconv = isInstalled("iconv")

/** The octets of texts in an encoding, made by iconv from all of them at once. */
const encodeAll = (texts: ReadonlyArray<string>, encoding: string): ReadonlyArray<Buffer> => {
  const separator = "\u001e"
  const encode = (input: string) => spawnSync("iconv", ["-f", "UTF-8", "-t", encoding], { input }).stdout
  const whole = encode(texts.join(separator))
  const between = encode(separator)
  const parts: Array<Buffer> = []
  const width = encoding.startsWith("UTF-16") ? 2 : 1
  let start = 0
  for (let at = 0; at < whole.length; at += width) {
    if (!whole.subarray(at, at + between.length).equals(between)) continue
    parts.push(whole.subarray(start, at))
    start = at + between.length
    at = start - width
  }
  return [...parts, whole.subarray(start)]
}

const boms: Record<string, ReadonlyArray<number>> = {
  "UTF-8": [0xef, 0xbb, 0xbf],
  "UTF-16LE": [0xff, 0xfe],
  "UTF-16BE": [0xfe, 0xff]
}

const withBom = (bytes: Buffer, encoding: string) => Buffer.concat([Buffer.from(boms[encoding] ?? []), bytes])

const text = FastCheck.array(
  FastCheck.oneof(
    FastCheck.fullUnicode().filter((character) => !"\0\r\ufeff\u001e".includes(character)),
    FastCheck.constantFrom("a", "汉", "ü", "😀", "\n", "\r\n", "\r")
  ),
  { maxLength: 30 }
).map((characters) => characters.join(""))

const unixLines = (text: string) => text.replace(/\r\n?/g, "\n")

describe("decodeText", () => {
  it.skipIf(!hasIconv)("reads what iconv writes as UTF-8 and UTF-16, with a byte order mark", () => {
    const texts = FastCheck.sample(text, 300)
    for (const encoding of ["UTF-8", "UTF-16LE", "UTF-16BE"]) {
      const encoded = encodeAll(texts, encoding)
      expect(encoded).toHaveLength(texts.length)
      for (const [index, bytes] of encoded.entries()) {
        expect(decodeText(withBom(bytes, encoding))).toEqual(Either.right(unixLines(texts[index] ?? "")))
      }
    }
  })

  it("reads UTF-8 without a byte order mark, and never fails with an exception", () => {
    FastCheck.assert(
      FastCheck.property(text, (text) => {
        expect(decodeText(Buffer.from(text))).toEqual(Either.right(unixLines(text)))
      })
    )
    FastCheck.assert(
      FastCheck.property(FastCheck.uint8Array({ maxLength: 60 }), (bytes) => {
        const result = decodeText(bytes)
        if (Either.isLeft(result)) expect(result.left).toMatch(/^(it|line \d+) (is|has) /)
      })
    )
  })

  it.skipIf(!hasIconv)("names the line that is in another encoding", () => {
    const text = "ak = 1\r\n# Müller\r\nsk = ü"
    for (const encoding of ["LATIN1", "WINDOWS-1252", "IBM850"]) {
      expect(Either.flip(decodeText(encodeAll([text], encoding)[0] ?? Buffer.from("")))).toMatchObject({
        right: expect.stringMatching(/^line 2 is not UTF-8 but of another encoding, such as Windows-1252 or GBK/)
      })
    }
    for (const encoding of ["GBK", "SHIFT_JIS", "BIG5"]) {
      expect(decodeText(encodeAll(["a\n\n# 中文"], encoding)[0] ?? Buffer.from(""))).toMatchObject({
        left: expect.stringMatching(/^line 3 is not UTF-8/)
      })
    }
  })

  it.each([
    [Buffer.from([0x1f, 0x8b, 8, 0]), "it is a gzip file, not text"],
    [Buffer.from("PK\x03\x04"), "it is a zip file, as spreadsheets are, not text"],
    [Buffer.from("a=1", "utf16le"), "it is UTF-16 without a byte order mark; save it as UTF-8"],
    [
      Buffer.from("a=1", "utf16le").swap16?.call(Buffer.from("a=", "utf16le")),
      "it is UTF-16 without a byte order mark; save it as UTF-8"
    ],
    [Buffer.from([0xff, 0xfe, 0, 0, 0x61, 0, 0, 0]), "it is UTF-32; save it as UTF-8"],
    [Buffer.from("ab\ncd\n\0"), "line 3 has a zero octet, so that it is not text"],
    [
      Buffer.from([0xff, 0xfe, 0x61, 0, 0x0a, 0, 0x62]),
      "line 2 is not UTF-16LE, of which the file has the byte order mark"
    ],
    [
      Buffer.from([0x61, 0x0d, 0x0d, 0xc3]),
      "line 3 is not UTF-8 but of another encoding, such as Windows-1252 or GBK; save the file as UTF-8"
    ]
  ])("says of %j that %s", (bytes, reason) => {
    expect(decodeText(bytes)).toEqual(Either.left(reason))
  })
})

const withFolder = <A, E, R>(use: (folder: string) => Effect.Effect<A, E, R>) =>
  Effect.acquireUseRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "hotspot-session-files-"))),
    use,
    (folder) => Effect.sync(() => rmSync(folder, { recursive: true }))
  )

const credentials = `[basic]\r\nak = ${"A".repeat(20)}\r\nsk = ${"s".repeat(40)}\r\n`

describe("a file of this machine", () => {
  const resolve = (folder: string, environment: Record<string, string> = {}) =>
    ProfileChain.resolve(
      NodeMachine.make({ HOME: folder, HOTSPOT_SESSION_METADATA_ENDPOINT: "off", ...environment })
    ).pipe(Effect.provide(NodeHotspotSession.layerHttpClient()), Effect.either)

  it.effect("may be written by Windows, and is found below ~/", () =>
    withFolder((folder) =>
      Effect.gen(function* () {
        mkdirSync(join(folder, "~"))
        const path = join(folder, "file")
        const found = { right: { profile: { source: "~/file" }, warnings: [] } }
        for (const bytes of [credentials, `\ufeff${credentials}`, Buffer.from(`\ufeff${credentials}`, "utf16le")]) {
          writeFileSync(path, bytes, { mode: 0o600 })
          expect(yield* resolve(folder, { HUAWEICLOUD_SDK_CREDENTIALS_FILE: "~/file" })).toMatchObject(found)
        }
        expect(yield* NodeMachine.expandHome("~other/file", { HOME: folder })).toBe("~other/file")
        expect(yield* NodeMachine.expandHome("~", { HOME: folder })).toBe(folder)
        expect(yield* NodeMachine.make({ HOME: folder }).readFile("~nobody/file")).toEqual(Option.none())
      })
    )
  )

  it.effect("ends the search if it is not text, because it may have the intended credentials", () =>
    withFolder((folder) =>
      Effect.gen(function* () {
        writeFileSync(join(folder, "file"), Buffer.from(`# Müller\n${credentials}`, "latin1"), { mode: 0o600 })
        const error = yield* resolve(folder, { HUAWEICLOUD_SDK_CREDENTIALS_FILE: join(folder, "file") })
        expect(error).toMatchObject({
          left: {
            refused: true,
            attempted: [{ reason: expect.stringContaining("cannot be read: line 1 is not UTF-8") }]
          }
        })
      })
    )
  )

  it.effect.skipIf(process.platform === "win32")("with secrets causes a warning if others can read it", () =>
    withFolder((folder) =>
      Effect.gen(function* () {
        mkdirSync(join(folder, ".huaweicloud"))
        const path = join(folder, ".huaweicloud", "credentials")
        writeFileSync(path, credentials)
        for (const mode of [0o644, 0o640, 0o602]) {
          chmodSync(path, mode)
          expect(yield* resolve(folder)).toMatchObject({
            right: {
              warnings: [
                "~/.huaweicloud/credentials has secrets and can be read by other users of this machine; run chmod 600 ~/.huaweicloud/credentials"
              ]
            }
          })
        }
        chmodSync(path, 0o400)
        expect(yield* resolve(folder)).toMatchObject({ right: { warnings: [] } })
      })
    )
  )

  it.effect.skipIf(process.platform === "win32")("is not read if it has no end, or is larger than people write", () =>
    withFolder((folder) =>
      Effect.gen(function* () {
        const { readFile } = NodeMachine.make({ HOME: folder })
        const path = join(folder, "large")
        writeFileSync(path, "")
        truncateSync(path, TextFile.maxSize + 1)
        symlinkSync("/dev/zero", join(folder, "zero"))
        for (const file of ["large", "zero"]) {
          expect(yield* Effect.flip(readFile(join(folder, file)))).toBe(TextFile.tooLarge)
          expect(yield* Effect.flip(CertificateFile.read(join(folder, file)))).toBe(
            `cannot be read: ${TextFile.tooLarge}`
          )
        }
        expect(yield* readFile("/dev/null")).toEqual(Option.some(""))
      })
    )
  )
})
