import { spawnSync } from "node:child_process"
import { writeFileSync } from "node:fs"
import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "@effect/vitest"
import * as CertificateFile from "@hotspot-session/client/CertificateFile"
import { Effect, Exit, Fiber, Scope, TestClock } from "effect"
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

  const problemOf = (read: Effect.Effect<unknown, string>) => Effect.runPromise(Effect.flip(read))

  const derOf = (pem: string) => Buffer.from(pem.replace(/-----.*/g, ""), "base64")

  it("may be PEM with anything in between, DER, and in any encoding that Windows writes", async () => {
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
      const read = await Effect.runPromise(CertificateFile.read(path))
      expect(read).toHaveLength(count)
      expect(derOf(read[0] ?? "")).toEqual(derOf(ca))
      await Effect.runPromise(CertificateFile.check(path))
      expect(await Effect.runPromise(CertificateFile.certificatesIn(path))).toEqual(read)
    }
  })

  it("that cannot be used has a problem with its line", async () => {
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
      expect(await problemOf(CertificateFile.read(write(content)))).toBe(problem)
      expect(await problemOf(CertificateFile.check(write(content)))).toBe(problem)
    }
    const withForeign = write(`${ca}${foreign}`)
    expect(await problemOf(CertificateFile.read(withForeign))).toBe(
      `has a certificate that cannot be parsed at line ${lines.length}`
    )
    expect(await Effect.runPromise(CertificateFile.certificatesIn(withForeign))).toHaveLength(2)
    const none = join(authority.folder, "none")
    expect(await problemOf(CertificateFile.read(none))).toBe("does not exist")
    expect(await Effect.runPromise(CertificateFile.certificatesIn(none))).toEqual([])
  })

  it.effect.skipIf(process.platform === "win32")("may be a pipe, which is given up after 10 s without a writer", () =>
    Effect.gen(function* () {
      const pipe = join(authority.folder, "pipe")
      spawnSync("mkfifo", [pipe])
      const results = yield* Effect.fork(
        Effect.all(
          [
            Effect.flip(CertificateFile.read(pipe)),
            Effect.flip(CertificateFile.check(pipe)),
            CertificateFile.certificatesIn(pipe)
          ],
          { concurrency: 3 }
        )
      )
      yield* TestClock.adjust("10 seconds")
      const problem = "cannot be read: nothing was read within 10 seconds"
      expect(yield* Fiber.join(results)).toEqual([problem, problem, []])
      const found = yield* Effect.fork(CertificateFile.read(pipe))
      yield* Effect.promise(() => writeFile(pipe, authority.ca))
      expect(yield* Fiber.join(found)).toHaveLength(1)
    })
  )
})
