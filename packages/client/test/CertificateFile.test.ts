import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "@effect/vitest"
import * as CertificateFile from "@hotspot-session/client/CertificateFile"
import { Effect, Either, Exit, Scope } from "effect"
import { hasOpenssl, makeAuthority } from "./authority.js"

describe.skipIf(!hasOpenssl)("a file of certificates", () => {
  const scope = Effect.runSync(Scope.make())
  let authority: Effect.Effect.Success<typeof makeAuthority>
  beforeAll(async () => {
    authority = await Effect.runPromise(Scope.extend(makeAuthority, scope))
  })
  afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)))

  const write = (content: string | Uint8Array) => {
    const path = join(authority.folder, "file.pem")
    writeFileSync(path, content)
    return path
  }

  const derOf = (pem: string) => Buffer.from(pem.replace(/-----.*/g, ""), "base64")

  it("may be PEM with anything in between, DER, and in any encoding that Windows writes", () => {
    const { ca, cert, key } = authority
    const utf16 = Buffer.from(`\ufeff${ca}`, "utf16le")
    const contents: ReadonlyArray<readonly [content: string | Uint8Array, count: number]> = [
      [ca, 1],
      [`${ca}${cert}`, 2],
      [`subject=Test\r\n${ca.replaceAll("\n", "\r\n")}\r\n# comment\r\n${key}${cert}`, 2],
      [ca.trim(), 1],
      [`\ufeff${ca}`, 1],
      [utf16, 1],
      [Buffer.from(utf16).swap16(), 1],
      [ca.replaceAll("CERTIFICATE", "X509 CERTIFICATE"), 1],
      [derOf(ca), 1]
    ]
    for (const [content, count] of contents) {
      const path = write(content)
      const read = Either.getOrThrowWith(CertificateFile.read(path), (problem) => new Error(problem))
      expect(read).toHaveLength(count)
      expect(derOf(read[0] ?? "")).toEqual(derOf(ca))
      expect(CertificateFile.problemOf(path)).toBeUndefined()
      expect(CertificateFile.certificatesIn(path)).toEqual(read)
    }
  })

  it("that cannot be used has a problem with its line", () => {
    const { ca, key } = authority
    const lines = ca.split("\n")
    const damaged = [lines[0], `!${lines[1]?.slice(1)}`, ...lines.slice(2)].join("\n")
    const other = Buffer.from(derOf(ca)).fill(0, 4, 40)
    const foreign = `-----BEGIN CERTIFICATE-----\n${other.toString("base64")}\n-----END CERTIFICATE-----\n`
    const contents: ReadonlyArray<readonly [content: string | Uint8Array, problem: string]> = [
      ["", "contains no certificate"],
      [new Uint8Array([0x30, 0x82]), "contains no certificate"],
      [key, "contains no certificate, but PRIVATE KEY"],
      [`${ca}${damaged}`, `has a damaged certificate at line ${lines.length}`],
      [lines.slice(0, 3).join("\n"), "has a certificate without an end at line 1"],
      [`${lines.slice(0, 3).join("\n")}\n${ca}`, "has a certificate without an end at line 1"]
    ]
    for (const [content, problem] of contents) {
      expect(CertificateFile.read(write(content))).toEqual(Either.left(problem))
      expect(CertificateFile.problemOf(write(content))).toBe(problem)
    }
    expect(CertificateFile.read(write(`${ca}${foreign}`))).toEqual(
      Either.left(`has a certificate that cannot be parsed at line ${lines.length}`)
    )
    expect(CertificateFile.certificatesIn(write(`${ca}${foreign}`))).toHaveLength(2)
    expect(CertificateFile.read(join(authority.folder, "none"))).toEqual(Either.left("does not exist"))
    expect(CertificateFile.certificatesIn(join(authority.folder, "none"))).toEqual([])
  })
})
