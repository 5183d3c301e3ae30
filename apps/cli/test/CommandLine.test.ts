import { describe, expect, it } from "@effect/vitest"
import * as FC from "effect/FastCheck"
import { parse } from "../src/commandLine/CommandLine.js"
import type { CommandSpec, Invocation } from "../src/commandLine/Invocation.js"

const specs = (): ReadonlyArray<CommandSpec> => {
  const completion = parse(["completion", "bash"], "1.2.3")
  return completion._tag === "Completion" ? completion.commands : []
}

const hintOf = (invocation: Invocation): string => (invocation._tag === "Misuse" ? invocation.hint : invocation._tag)

/** The word with two neighbouring letters exchanged. */
const misspelt = (word: string): string =>
  word.slice(0, -2) + word.slice(-2).split("").reverse().join("") === word
    ? `${word.slice(0, -3)}${word.slice(-2, -1)}${word.slice(-3, -2)}${word.slice(-1)}`
    : word.slice(0, -2) + word.slice(-2).split("").reverse().join("")

describe("a misspelt word", () => {
  for (const { name, options } of specs()) {
    it(`${misspelt(name)} is asked about`, () => {
      expect(hintOf(parse([misspelt(name)], "1"))).toContain(`Did you mean ${name}?`)
    })
    for (const long of options.flatMap(({ names }) => names.filter((one) => one.startsWith("--")))) {
      it(`${name} ${misspelt(long)} is asked about`, () => {
        if (name === "help") return
        expect(hintOf(parse([name, misspelt(long)], "1"))).toMatch(/Did you mean --/)
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
    [["list", "--project", "p"], "--project-id"]
  ])("%j is of another program", (argv, meant) => {
    expect(hintOf(parse(argv, "1"))).toContain(`Did you mean ${meant}?`)
  })
})

describe("a command line", () => {
  const argv = ["--limit", "5", "--offset=3", "-ojson", "--project-id", "list", "--debug", "--timeout", "2m"]
  const flags = { limit: 5, offset: 3, output: "json", projectId: ["list"], debug: true, timeout: 120_000, color: true }

  it("reads options in every form, before and after the command", () => {
    for (let at = 0; at <= argv.length; at++) {
      // Not between an option and its value.
      if (argv[at - 1] !== undefined && ["--limit", "--project-id", "--timeout"].includes(argv[at - 1] ?? "")) continue
      const words = [...argv.slice(0, at), "list", ...argv.slice(at)]
      expect(parse(words, "1"), words.join(" ")).toEqual({ _tag: "List", flags })
    }
  })

  it("repeats nothing in silence", () => {
    for (const { name, options } of specs()) {
      for (const { names, takesValue } of options) {
        const long = names.at(-1) ?? ""
        if (!takesValue || ["--fault", "--project"].includes(long)) continue
        const value = { "--output": "json", "--fields": "id", "--metadata": "off", "--query": "items" }[long] ?? "5"
        const again = parse([name, long, value, long, value, ...(name === "diff" ? ["file"] : [])], "1")
        expect(again._tag, `${name} ${long}`).toBe("Misuse")
      }
    }
  })

  it.each([
    [["list", "--page-size", "5"], /'--all' only/],
    [["list", "--parallel", "5"], /several projects only/],
    [["list", "--region", "a", "--region", "b", "--project-id", "p"], /cannot be told/],
    [["list", "--watch", "30s", "-o", "csv"], /cannot be shown as csv/],
    [["list", "--watch", "30s", "--region", "a", "--region", "b"], /for one project/],
    [["list", "--watch", "30s", "--limit", "5"], /every configuration/],
    [["list", "--fields", "id", "--query", "items"], /cannot be used with/],
    [["list", "--fields", "id,nmae"], /It must be id, project_id/],
    [["list", "--fields", "id,id"], /names id twice/],
    [["list", "--targets", "f", "--region", "r"], /cannot be used with/],
    [["list", "--timeout", "25d"], /It must be a time/],
    [["list", "--timeout", "600h"], /24 days at most/],
    [["list", "--parallel", "65"], /from 1 to 64/],
    [["list", "--offset", "-1"], /from 0 to 2147483647/],
    [["diff"], /missing required argument 'file'/],
    [["diff", "a", "b"], /too many arguments/],
    [["completion", "tcsh"], /bash, zsh or fish/],
    [["completion"], /missing required argument 'shell'/]
  ])("%j is refused", (argv, message) => {
    const invocation = parse(argv, "1")
    expect(invocation._tag === "Misuse" ? invocation.message : invocation._tag).toMatch(message)
  })

  it.prop(
    "never throws",
    [FC.array(FC.oneof(FC.string(), FC.constantFrom("list", "--all", "-o", "--", "=", "help")))],
    ([words]) => {
      expect(parse(words, "1")).toHaveProperty("_tag")
    }
  )
})
