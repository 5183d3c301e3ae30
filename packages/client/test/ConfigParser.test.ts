import { spawnSync } from "node:child_process"
import { describe, expect, it } from "@effect/vitest"
import { Either } from "effect"
import * as FC from "effect/FastCheck"
import { parse, valuesOf } from "../src/profile/ConfigParser.js"

/** A file's sections with their values, or the line that cannot be parsed in the file or in a section. */
const read = (text: string): unknown =>
  Either.match(parse(text), {
    onLeft: ({ line }) => line,
    onRight: (sections) =>
      Object.fromEntries(
        Array.from(sections, ([name, section]) => [
          name,
          Either.match(valuesOf(section), { onLeft: ({ line }): unknown => line, onRight: (values) => values })
        ])
      )
  })

describe("a credentials file of the official SDKs", () => {
  const files: ReadonlyArray<readonly [what: string, text: string, expected: unknown]> = [
    ["no content", "", {}],
    ["both delimiters", "[basic]\nak = 1\nsk: 2\nx==:3\n", { basic: { ak: "1", sk: "2", x: "=:3" } }],
    ["option names in any case", "[basic]\nAK = 1\nSecurity_Token = 2\n", { basic: { ak: "1", security_token: "2" } }],
    ["section names in their case", "[Basic]\nak = 1\n[basic]\nak = 2\n", { Basic: { ak: "1" }, basic: { ak: "2" } }],
    ["a dot in a section's name", "[a.b]\nak = 1\n", { "a.b": { ak: "1" } }],
    [
      "text after a header",
      "[basic] # mine\nak = 1\n[global] ; account\nak = 2\n",
      {
        basic: { ak: "1" },
        global: { ak: "2" }
      }
    ],
    ["a header up to its last bracket", "[a] [b]\nak = 1\n", { "a] [b": { ak: "1" } }],
    ["comments on separate lines", "# c\n; c\n[basic]\n  # ak = 0\nak = 1\n;sk = 2\n", { basic: { ak: "1" } }],
    ["no comments after values", "[basic]\nak = 1 ; c\nsk = 2#c\n", { basic: { ak: "1 ; c", sk: "2#c" } }],
    ["quotes as they are", "[basic]\nak = \"1\"\nsk = '2'\n", { basic: { ak: '"1"', sk: "'2'" } }],
    ["an empty value", "[basic]\nak =\nsk = 1\n", { basic: { ak: "", sk: "1" } }],
    ["continued values", "[basic]\nak = 1\n  2 = 3\n # c\n\n  4\n\n", { basic: { ak: "1\n2 = 3\n\n4" } }],
    ["an indented section", "  [basic]\n  ak = 1\n  sk = 2\n", { basic: { ak: "1", sk: "2" } }],
    ["a header that is indented deeper", "[basic]\nak = 1\n  [global]\n", { basic: { ak: "1\n[global]" } }],
    ["defaults", "[basic]\nak = 1\n[DEFAULT]\nak = 0\nsk = 2\n", { basic: { ak: "1", sk: "2" } }],
    ["references", "[DEFAULT]\nx = %(AK)s\n[basic]\nak = 1\nsk = %(x)s%%\n", { basic: { ak: "1", sk: "1%", x: "1" } }],
    [
      "Windows line endings and a byte order mark",
      "\uFEFF[basic]\r\nak = 1\r\nsk = 2\r\n",
      {
        basic: { ak: "1", sk: "2" }
      }
    ],
    [
      "names of object properties",
      "[__proto__]\n__proto__ = 1\n",
      Object.fromEntries([["__proto__", Object.fromEntries([["__proto__", "1"]])]])
    ],

    ["a line before the first section", "\nak = 1\n[basic]\n", 2],
    ["an option without a delimiter", "[basic]\nak = 1\nsk\n", 3],
    ["an option without a name", "[basic]\n= 1\n", 2],
    ["an unclosed header", "[basic]\nak = 1\n[global\nak = 2\n", 3],
    ["a header without a name", "[basic]\n[]\n", 2],
    ["a duplicate option", "[basic]\nak = 1\n\nAk = 2\n", 4],
    ["a duplicate default", "[DEFAULT]\nak = 1\n[DEFAULT]\nak = 2\n", 4],
    ["a duplicate section", "[basic]\nak = 1\n[global]\n[basic]\nsk = 1\n", 4],
    ["a percent sign", "[basic]\nak = 1\nsk = 5%\n", { basic: 3 }],
    [
      "a reference to a missing option",
      "[basic]\nak = 1\nsk = 2\n  %(nothing)s\n[b]\nak = 1\n",
      { basic: 3, b: { ak: "1" } }
    ],
    ["an unclosed reference", "[basic]\nak = %(sk\nsk = 1\n", { basic: 2 }],
    ["circular references", "[basic]\nak = %(sk)s\nsk = %(ak)s\n", { basic: 2 }]
  ]

  for (const [what, text, expected] of files) {
    it(`with ${what} is parsed as by the official SDK for Python`, () => {
      expect(read(text)).toEqual(expected)
    })
  }

  it("is not quoted in the error if it cannot be parsed", () => {
    for (const text of ["secret", "[basic]\nsecret", "[basic]\nsecret=1\nsecret=2", "[secret]\n[secret]"]) {
      expect(JSON.stringify(Either.getLeft(parse(text)))).not.toContain("secret")
    }
    for (const text of ["[basic]\nsk = %secret", "[basic]\nsk = %(secret)s"]) {
      const values = Either.flatMap(parse(text), (sections) => valuesOf(sections.get("basic") ?? new Map()))
      expect(Either.isLeft(values)).toBe(true)
      expect(JSON.stringify(values)).not.toContain("secret")
    }
  })
})

/** Reads files as JSON from stdin and writes the results of `read`. Uses real files, because of their line endings. */
const python = `
import configparser, json, sys, tempfile
def read(text):
    with tempfile.NamedTemporaryFile() as file:
        file.write(text.encode("utf-8"))
        file.flush()
        parser = configparser.ConfigParser()
        try:
            parser.read(file.name, encoding="utf-8")
        except configparser.MissingSectionHeaderError as error:
            return error.lineno
        except configparser.ParsingError as error:
            return error.errors[0][0]
        except configparser.Error as error:
            return error.lineno
    def values(name):
        try:
            return dict(parser.items(name))
        except configparser.Error:
            return "error"
    return {name: values(name) for name in parser.sections()}
json.dump([read(text) for text in json.load(sys.stdin)], sys.stdout)
`

/** Python on Windows cannot open a temporary file a second time. */
const hasPython = process.platform !== "win32" && spawnSync("python3", ["-c", "import configparser"]).status === 0

describe.skipIf(!hasPython)("any file (skipped if Python is not installed)", () => {
  const name = FC.constantFrom("ak", "AK", "sk", "security_token", "a", "b", "ß", "İ", "")
  const text = FC.constantFrom(
    "1",
    "v w",
    "",
    "%%",
    "%",
    "%(a)s",
    "%(AK)s %(b)s",
    "%(no)s",
    "x ; c",
    "x # c",
    "[b]",
    '"q"'
  )
  const space = FC.constantFrom("", "", "", " ", "\t", "  ", "\xa0", "\x0c", "\x1c", "\x85", "\u2028")
  const line = FC.oneof(
    { weight: 3, arbitrary: FC.tuple(space, name, space, FC.constantFrom("=", ":"), space, text, space) },
    { weight: 2, arbitrary: FC.tuple(space, FC.constantFrom("[basic]", "[b]", "[DEFAULT]", "[b.c] ; c", "[", "[]")) },
    { weight: 1, arbitrary: FC.tuple(space, FC.constantFrom("# c", "; c", "", "bare", "  more", "\u200b", "\0")) },
    { weight: 1, arbitrary: FC.tuple(FC.fullUnicodeString().map((text) => text.replace(/^\uFEFF/, ""))) }
  ).map((parts) => parts.join(""))
  const file = FC.tuple(
    FC.constantFrom("[basic]\n", "[basic] ; c\n", ""),
    FC.array(line, { maxLength: 6 }),
    FC.constantFrom("\n", "\r\n", "\r")
  ).map(([first, lines, end]) => first + lines.join(end))

  it("is parsed as by Python's configparser", () => {
    const files = FC.sample(file, 600)
    const { status, stderr, stdout } = spawnSync("python3", ["-c", python], {
      input: JSON.stringify(files),
      encoding: "utf8",
      maxBuffer: 64 * 1024 * 1024
    })
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" })
    const expected: ReadonlyArray<unknown> = JSON.parse(stdout)
    for (const [index, text] of files.entries()) {
      const [ours, theirs] = [read(text), expected[index]]
      // Python stops at a duplicate and does not report earlier lines without a delimiter.
      if (typeof theirs === "number") expect(ours, JSON.stringify(text)).toBeLessThanOrEqual(theirs)
      else {
        expect(ours, JSON.stringify(text)).toBeTypeOf("object")
        const comparable = Object.fromEntries(
          Object.entries(ours as object).map(([name, values]) => [name, typeof values === "number" ? "error" : values])
        )
        expect(comparable, JSON.stringify(text)).toEqual(theirs)
      }
    }
  })
})
