import { describe, expect, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FC from "effect/FastCheck"
import { parseUsers, TextFileError } from "../src/index.js"
import { escapeFormulas } from "../src/SpreadsheetCell.js"

const parsed = (text: string) =>
  Either.merge(Either.map(parseUsers(text), (users) => users.map(({ line, ...user }) => [line, user])))

describe("parseUsers", () => {
  it.each([
    [
      "an ID on each line",
      "a\nb\n",
      [
        [1, { user_id: "a" }],
        [2, { user_id: "b" }]
      ]
    ],
    ["CSV with a header", "user_id,user_name\na,x\n", [[2, { user_id: "a", user_name: "x" }]]],
    ["CSV without a header", "a,x", [[1, { user_id: "a", user_name: "x" }]]],
    ["a header in another order and case", "User_Name,USER_ID\nx,a\n", [[2, { user_id: "a", user_name: "x" }]]],
    [
      "a header of which every field is quoted",
      '"user_name","user_id"\r\n"x","a"\r\n',
      [[2, { user_id: "a", user_name: "x" }]]
    ],
    [
      "after a header, users that look like one",
      "user_id,user_name\nid,name\n",
      [[2, { user_id: "id", user_name: "name" }]]
    ],
    ["a header of names only", "user_name\nx\n", [[2, { user_name: "x" }]]],
    [
      "empty fields",
      "a,\n,x\n",
      [
        [1, { user_id: "a" }],
        [2, { user_name: "x" }]
      ]
    ],
    [
      "empty lines, a byte order mark and the line ends of Windows",
      "\uFEFF\r\na\r\n\r\nb",
      [
        [2, { user_id: "a" }],
        [4, { user_id: "b" }]
      ]
    ],
    [
      "spaces and tabs in quotes",
      '" a ","\t"\n"a\tb"',
      [
        [1, { user_id: " a ", user_name: "\t" }],
        [2, { user_id: "a\tb" }]
      ]
    ],
    [
      "a quoted name with a comma and quotes",
      'a,"x, ""y"""\nb',
      [
        [1, { user_id: "a", user_name: 'x, "y"' }],
        [2, { user_id: "b" }]
      ]
    ],
    [
      "an apostrophe that protects a formula",
      "'-a,'=x\nb,'y\n",
      [
        [1, { user_id: "-a", user_name: "=x" }],
        [2, { user_id: "b", user_name: "'y" }]
      ]
    ],
    [
      "in quotes, what otherwise looks like a mistake",
      '"a b"\n"# c"\n"id"\n"1;A",\n"sep="\n"1.2E+17"\n"user_id","user_name"',
      ["a b", "# c", "id", "1;A", "sep=", "1.2E+17"]
        .map((user_id, index): [number, object] => [index + 1, { user_id }])
        .concat([[7, { user_id: "user_id", user_name: "user_name" }]])
    ],
    [
      "after a header, IDs with any character",
      "user_id,user_name\n# c\n1;A,x y\na=b|c\n",
      [
        [2, { user_id: "# c" }],
        [3, { user_id: "1;A", user_name: "x y" }],
        [4, { user_id: "a=b|c" }]
      ]
    ],
    ["128 characters that are two code units each", "😀".repeat(128), [[1, { user_id: "😀".repeat(128) }]]]
  ])("reads %s", (_, text, expected) => {
    expect(parsed(text)).toEqual(expected)
  })

  it.each([
    ['a\n"b', /Line 2 has a quote that is not closed/],
    ['a"b', /Line 1 has a quote that is not closed, or text around a quoted field/],
    ["a,b,c", /Line 1 has 3 fields/],
    ["user_id\na,b", /Line 2 has 2 fields, and at most 1/],
    ["user_id,role\n", /Line 1 is a header with other columns/],
    ["user_id;user_name\na;x\n", /Line 1 is a header whose columns are not separated by a comma/],
    ["User_Name\tuser_id\n", /Line 1 is a header whose columns are not separated by a comma/],
    ["a,M\uFFFDller", /Line 1 has a name that is not UTF-8/],
    [",", /Line 1 has neither an ID nor a name/],
    [" a", /Line 1 has an ID with spaces around it, which are not quoted/],
    ["a, x", /Line 1 has a name with spaces around it, which are not quoted/],
    ["a\tx", /Line 1 has an ID with a tab/],
    ['a,"x\ny"', /Line 1 has a name with a line break/],
    [`a,${"x".repeat(129)}`, /Line 1 has a name of more than 128 characters/],
    ["id,name\na,x", /Line 1 is a header with other columns than user_id and user_name/],
    ['"Name","Id"\r\n"alice","u-1"\r\n', /Line 1 is a header with other columns/],
    ['"UserId","UserName"\n"u-1","alice"', /Line 1 is a header with other columns/],
    ['"id"\n"u-1"', /Line 1 is a header with other columns/],
    ["Benutzer,ID\nalice,u-1", /Line 1 is a header with other columns/],
    ["用户ID,用户名\nu-1,alice", /Line 1 is a header with other columns/],
    ['SamAccountName,"Object GUID"\na,b', /Line 1 is a header with other columns/],
    ["User ID\na", /Line 1 is a header with other columns/],
    ["sep=,\nuser_id,user_name\na,x", /Line 1 has an ID with "=", which is not quoted/],
    ["a\n# c", /Line 2 has an ID with "#", which is not quoted/],
    ["1;A", /Line 1 has an ID with ";", which is not quoted/],
    ["a x", /Line 1 has an ID with " ", which is not quoted/],
    ["u-1=s.patel", /Line 1 has an ID with "=", which is not quoted/],
    ["a\n8.9511E+17", /Line 2 has an ID that looks like a number which a spreadsheet has rounded: 8\.9511E\+17/],
    ["user_id,user_name\n1E+17,x", /Line 2 has an ID that looks like a number which a spreadsheet/],
    ["8,9511E+17", /Line 1 has a name that looks like a number which a spreadsheet/],
    ["user_id\na\nuser_id\nb", /Line 3 is a header, and not the first line/],
    ["", /The file names no user/],
    ["user_id,user_name\n", /The file names no user/]
  ])("rejects %j with the line", (text, message) => {
    const result = parsed(text)
    expect(result instanceof TextFileError ? result.message : result).toMatch(message)
  })

  it("rejects a long text in a quote that is not closed", () => {
    expect(parsed(`"${'""'.repeat(5_000_000)}`)).toMatchObject({ line: 1 })
  })

  it.prop(
    "reads what is quoted as RFC 4180 says",
    [FC.array(FC.tuple(FC.string({ minLength: 1, maxLength: 20 }), FC.string({ maxLength: 20 })), { minLength: 1 })],
    ([users]) => {
      const cell = (text: string) => `"${escapeFormulas(text).replaceAll('"', '""')}"`
      const usable = users.filter((fields) => !/[\r\n]/.test(fields.join("")))
      if (usable.length === 0) return
      const text = `user_id,user_name\n${usable.map(([id, name]) => `${cell(id)},${cell(name)}\r\n`).join("")}`
      expect(parsed(text)).toEqual(
        usable.map(([user_id, user_name], index) => [
          index + 2,
          user_name === "" ? { user_id } : { user_id, user_name }
        ])
      )
    }
  )
})
