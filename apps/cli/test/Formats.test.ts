import { describe, expect, it } from "@effect/vitest"
import { HotspotSessionMigrationConfig } from "@hotspot-session/core"
import { Demo, Emulator } from "@hotspot-session/emulator"
import { Arbitrary, Effect } from "effect"
import * as FC from "effect/FastCheck"
import { parse as parseYaml } from "yaml"
import { type Format, fieldNames, formats } from "../src/output/FormatNames.js"
import { type StreamFormat, streamFormat } from "../src/output/Formats.js"
import { isUnprintable } from "../src/output/Printable.js"
import { specialConfigs } from "./configs.js"
import { run } from "./support.js"

const golden = (name: string, text: string) =>
  Effect.promise(() => expect(text).toMatchFileSnapshot(`./golden/${name}`))

const listSpecial = Effect.gen(function* () {
  const emulator = yield* Emulator.make()
  yield* emulator.setConfigs(Demo.projectId, specialConfigs)
  const environment = { HOTSPOT_SESSION_AUTH_TOKEN: Demo.token, HOTSPOT_SESSION_ENDPOINT: emulator.endpoint }
  return (argv: ReadonlyArray<string>, options: Parameters<typeof run>[2] = {}) =>
    run(["list", "--project-id", Demo.projectId, ...argv], environment, options)
})

describe("a format", () => {
  for (const format of formats) {
    it.scopedLive(`${format} escapes special characters`, () =>
      Effect.gen(function* () {
        const list = yield* listSpecial
        const { code, stderr, stdout } = yield* list(["-o", format])
        expect({ code, stderr }).toEqual({ code: 0, stderr: "4 configurations\n" })
        yield* golden(`format.${format}.txt`, stdout)
      })
    )

    it.scopedLive(`${format} prints the selected fields in their order`, () =>
      Effect.gen(function* () {
        const list = yield* listSpecial
        const { stdout } = yield* list(["-o", format, "--fields", "hotspot_exit_session_num, id"])
        yield* golden(`fields.${format}.txt`, stdout)
      })
    )

    it.scopedLive(`${format} writes no control characters to a terminal, also for query results`, () =>
      Effect.gen(function* () {
        const emulator = yield* Emulator.make()
        const name = `a${String.fromCharCode(27)}[31mb\u202ec`
        yield* emulator.setConfigs(Demo.projectId, [{ id: name, non_migrate_users: [{ user_name: name }] }])
        for (const query of [[], ["--query", "items[].non_migrate_users[].user_name"], ["--query", "items"]]) {
          const { stdout } = yield* run(
            ["list", "-o", format, "--no-color", ...query],
            {
              HOTSPOT_SESSION_ENDPOINT: emulator.endpoint,
              HOTSPOT_SESSION_AUTH_TOKEN: Demo.token,
              HUAWEICLOUD_SDK_PROJECT_ID: Demo.projectId
            },
            { isTerminal: true }
          )
          expect(stdout).toContain("[31mb")
          expect(isUnprintable(stdout.replaceAll("\n", "").replaceAll("\t", ""))).toBe(false)
        }
      })
    )

    it.scopedLive(`${format} prints query results`, () =>
      Effect.gen(function* () {
        const list = yield* listSpecial
        const queries = [
          "items[].{id: id, users: non_migrate_users[].user_name}",
          "items[].id",
          "length(items)",
          "none"
        ]
        const results = yield* Effect.forEach(queries, (query) =>
          Effect.map(list(["-o", format, "--query", query]), ({ stdout }) => `${query}\n${stdout}`)
        )
        yield* golden(`query.${format}.txt`, results.join("\n"))
      })
    )
  }

  it.scopedLive("writes no control characters to a terminal", () =>
    Effect.gen(function* () {
      const list = yield* listSpecial
      for (const format of formats) {
        const { stdout } = yield* list(["--no-color", "-o", format], { isTerminal: true })
        expect(stdout, format).not.toMatch(/[^\P{C}\n\t]/u)
      }
    })
  )

  it.effect.each([
    ["items[].hasOwnProperty", /cannot be parsed: hasOwnProperty is not a field/],
    ["items[?constructor].id", /constructor is not a field/],
    ["items[].{a: sort_by(@, &__proto__)}", /__proto__ is not a field/],
    ["max_by(items, &foo)", /the expression of a function must return number or string, and has returned null/],
    ["sort_by(items, &none)", /called with an argument of the wrong type/]
  ] as const)("a query is rejected: %s", ([query, message]) =>
    Effect.gen(function* () {
      const ended = yield* run(["list", "--demo", "--query", query])
      expect(ended).toMatchObject({ code: 2, stdout: "", stderr: expect.stringMatching(message) })
    })
  )

  it.scopedLive("defaults to a table on a terminal and TSV elsewhere, unless the environment sets it", () =>
    Effect.gen(function* () {
      const list = yield* listSpecial
      const table = yield* list(["-o", "table", "--no-color"], { isTerminal: true })
      const tsv = yield* list(["-o", "tsv"])
      expect((yield* list(["--no-color"], { isTerminal: true })).stdout).toBe(table.stdout)
      expect((yield* list([])).stdout).toBe(tsv.stdout)
      const chosen = yield* run(["list", "--demo"], { HOTSPOT_SESSION_OUTPUT: "ndjson" })
      expect(JSON.parse(chosen.stdout.split("\n")[0] ?? "")).toHaveProperty("id")
      const wrong = yield* run(["list", "--demo"], { HOTSPOT_SESSION_OUTPUT: "xml" })
      expect(wrong).toMatchObject({ code: 3, stdout: "" })
      yield* golden("usage.environment-format.txt", wrong.stderr)
    })
  )

  it.effect("set by the environment applies to errors and --watch", () =>
    Effect.gen(function* () {
      const listWith = (format: string, ...argv: ReadonlyArray<string>) =>
        run(["list", ...argv], { HOTSPOT_SESSION_OUTPUT: format })
      for (const argv of [[], ["--bogus"]]) {
        expect(JSON.parse((yield* listWith("json", ...argv)).stderr)).toHaveProperty("error")
        expect((yield* listWith("json", ...argv, "-o", "csv")).stderr).toMatch(/^hotspot-session: /)
      }
      expect((yield* run(["config", "--bogus"], { HOTSPOT_SESSION_OUTPUT: "json" })).stderr).toMatch(
        /^hotspot-session: /
      )
      expect((yield* listWith("yml")).stderr).toContain("Did you mean yaml?")
      expect((yield* listWith("JSON")).stderr).toContain("Did you mean json?")
      const watched = yield* listWith("yaml", "--demo", "--watch", "30s")
      expect(watched).toMatchObject({ code: 3, stdout: "", stderr: expect.stringContaining("cannot be shown as yaml") })
    })
  )

  for (const columns of [40, 80, 200]) {
    it.scopedLive(`table fits into ${columns} columns`, () =>
      Effect.gen(function* () {
        const list = yield* listSpecial
        const { stdout } = yield* list(["-o", "table"], { columns })
        yield* golden(`table.${columns}.txt`, stdout)
      })
    )
  }
})

const configs = FC.array(
  Arbitrary.make(HotspotSessionMigrationConfig).map((config) => ({ ...config })),
  { maxLength: 8 }
)

/** A document written page by page. */
const written = (format: StreamFormat, items: ReadonlyArray<HotspotSessionMigrationConfig>, size: number) => {
  const pages: Array<string> = []
  for (let start = 0; start < items.length; start += size) {
    pages.push(
      format.rows(
        items.slice(start, start + size).map((config) => ({ config })),
        start
      )
    )
  }
  return format.head({}) + pages.join("") + format.tail(items.length, true)
}

const linesOf = (text: string) => text.split("\n").slice(0, -1)

const unescaped = (cell: string): string =>
  cell.replace(/\\(.)/g, (_, letter: string) => ({ t: "\t", n: "\n", r: "\r" })[letter] ?? letter)

const writerOf = (format: Format) =>
  Effect.map(
    Effect.promise(() => streamFormat(format, { hasOrigin: false, isTerminal: false })),
    (writer) => writer ?? { head: () => "no writer", rows: () => "", tail: () => "" }
  )

const readers: ReadonlyArray<readonly [Format, (text: string) => unknown]> = [
  ["json", (text) => JSON.parse(text).items],
  ["ndjson", (text) => linesOf(text).map((line) => JSON.parse(line))],
  ["yaml", (text) => (parseYaml(text) as { items: unknown }).items]
]

describe("a document written page by page", () => {
  for (const [format, read] of readers) {
    it.effect.prop(
      `as ${format} is parsed to the same configurations`,
      [configs, FC.integer({ min: 1, max: 4 })],
      ([items, size]) =>
        Effect.map(writerOf(format), (writer) => {
          expect(read(written(writer, items, size))).toEqual(JSON.parse(JSON.stringify(items)))
        })
    )
  }

  it.effect.prop("as TSV has a line for each configuration and a cell for each field", [configs], ([items]) =>
    Effect.map(writerOf("tsv"), (writer) => {
      const lines = linesOf(written(writer, items, 3))
      expect(lines.map((line) => unescaped(line.split("\t")[0] ?? ""))).toEqual(items.map(({ id }) => id ?? ""))
      for (const line of lines) expect(line.split("\t")).toHaveLength(fieldNames.length)
    })
  )

  it.effect.prop("as CSV has no cell that spreadsheets treat as a formula", [configs], ([items]) =>
    Effect.map(writerOf("csv"), (writer) => {
      const cells = written(writer, items, 3).matchAll(/(?:"((?:[^"]|"")*)"|([^,\n]*))[,\n]/g)
      // Some spreadsheets split cells at the semicolon between users.
      const firstCharacters = [...cells].flatMap(([, quoted, bare]) =>
        (quoted ?? bare ?? "").split(";").map((cell) => cell.charAt(0))
      )
      expect(firstCharacters.filter((first) => "=+-@\t\r".includes(first) && first !== "")).toEqual([])
    })
  )
})
