import { describe, expect, it } from "@effect/vitest"
import * as FC from "effect/FastCheck"
import { inTurn } from "../../../test/runs.js"
import { parse } from "../src/commandLine/CommandLine.js"
import type { Invocation } from "../src/commandLine/Invocation.js"
import type { CommandSpec } from "../src/options/CommandDefinition.js"

const specs = (): ReadonlyArray<CommandSpec> => {
  const completion = parse(["completion", "bash"], "1.2.3")
  return completion._tag === "Completion" ? completion.commands : []
}

const hintOf = (invocation: Invocation): string =>
  invocation._tag === "InvalidCommandLine" ? invocation.hint : invocation._tag

/** Swaps two adjacent letters of a word. */
const misspelt = (word: string): string =>
  word.slice(0, -2) + word.slice(-2).split("").reverse().join("") === word
    ? `${word.slice(0, -3)}${word.slice(-2, -1)}${word.slice(-3, -2)}${word.slice(-1)}`
    : word.slice(0, -2) + word.slice(-2).split("").reverse().join("")

describe("a misspelt word of the command line", () => {
  for (const { name, options } of specs()) {
    it(`${misspelt(name)} suggests the right word`, () => {
      const hint = hintOf(parse(misspelt(name).split(" "), "1"))
      // Three letters are too few for a suggestion.
      const expected = { "users add": "It must be list, add or remove.", man: "See hotspot-session --help." }[name]
      expect(hint).toContain(expected ?? `Did you mean ${name}?`)
    })
    for (const long of options.flatMap(({ names }) => names.filter((one) => one.startsWith("--")))) {
      it(`${name} ${misspelt(long)} suggests the right word`, () => {
        if (name === "help") return
        expect(hintOf(parse([...name.split(" "), misspelt(long)], "1"))).toMatch(/Did you mean --/)
      })
    }
  }

  it.each([
    [["version"], "--version"],
    [["-v"], "--version"],
    [["ls"], "list"],
    [["--demo"], "hotspot-session list --demo"],
    [["list", "--json"], "--output json"],
    [["list", "--format", "json"], "--output"],
    [["list", "--verbose"], "--debug"],
    [["list", "--project", "p"], "--project-id"],
    [["list", "--outptu=json"], "--output"],
    [["list", "--projectid=abc"], "--project-id"],
    [["list", "--format=json"], "--output"],
    [["-o", "json", "--demo"], "hotspot-session list -o json --demo"],
    [["--query", "items[].id"], "hotspot-session list --query"],
    [["list", "all"], "--all"]
  ])("%j, misspelt or from another program, suggests the right words", (argv, meant) => {
    expect(hintOf(parse(argv, "1"))).toContain(`Did you mean ${meant}?`)
  })

  it.each([
    [["diff", "--all"]],
    [["completion", "--shell"]],
    [["list", "--xyz=abc"]],
    [["list", "--yes"]],
    [["apply", "f", "--out"]]
  ])("%j, which resembles no option, gets no suggestion", (argv) => {
    expect(hintOf(parse(argv, "1"))).toMatch(/^See /)
  })
})

describe("a command line", () => {
  const argv = ["--limit", "5", "--offset=3", "-ojson", "--project-id", "list", "--debug", "--timeout", "2m"]
  const flags = { limit: 5, offset: 3, output: "json", projectId: ["list"], debug: true, timeout: 120_000, color: true }

  it("reads options in every form, before and after the command", () => {
    for (let at = 0; at <= argv.length; at++) {
      // The command must not separate an option from its value.
      if (argv[at - 1] !== undefined && ["--limit", "--project-id", "--timeout"].includes(argv[at - 1] ?? "")) continue
      const words = [...argv.slice(0, at), "list", ...argv.slice(at)]
      expect(parse(words, "1"), words.join(" ")).toEqual({ _tag: "List", flags })
    }
  })

  it("never takes an option as the value of the previous option", () => {
    const values = ["--help", "--debug", "--bogus", "-o", "-h"]
    for (const [turn, { name, options }] of specs().entries()) {
      for (const [index, { names, takesValue }] of options.entries()) {
        for (const option of takesValue ? names : []) {
          for (const next of inTurn(values, turn + index)) {
            const invocation = parse([...name.split(" "), option, next], "1")
            expect(invocation, `${name} ${option} ${next}`).toMatchObject({
              _tag: "InvalidCommandLine",
              message: expect.stringMatching(new RegExp(`${option}\\b.*argument missing`)),
              hint: expect.stringContaining(`write ${names.at(-1)}=${next}`)
            })
          }
        }
      }
    }
    expect(parse(["list", "--project-id=--all"], "1")).toMatchObject({ flags: { projectId: ["--all"] } })
    expect(parse(["list", "--targets", "-"], "1")).toMatchObject({ flags: { targets: "-" } })
  })

  it("reports a usage error in the requested format, and never mistakes an option's value for the format", () => {
    const flagsOf = (...argv: ReadonlyArray<string>) => {
      const invocation = parse(argv, "1")
      return invocation._tag === "InvalidCommandLine" ? invocation.flags : invocation._tag
    }
    expect(flagsOf("list", "--bogus", "--limit", "five", "-ojson")).toEqual({ color: true, output: "json" })
    expect(flagsOf("-o", "json", "--no-color", "lsit")).toEqual({ color: false, output: "json" })
    expect(flagsOf("list", "--query", "-o json", "--bogus")).toEqual({ color: true, output: " json" })
    expect(flagsOf("list", "--query=-o json", "--bogus")).toEqual({ color: true, output: undefined })
    expect(flagsOf("list", "--query", "--no-color")).toEqual({ color: false, output: undefined })
    expect(flagsOf("list", "--bogus", "--", "-o", "json")).toEqual({ color: true, output: undefined })
  })

  it("reads a command of a group, with options before, between and after its words", () => {
    const words = ["users", "add", "1"]
    const expected = {
      _tag: "UsersAdd",
      id: "1",
      flags: { color: true, user: [{ user_id: "a" }, { user_id: "b", user_name: "c=d" }, { user_name: "e" }] }
    }
    for (let at = 0; at <= words.length; at++) {
      const argv = [...words.slice(0, at), "--user", "a", "--user=b=c=d", "--user", "=e", ...words.slice(at)]
      expect(parse(argv, "1"), argv.join(" ")).toEqual(expected)
    }
  })

  it("keeps spaces and control characters of users", () => {
    const argv = ["users", "add", "1", "--user", " a\t= b ", "--user", " "]
    const user = [{ user_id: " a\t", user_name: " b " }, { user_id: " " }]
    expect(parse(argv, "1")).toMatchObject({ flags: { user } })
  })

  it.each([[["users"]], [["users", "-h"]], [["help", "users"]], [["--help", "users"]]])(
    "prints the help of a group for %j",
    (argv) => {
      expect(parse(argv, "1")).toEqual(parse(["users", "--help"], "1"))
      expect(parse(argv, "1")).toMatchObject({ text: expect.stringContaining("hotspot-session users <command>") })
    }
  )

  it("prints the help of a command of a group", () => {
    expect(parse(["help", "users", "add"], "1")).toEqual(parse(["users", "add", "--help"], "1"))
  })

  it("prints the general help for `help help`", () => {
    expect(parse(["help", "help"], "1")).toEqual(parse(["--help"], "1"))
  })

  it("accepts several projects of one region", () => {
    expect(parse(["list", "--region", "a", "--project-id", "p", "--project-id", "q"], "1")).toMatchObject({
      _tag: "List",
      flags: { region: ["a"], projectId: ["p", "q"] }
    })
  })

  it("rejects a repeated option or value", () => {
    for (const { argument, name, options } of specs()) {
      for (const { names, takesValue } of options) {
        const long = names.at(-1) ?? ""
        if (!takesValue || ["--fault", "--project", "--user"].includes(long)) continue
        const value = { "--output": "json", "--fields": "id", "--metadata": "off", "--query": "items" }[long] ?? "5"
        const operands = argument === undefined ? [] : ["operand"]
        const again = parse([...name.split(" "), long, value, long, value, ...operands], "1")
        expect(again._tag, `${name} ${long}`).toBe("InvalidCommandLine")
      }
    }
  })

  it.each([
    [["list", "--page-size", "5"], /requires '--all'/],
    [["list", "--parallel", "5"], /requires several projects/],
    [["list", "--region", "a", "--region", "b", "--project-id", "p"], /cannot be used with several regions/],
    [
      ["list", "--region", "a", "--region", "b", "--project-id", "p", "--project-id", "q"],
      /cannot be used with several regions/
    ],
    [["list", "--demo=true"], /'--demo' takes no value/],
    [["list", "--tokn=secret"], /^unknown option '--tokn'$/],
    [["list", "--watch", "30s", "-o", "csv"], /cannot be shown as csv/],
    [["list", "--watch", "30s", "--region", "a", "--region", "b"], /supports only one project/],
    [["list", "--watch", "30s", "--limit", "5"], /cannot be used with option '--limit <n>'/],
    [["list", "--fields", "id", "--query", "items"], /cannot be used with/],
    [["list", "--fields", "id,nmae"], /It must be id, project_id/],
    [["list", "--fields", "id,id"], /names id twice/],
    [["list", "--targets", "f", "--region", "r"], /cannot be used with/],
    [["list", "--timeout", "25d"], /It must be a duration/],
    [["list", "--timeout", "600h"], /at most 24 days/],
    [["list", "--parallel", "65"], /from 1 to 64/],
    [["list", "--offset", "-1"], /from 0 to 2147483647/],
    [["diff"], /missing required argument 'file'/],
    [["diff", "a", "b"], /too many arguments for 'diff': 'b'$/],
    [["completion", "tcsh"], /bash, zsh or fish/],
    [["completion"], /missing required argument 'shell'/],
    [["create"], /'--enable' or '--disable' is required/],
    [["create", "--enable"], /'--exit-sessions <n>' is required/],
    [["create", "--enable", "--disable", "--exit-sessions", "4"], /cannot be used with/],
    [["create", "--enable", "--exit-sessions", "101"], /from 0 to 100/],
    [["create", "--enable", "--exit-sessions", "4", "--user", "="], /ID=NAME/],
    [["create", "--enable", "--exit-sessions", "4", "--user", "u="], /ID=NAME/],
    [["create", "--enable", "--exit-sessions", "4", "--user", ""], /ID=NAME/],
    [["create", "--enable", "--exit-sessions", "4", "--user", "x".repeat(129)], /at most 128 characters/],
    [["create", "--enable", "--exit-sessions", "4", "--user", "a\ufffd"], /must be UTF-8/],
    [["users", "add", "1", "--user", "a=b\nc"], /must not have a line break/],
    [["users", "list", "1", "--name", "a\ufffd"], /must be UTF-8/],
    [["create", "4", "--enable"], /too many arguments for 'create': '4'$/],
    [["update"], /missing required argument 'config-id'/],
    [["update", "1"], /nothing to update/],
    [["update", "1", "2", "--enable"], /too many arguments for 'update': '2'$/],
    [["update", "1", "--enable", "--disable"], /cannot be used with/],
    [["users", "--demo"], /no command given after 'users'/],
    [["users", "lst"], /unknown command 'users lst'/],
    [["users", "list"], /missing required argument 'config-id'/],
    [["users", "list", "1", "--all", "--limit", "5"], /cannot be used with/],
    [["users", "add", "1"], /no users given/],
    [["users", "remove", "1"], /no users given/],
    [["nope", "--help"], /^unknown command 'nope'$/],
    [["list", "--foo", "--help"], /^unknown option '--foo'$/],
    [["--version", "--foo"], /^unknown option '--foo'$/],
    [["users", "--help", "--foo"], /no command given after 'users'/],
    [["diff", "a", "b", "-h"], /too many arguments for 'diff': 'b'$/],
    [["help", "list", "extra"], /too many arguments for 'help': 'extra'$/],
    [["help", "users", "add", "1"], /too many arguments for 'help': '1'$/],
    [["help", "list", "--foo"], /^unknown option '--foo'$/],
    [["users", "add", "1", "2", "--user", "u"], /too many arguments for 'users add': '2'$/]
  ])("%j is rejected", (argv, message) => {
    const invocation = parse(argv, "1")
    expect(invocation._tag === "InvalidCommandLine" ? invocation.message : invocation._tag).toMatch(message)
  })

  it.each([
    [["create", "--help"]],
    [["create", "--enable", "-h"]],
    [["list", "--all", "--limit", "5", "--help"]],
    [["--no-color", "--help"]],
    [["--help", "users", "add"]],
    [["diff", "--help"]],
    [["help", "help"]]
  ])("%j prints", (argv) => {
    expect(parse(argv, "1")).toMatchObject({ _tag: "Print" })
  })

  it.prop(
    "never throws",
    [FC.array(FC.oneof(FC.string(), FC.constantFrom("list", "--all", "-o", "--", "=", "help")))],
    ([words]) => {
      expect(parse(words, "1")).toHaveProperty("_tag")
    }
  )
})
