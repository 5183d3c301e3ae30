import { describe, expect, it } from "@effect/vitest"
import { Demo, Emulator } from "@hotspot-session/emulator"
import { Effect } from "effect"
import { newFile, newFolder, run } from "./support.js"

/** What editors and shells of Windows write. */
const encodings: Record<string, (text: string) => Uint8Array> = {
  "UTF-8 with CRLF": (text) => Buffer.from(text.replaceAll("\n", "\r\n")),
  "UTF-8 with a byte order mark": (text) => Buffer.from(`\ufeff${text}`),
  "UTF-16LE, as > of PowerShell 5.1": (text) => Buffer.from(`\ufeff${text.replaceAll("\n", "\r\n")}`, "utf16le"),
  "UTF-16BE": (text) => Buffer.from(`\ufeff${text}`, "utf16le").swap16()
}

const connect = (options: Parameters<typeof Emulator.make>[0] = {}) =>
  Effect.map(Emulator.make(options), (emulator) => ({
    emulator,
    environment: {
      HOTSPOT_SESSION_ENDPOINT: emulator.endpoint,
      HUAWEICLOUD_SDK_PROJECT_ID: Demo.projectId,
      HOTSPOT_SESSION_AUTH_TOKEN: Demo.token
    }
  }))

const dryRun = (id: string) => ["users", "add", id, "--dry-run", "-o", "json", "--users-file"]

describe("a file for a command", () => {
  it.scopedLive.each(Object.keys(encodings))("may be %s, also on standard input", (name) =>
    Effect.gen(function* () {
      const encode = (text: string) => encodings[name]?.(text) ?? Buffer.from(text)
      const { environment } = yield* connect({ count: 2 })
      const saved = yield* run(["list", "-o", "json"], environment)
      const { items } = JSON.parse(saved.stdout) as { items: ReadonlyArray<{ id: string }> }
      const commands: ReadonlyArray<readonly [args: ReadonlyArray<string>, text: string, expected: object]> = [
        [["diff"], saved.stdout, { code: 0, stdout: "", stderr: "no difference\n" }],
        [
          dryRun(items[0]?.id ?? ""),
          "user_id,user_name\nu-1,Zoë Müller\nu-2,张敏\n",
          { code: 0, stderr: expect.stringContaining("+ user Zoë Müller (u-1)\n+ user 张敏 (u-2)\n") }
        ],
        [["list", "--fields", "id", "--targets"], `# 项目\n${Demo.projectId}\n`, { code: 0 }]
      ]
      for (const [args, text, expected] of commands) {
        const content = encode(text)
        expect(yield* run([...args, newFile(content)], environment)).toMatchObject(expected)
        expect(yield* run([...args, "-"], environment, { stdin: content })).toMatchObject(expected)
      }
    })
  )

  it.scopedLive("that is not text is rejected with line and encoding before any request", () =>
    Effect.gen(function* () {
      const { emulator, environment } = yield* connect()
      const latin1 = Buffer.from("u-1\nZoë\n", "latin1")
      const utf16 = Buffer.from("u-1\n", "utf16le")
      for (const args of [["diff"], ["list", "--targets"], dryRun("1")]) {
        expect(yield* run([...args, newFolder()], environment)).toMatchObject({
          code: 3,
          stderr: expect.stringContaining("it is a folder")
        })
        for (const [content, reason] of [
          [latin1, "line 2 is not UTF-8 but of another encoding, such as Windows-1252 or GBK"],
          [utf16, "it is UTF-16 without a byte order mark"],
          [Buffer.from([0x1f, 0x8b, 8]), "it is a gzip file, not text"]
        ] as const) {
          const expected = { code: 3, stdout: "", stderr: expect.stringContaining(reason) }
          expect(yield* run([...args, newFile(content)], environment)).toMatchObject(expected)
          expect(yield* run([...args, "-"], environment, { stdin: content })).toMatchObject(expected)
        }
      }
      expect(yield* emulator.requests).toEqual([])
    })
  )
})

describe("the variables", () => {
  it.scopedLive("may have blanks and line ends of Windows around their values", () =>
    Effect.gen(function* () {
      const { environment } = yield* connect({ count: 2 })
      const args = ["list", "--fields", "id"]
      const expected = yield* run(args, { ...environment, HOTSPOT_SESSION_OUTPUT: "csv" })
      const spoiled = Object.entries({ ...environment, HOTSPOT_SESSION_OUTPUT: "csv" }).map(([name, value]) => [
        name,
        ` ${value} \r`
      ])
      expect(yield* run(args, { ...Object.fromEntries(spoiled), HOTSPOT_SESSION_REGION: " \r" })).toEqual(expected)
      expect(expected).toMatchObject({ code: 0, stdout: expect.stringMatching(/^id\n/) })
    })
  )
})
