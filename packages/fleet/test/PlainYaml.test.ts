import { describe, expect, it } from "@effect/vitest"
import { Either } from "effect"
import * as FC from "effect/FastCheck"
import { parseYaml } from "../src/DesiredFile.js"
import { readPlainYaml } from "../src/PlainYaml.js"

const exported = `version: 1
targets:
  - region: "cn-north-4"
    project_id: "0512"
    items:
      - id: "895110260098859008"
        hotspot_session_migration_enable: false
        hotspot_exit_session_num: 4
        non_migrate_users:
          - user_id: "1 # \\"a\\"\\\\"
            user_name: "\\u2028 😀: - 'b'"
          - user_name: ""
      - id: "true"
        non_migrate_users: []
  - project_id: "empty"
    items: []
`

const edited = `# yaml-language-server: $schema=desired-state.json

${exported.replace("    items:\n", "    # all of them\n  \n    items:\n").replaceAll("\n", "\r\n")}#`

/** What is inserted into documents: what means something in YAML, or what some readers take for something else. */
const pieces = [
  ..."\n \t \r \0 \u0085 \u2028 \ufeff \ud800 : # - \" ' \\ [ ] { } , & * ! | > % @ ` ? ~ . 0 1 e _ x a A".split(" "),
  ..."\n\n|\r\n| |  |\n  |\n    |: |:\n|- |- - | #|\n#|--- |...|\n---\n|&a |*a|!!str |<<: *a|? |>-\n|\\u0041|\\x41|\\/|\\\n".split(
    "|"
  ),
  ..."true false null yes no .inf .nan 1e3 0x1f 0o7 1_000 -1 -0 01 9999999999 {} [] [1] __proto__ constructor".split(
    " "
  )
]

const part = FC.record({
  at: FC.nat(2000),
  length: FC.constantFrom(0, 1, 1, 2, 4, 20),
  text: FC.constantFrom("", ...pieces)
})

const changed = (text: string, changes: ReadonlyArray<{ at: number; length: number; text: string }>): string =>
  changes.reduce((text, { at, length, text: inserted }) => {
    const start = at % (text.length + 1)
    return `${text.slice(0, start)}${inserted}${text.slice(start + length)}`
  }, text)

/** Documents from lines in any order, most of which fit nowhere. */
const shuffled = FC.array(FC.constantFrom(...edited.split("\r\n"), "- a: 1", "a: 1", "a:", "  b: []", "null: 1"), {
  maxLength: 8
})

const document = FC.oneof(
  FC.tuple(FC.constantFrom(exported, edited), FC.array(part, { minLength: 1, maxLength: 3 })).map(([text, changes]) =>
    changed(text, changes)
  ),
  FC.tuple(shuffled, FC.array(part, { maxLength: 1 })).map(([lines, changes]) => changed(lines.join("\n"), changes))
)

describe("the reader of what an export writes", () => {
  it.each([exported, edited])("reads what a parser of all of YAML reads", (text) => {
    expect(readPlainYaml(text)).toEqual(Either.getOrThrow(parseYaml(text)).value)
  })

  it.prop(
    "leaves all documents to the parser that it would read differently",
    { document },
    ({ document }) => {
      const plain = readPlainYaml(document)
      if (plain === undefined) return
      expect(Either.map(parseYaml(document), ({ value }) => value)).toEqual(Either.right(plain))
    },
    { fastCheck: { numRuns: 3000 } }
  )
})
