import { describe, expect, it } from "@effect/vitest"
import { Either } from "effect"
import * as FC from "effect/FastCheck"
import { stringify } from "yaml"
import { parseDesiredState } from "../src/DesiredFile.js"
import { DesiredState } from "../src/DesiredState.js"
import { problemText } from "../src/FileProblem.js"

const problems = (text: string) =>
  Either.match(parseDesiredState(text), {
    onLeft: (error) => error.problems.map(problemText),
    onRight: () => [] as ReadonlyArray<string>
  })

const inTarget = (fields: string) => `version: 1
targets:
  - region: cn-north-4
    project_id: north
    items:
      - id: "1"
${fields}`

const stateWith = (user: string) => `version: 1
targets:
  - project_id: p
    items: [{ non_migrate_users: [${user}] }]
`

describe("a desired state", () => {
  it("is refused if it has the directive of another version of YAML, which reads yes as true", () => {
    const text = stateWith("{ user_id: a }")
    expect(Either.isRight(parseDesiredState(`%YAML 1.2\n---\n${text}`))).toBe(true)
    const problem = Either.getOrThrow(Either.flip(parseDesiredState(`%YAML 1.1\n---\n${text}`))).message
    expect(problem).toContain("has the directive %YAML 1.1, and must be YAML 1.2")
  })
})

describe("a desired state", () => {
  it("is YAML or JSON with the names of the API", () => {
    const yaml = `# yaml-language-server: $schema=../schemas/desired-state.json
version: 1
targets:
  - project_id: north
    items:
      - hotspot_session_migration_enable: true
        non_migrate_users: &team
          - user_name: no
          - { user_id: "1", user_name: 1_000 }
  - region: cn-east-3
    project_id: east
    items:
      - id: "895110260098859008"
        hotspot_exit_session_num: 4
        non_migrate_users: *team
  - { region: cn-east-3, project_id: empty, items: [] }
`
    const team = [{ user_name: "no" }, { user_id: "1", user_name: "1_000" }]
    const state = {
      version: 1,
      targets: [
        { project_id: "north", items: [{ hotspot_session_migration_enable: true, non_migrate_users: team }] },
        {
          region: "cn-east-3",
          project_id: "east",
          items: [{ id: "895110260098859008", hotspot_exit_session_num: 4, non_migrate_users: team }]
        },
        { region: "cn-east-3", project_id: "empty", items: [] }
      ]
    }
    expect(parseDesiredState(yaml)).toEqual(Either.right(state))
    expect(parseDesiredState(`\uFEFF${yaml.replaceAll("\n", "\r\n")}`)).toEqual(Either.right(state))
    const json = { $schema: "../schemas/desired-state.json", ...state }
    expect(parseDesiredState(JSON.stringify(json, null, "\t"))).toEqual(Either.right(json))
  })

  it.each([
    ["", ["The file is empty"]],
    ["# only a comment\n", ["The file is empty"]],
    ["just text", ["line 1: must have version and targets"]],
    ["targets: []", ["line 1, version: is missing"]],
    ["version: 2\ntargets: []\nmore: 1", ["line 1, version: must be 1, the only supported version"]],
    ["version: 1\ntargets:\n\t- project_id: a\n", ["line 3: is indented with a tab; YAML allows spaces only"]],
    ["version: 1\nversion: 1\ntargets: []", ["line 2: has a field that is there already"]],
    ["version: 1\n1: x\n'1': y\n? [a]\n: z", ["line 3: has a field that is there already"]],
    ["version: 1\n---\nversion: 1", ["line 2: starts a second document; a file has one"]],
    ["version: 1\ntargets: [", [/^line 2: cannot be parsed: /]],
    ["version: 1\ntargets: *nothing", [/^The file cannot be parsed: Unresolved alias/]],
    ["version: 1\ntargets: !mine []", [/^line 2: has a tag that is not known/]],
    ["version: 1\ntargets: {}", ["line 2, targets: must be a list of targets"]],
    ["version: 1\ntargets:\n  -", ["line 3, targets[0]: must not be null; leave the field out to keep what is there"]],
    [
      "version: 1\nendpoint: https://example.com\ntargets: []",
      ["line 2, endpoint: is not allowed: a file names no endpoint, so that it cannot send credentials elsewhere"]
    ],
    [
      "version: 1\ntargets:\n  - region: cn-north-4\n    endpoint: https://example.com\n    items: []",
      [
        "line 3, targets[0].project_id: is missing",
        "line 4, targets[0].endpoint: is not allowed: a file names no endpoint, so that it cannot send credentials elsewhere"
      ]
    ],
    [
      "version: 1\ntargets:\n  - &a { project_id: a, items: [] }\n  - <<: *a\n    region: b",
      [
        "line 4, targets[1].<<: is not supported: merge keys are not part of YAML 1.2; anchors and aliases are",
        "line 4, targets[1].project_id: is missing",
        "line 4, targets[1].items: is missing"
      ]
    ],
    [
      "version: 1\ntargets:\n  - { project_id: a, items: [] }\n  - project_id: a\n    items: []",
      ["line 4, targets[1]: is the same project as targets[0]"]
    ],
    [
      "version: 1\ntargets:\n  - project_id: a/b\n    items: []",
      [/^line 3, targets\[0\]\.project_id: must be 1 to 128/]
    ],
    [
      inTarget("        hotspot_session_enable: true"),
      [
        "line 7, targets[0].items[0].hotspot_session_enable: is not a field; there are id, hotspot_session_migration_enable, hotspot_exit_session_num, non_migrate_users"
      ]
    ],
    [
      inTarget("        hotspot_session_migration_enable: yes\n        hotspot_exit_session_num: 101"),
      [
        "line 7, targets[0].items[0].hotspot_session_migration_enable: must be true or false",
        "line 8, targets[0].items[0].hotspot_exit_session_num: must be an integer from 0 to 100"
      ]
    ],
    [
      inTarget("        non_migrate_users:\n        hotspot_exit_session_num: ~"),
      [
        "line 7, targets[0].items[0].non_migrate_users: must not be null; leave the field out to keep what is there",
        "line 8, targets[0].items[0].hotspot_exit_session_num: must not be null; leave the field out to keep what is there"
      ]
    ],
    [
      inTarget("      - id: 895110260098859008"),
      ["line 7, targets[0].items[1].id: must be text: write the number in quotes"]
    ],
    [inTarget('      - id: "1"'), ["line 7, targets[0].items[1].id: is the id of items[0], too"]],
    [
      inTarget("      - hotspot_exit_session_num: 1\n      - hotspot_exit_session_num: 1"),
      [
        "line 7, targets[0].items[1]: has no id, which is required unless the project has one configuration and one entry",
        "line 8, targets[0].items[2]: has no id, which is required unless the project has one configuration and one entry"
      ]
    ],
    [
      inTarget(
        "        non_migrate_users:\n          - {}\n          - user_name: true\n          - u-1\n          - role: x"
      ),
      [
        "line 8, targets[0].items[0].non_migrate_users[0]: must have a user_id or a user_name",
        "line 9, targets[0].items[0].non_migrate_users[1].user_name: must be text: write it in quotes",
        "line 10, targets[0].items[0].non_migrate_users[2]: must be an object",
        "line 11, targets[0].items[0].non_migrate_users[3].role: is not a field; there are user_id, user_name"
      ]
    ],
    [
      inTarget(
        "        non_migrate_users:\n          - { user_id: a, user_name: x }\n          - { user_id: a, user_name: y }\n          - user_name: y\n          - user_name: y"
      ),
      [
        "line 9, targets[0].items[0].non_migrate_users[1]: is the same user as non_migrate_users[0]",
        "line 11, targets[0].items[0].non_migrate_users[3]: is the same user as non_migrate_users[2]"
      ]
    ]
  ])("is rejected with lines and paths: %j", (text, expected) => {
    const found = problems(text)
    expect(found).toHaveLength(expected.length)
    for (const [index, problem] of expected.entries()) expect(found[index]).toMatch(problem)
  })

  it("is rejected at once if it is wrong in very many places", () => {
    const users = Array(10_000).fill("{ user_id: 0 }").join(", ")
    const { message, problems, total } = Either.getOrThrow(Either.flip(parseDesiredState(stateWith(users))))
    expect(total).toBe(10_000)
    expect(problems).toHaveLength(100)
    expect(problems[99]?.path).toBe("targets[0].items[0].non_migrate_users[99].user_id")
    expect(message).toMatch(/\n9900 more$/)
  })

  it("is rejected if aliases multiply it", () => {
    const level = (index: number) =>
      `a${index}: &a${index} [${Array(10)
        .fill(`*a${index - 1}`)
        .join(", ")}]`
    const text = `a0: &a0 [x]\n${[1, 2, 3, 4, 5, 6, 7, 8].map(level).join("\n")}`
    expect(problems(text)).toEqual([expect.stringContaining("Excessive alias count")])
  })

  it("is rejected if aliases repeat a long list very often", () => {
    const target = (index: number, users: string) =>
      `  - project_id: p${index}\n    items: [{ id: "1", non_migrate_users: ${users} }]\n`
    const list = Array.from({ length: 2000 }, (_, index) => `{ user_id: u${index} }`).join(", ")
    const text = (targets: number) =>
      `version: 1\ntargets:\n${target(0, `&users [${list}]`)}${Array.from({ length: targets }, (_, index) => target(index + 1, "*users")).join("")}`
    expect(problems(text(1000))).toEqual(["The file repeats more than 3000000 values by aliases"])
    expect(Either.getOrThrow(parseDesiredState(text(3))).targets).toHaveLength(4)
  })

  const name = FC.oneof(
    FC.constantFrom(
      "no",
      "1_000",
      "2026-11-27",
      "~",
      "null",
      "0x1F",
      "李娜",
      "😀👍🏽",
      "- x",
      "# y",
      "a: b",
      " ",
      "*a",
      "\t\u0000"
    ),
    FC.string({ minLength: 1, maxLength: 20 }),
    FC.fullUnicodeString({ minLength: 1, maxLength: 20 })
  )
  const users = FC.uniqueArray(FC.record({ user_id: name, user_name: name }), {
    maxLength: 5,
    selector: ({ user_id }) => user_id
  })

  it.prop("keeps every name, in both formats", [users], ([non_migrate_users]) => {
    const state = { version: 1, targets: [{ project_id: "a", items: [{ id: "1", non_migrate_users }] }] } as const
    const valid: DesiredState = state
    expect(parseDesiredState(stringify(valid))).toEqual(Either.right(state))
    expect(parseDesiredState(JSON.stringify(valid))).toEqual(Either.right(state))
  })

  it("has a schema without other fields", () => {
    expect(Object.keys(DesiredState.fields)).toEqual(["$schema", "version", "targets"])
  })
})
