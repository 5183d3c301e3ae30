import { spawnSync } from "node:child_process"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as TextFile from "@hotspot-session/client/TextFile"
import { SentUser, type UserInfo } from "@hotspot-session/core"
import { escapeFormulas, parseDesiredState, parseUsers, unescapeFormulas } from "@hotspot-session/fleet"
import { Effect, Either, Schema } from "effect"
import * as FC from "effect/FastCheck"
import { parse as parseYaml } from "yaml"
import { isInstalled } from "../../../test/tools.js"
import { csvLines } from "../src/output/Csv.js"
import { formats } from "../src/output/FormatNames.js"
import { streamFormat } from "../src/output/Formats.js"
import { printableJson } from "../src/output/Printable.js"
import { renderValue } from "../src/output/ValueFormats.js"
import { yamlOf } from "../src/output/Yaml.js"
import { newFolder } from "./support.js"

/** Texts that some format, version of a format or reader takes for something else. */
const hostile = [
  ..."\0 \u0001 \u0007 \b \t \n \v \f \r \u001b \u007f \u0080 \u0085 \u009b \u00a0 \u2028 \u2029 \u202e \ufeff \ufffe \uffff \ufffd".split(
    " "
  ),
  ...": # - ? , [ ] { } & * ! | > ' \" % @ ` \\ = << ~ / ; - -- --- ... .".split(" "),
  ..."a: b|a #b|- a|? a|!!int 1|&a|*a|%a|@a|`a|\"a\"|'a'|'=1|''=1|;=1|a;'=1|a\\;b|=1+1|+1|-1|@SUM(A1)|＝1|\t=1|a;b".split(
    "|"
  ),
  ..."yes no on off y n Yes NO true False null Null ~ NaN nan .nan .NaN inf .inf -.inf .INF".split(" "),
  ..."0 1 -1 +1 1_000 1e3 1E3 1.0 1. .5 1.5e+3 0x1F 0o17 017 0b1 12:30:45 190:20:30 1,000 2001-12-14 2001-12-14t21:59:43.10-05:00 0.0 -0 08".split(
    " "
  ),
  ..."汉字 😀 👩‍👩‍👧 é e\u0301 ß İ ﬁ ＝ 𝒳 \u200b \u200d \ufe0f".split(" "),
  "",
  " ",
  " a",
  "a ",
  "a\nb",
  "a\r\nb",
  "a\rb",
  "\n",
  "a\n\nb ".repeat(30),
  "x".repeat(2000),
  "\\n",
  "\\u0041",
  "\\",
  "\\\\t"
]

const loneSurrogates = ["\ud800", "a\udfff", "\udc00\ud800"]

const text = FC.oneof(
  FC.constantFrom(...hostile),
  FC.array(FC.oneof(FC.constantFrom(...hostile.filter(({ length }) => length < 9)), FC.fullUnicode()), {
    maxLength: 6
  }).map((parts) => parts.join(""))
)

const user = FC.record({ user_id: text, user_name: text })

const number = FC.oneof(
  FC.integer(),
  FC.double({ noNaN: true, noDefaultInfinity: true }),
  FC.constantFrom(1e21, -1e-7, 1e300)
).map((n) => (Object.is(n, -0) ? 0 : n))

const value = FC.letrec<{ value: unknown }>((tie) => ({
  value: FC.oneof(
    { depthSize: "small" },
    text,
    number,
    FC.boolean(),
    FC.constant(null),
    FC.array(tie("value"), { maxLength: 3 }),
    FC.dictionary(
      FC.oneof(text, FC.constantFrom("__proto__x", "no", "1", "<<")).filter((key) => key.length < 200),
      tie("value"),
      {
        maxKeys: 3
      }
    )
  )
})).value

const surrogates = loneSurrogates.map((user_name): UserInfo => ({ user_id: user_name, user_name }))

const users: ReadonlyArray<UserInfo> = [
  ...hostile.map((user_name) => ({ user_id: user_name, user_name })),
  ...FC.sample(user, 200)
]

/** YAML has a form of its own for keys that are longer than 1024 characters. */
const longKeys = [1024, 1025, 2000].flatMap((length) =>
  ["text", [1, []], { a: { b: null } }, [], {}].map((inner) => ({ a: 1, ["k".repeat(length)]: inner, z: [2] }))
)

const values = [...hostile, ...loneSurrogates, ...longKeys, ...FC.sample(value, 300)]

/** YAML has no lone surrogates. */
const wellFormed = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value), (_, part) => (typeof part === "string" ? part.replace(/\p{Cs}/gu, "\ufffd") : part))

/** Reads the files in the folder of its argument with what Python has, and the rules of the documents for cells. */
const program = String.raw`
import csv, json, os, re, sys
import yaml
def read(name): return open(os.path.join(sys.argv[1], name), encoding="utf-8", newline="")
def formula(cell): return re.sub("(^|;)'(?='*[=+\\-@\t\r\uff0b\uff0d\uff1d\uff20])", r"\1", cell)
def tsv(cell): return json.loads('"' + cell.replace('"', '\\"') + '"')
def lines(name): return read(name).read().split("\n")[:-1]
csv.field_size_limit(10**7)
load = lambda name: yaml.load(read(name), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
json.dump({
  "csv": [[formula(cell) for cell in row] for row in csv.reader(read("csv"))],
  "single": [[formula(cell) for cell in row] for row in csv.reader(read("single"))],
  "tsv": [[tsv(cell) for cell in line.split("\t")] for line in lines("tsv")],
  "json": json.load(read("json")),
  "ndjson": [json.loads(line) for line in lines("ndjson")],
  "splitlines": len(read("ndjson").read().splitlines()) == len(lines("ndjson")),
  "yaml": load("yaml"),
  "listing": load("listing"),
}, sys.stdout)
`

const python = ["python3", "/usr/bin/python3"].find((command) => spawnSync(command, ["-c", "import yaml"]).status === 0)

describe.skipIf(python === undefined)("what Python's readers find", () => {
  it.effect("is what was written in each format", () =>
    Effect.gen(function* () {
      const folder = newFolder()
      const write = (name: string, content: string) => writeFileSync(join(folder, name), content)
      const cells = users.map(({ user_id = "", user_name = "" }) => [user_id, user_name])
      write("csv", csvLines([["user_id", "user_name"], ...cells]))
      write("single", csvLines(cells.map(([id = ""]) => [id])))
      write("tsv", renderValue([...cells, ...loneSurrogates.map((cell) => [cell, cell])], "tsv"))
      write("json", renderValue(values, "json"))
      write("ndjson", renderValue(values, "ndjson"))
      write("yaml", renderValue(values, "yaml"))
      const configs = [...users, ...surrogates].map((user) => ({
        id: user.user_id as never,
        hotspot_exit_session_num: 4,
        non_migrate_users: [user]
      }))
      const listing = yield* Effect.promise(() => streamFormat("yaml", { hasOrigin: false, isTerminal: false }))
      const rows = configs.map((config) => ({ config }))
      const parts = [listing?.head({}), listing?.rows(rows.slice(0, 50), 0), listing?.rows(rows.slice(50), 50)]
      write("listing", `${parts.join("")}${listing?.tail(rows.length, true)}`)

      const { stderr, stdout } = spawnSync(python ?? "", ["-c", program, folder], { maxBuffer: 2 ** 28 })
      expect(String(stderr)).toBe("")
      const read = JSON.parse(String(stdout)) as Record<string, ReadonlyArray<unknown>>
      expect(read["csv"]?.slice(1)).toEqual(cells)
      expect(read["single"]).toEqual(cells.map(([id]) => [id]))
      expect(read["tsv"]).toEqual([...cells, ...loneSurrogates.map((cell) => [cell, cell])])
      const written = JSON.parse(JSON.stringify(values)) as ReadonlyArray<unknown>
      expect(read["json"]).toEqual(written)
      expect(read["ndjson"]).toEqual(written)
      expect(read["splitlines"]).toBe(true)
      expect(read["yaml"]).toEqual(wellFormed(written))
      expect(read["listing"]).toEqual(wellFormed({ items: JSON.parse(JSON.stringify(configs)) }))
    })
  )
})

describe("what other readers find", () => {
  it("as YAML 1.2 and 1.1 is what was written", () => {
    const yaml = renderValue(values, "yaml")
    const written = JSON.parse(JSON.stringify(values)) as ReadonlyArray<unknown>
    expect(parseYaml(yaml)).toEqual(wellFormed(written))
    expect(parseYaml(yaml, { version: "1.1", merge: false })).toEqual(wellFormed(written))
  })

  it.skipIf(!isInstalled("jq"))("with jq is what was written", () => {
    const names = hostile.filter((name) => !/[\ufffe\uffff]/.test(name))
    for (const format of ["json", "ndjson"] as const) {
      const { stdout } = spawnSync("jq", ["-s", "-c", "flatten"], { input: renderValue(names, format) })
      expect(JSON.parse(String(stdout))).toEqual(names)
    }
  })

  const sentUser = FC.record({ user_id: text, user_name: text }, { requiredKeys: [] }).filter(Schema.is(SentUser))

  /** What a text file cannot hold: line breaks that tools change, zero octets, and what replaces other encodings. */
  const isLost = (user: SentUser) => /[\r\n\0\ufffd]/.test(`${user.user_id} ${user.user_name}`)

  it.prop("as CSV is any user that a request can name, or is refused", { users: FC.array(sentUser) }, ({ users }) => {
    const [safe, lost] = [users.filter((user) => !isLost(user)), users.filter(isLost)]
    const read = (sent: ReadonlyArray<SentUser>) => {
      const rows = sent.map(({ user_id = "", user_name = "" }) => [user_id, user_name])
      const text = TextFile.decodeText(new TextEncoder().encode(csvLines([["user_id", "user_name"], ...rows])))
      return Either.map(Either.flatMap(text, parseUsers), (found) => found.map(({ line, ...user }) => user))
    }
    if (safe.length > 0) expect(read(safe)).toEqual(Either.right(safe))
    for (const user of lost) expect(Either.isLeft(read([user]))).toBe(true)
  })

  const exportedText = FC.oneof(text, FC.constantFrom(...loneSurrogates))
  const exportedUser = FC.record({ user_id: exportedText, user_name: exportedText }, { requiredKeys: [] }).filter(
    Schema.is(SentUser)
  )

  it.prop("as an exported file is any user that a request can name", { user: exportedUser }, ({ user }) => {
    const state = {
      version: 1 as const,
      targets: [{ project_id: "p", items: [{ id: "c", non_migrate_users: [user] }] }]
    }
    const yaml = yamlOf(state, { isOwnFile: true })
    for (const file of [yaml, printableJson(state, 2)]) expect(parseDesiredState(file)).toEqual(Either.right(state))
    // The reader of what is not as exported.
    expect(parseYaml(yaml)).toEqual(state)
  })

  it.prop("after the escape of formulas is removed is any cell", { text }, ({ text }) => {
    expect(unescapeFormulas(escapeFormulas(text))).toBe(text)
  })

  it("has no control characters but line ends, except in CSV", () => {
    for (const format of formats) {
      if (format === "table" || format === "csv") continue
      expect(renderValue([hostile.join("")], format).replaceAll("\n", ""), format).not.toMatch(/[\p{Cc}\u2028\u2029]/u)
    }
  })
})
