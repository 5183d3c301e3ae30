import { spawnSync } from "node:child_process"
import { describe, expect, it } from "@effect/vitest"
import { escape, filled, literal, section } from "@hotspot-session/settings/Roff"
import { Effect } from "effect"
import * as FC from "effect/FastCheck"
import { isInstalled } from "../../../test/tools.js"
import { parse } from "../src/commandLine/CommandLine.js"
import { exitCodes } from "../src/commandLine/ExitCodes.js"
import { manualPage } from "../src/commands/man/Man.js"
import { commandGroups } from "../src/options/CommandGroups.js"
import { run } from "./support.js"

const page = manualPage("1.2.3", "2026-01-02")

const [hasMandoc, hasGroff] = [isInstalled("mandoc"), isInstalled("groff")]

const printed = (program: string, args: ReadonlyArray<string>, input: string): string => {
  const { stderr, stdout } = spawnSync(program, args, { encoding: "utf8", input })
  return `${stderr}${stdout}`
}

/** What a reader sees of a page, without line breaks. */
const seen = (roff: string): string =>
  roff
    .replace(/^\.(?:TP|PP|EX|EE|nh|ad l)$/gm, "")
    .replace(/\\f[BIR]/g, "")
    .replace(/\\-/g, "-")
    .replace(/\\\(aq/g, "'")
    .replace(/\\\(dq/g, '"')
    .replace(/\\\(ti/g, "~")
    .replace(/\\&/g, "")
    .replace(/\s+/g, " ")

/** The part of the page from a heading to the next one. */
const partOf = (macro: string, title: string): string => {
  const [, part] = page.split(new RegExp(`^\\.${macro} ${title}$`, "m"))
  return seen(part?.split(/^\.S[HS]/m)[0] ?? "")
}

describe("the manual page", () => {
  it.effect("is printed with the version and the date", () =>
    Effect.map(run(["man"]), ({ code, stderr, stdout }) => {
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" })
      // The test clock is at the epoch.
      expect(stdout).toBe(manualPage("1.2.3", "1970-01-01"))
      expect(stdout.split("\n")[0]).toBe('.TH HOTSPOT\\-SESSION 1 1970-01-01 "hotspot\\-session 1.2.3" "User Commands"')
    })
  )

  const completion = parse(["completion", "bash"], "1.2.3")
  const commands = completion._tag === "Completion" ? completion.commands : []

  it("has each command", () => {
    const titles = [...page.matchAll(/^\.SS (.*)$/gm)].map(([, title]) => title)
    expect(titles).toEqual(commands.map(({ name }) => name))
    expect(titles.length).toBeGreaterThan(10)
  })

  it.each(commands.map(({ name }) => name))("has all that the help of %s says", (name) => {
    const help = parse([...name.split(" "), "--help"], "1.2.3", { columns: 10_000, heading: (text) => text })
    const text = partOf("SS", name)
    const lines = help._tag === "Print" && name !== "help" ? help.text.split("\n") : []
    const shared = lines.findIndex((line) => line.startsWith("Credentials come from"))
    for (const line of shared === -1 ? lines : lines.slice(0, shared)) {
      const [term = "", ...rest] = line.trim().split(/ {2,}/)
      // Headings of options have no colon in the page, and arguments stand in angle brackets.
      if (!/^(?:Arguments|Options|Target|Change|Paging|Output|Behaviour|Usage).*:/.test(term)) {
        for (const part of [term, ...rest]) expect(text).toContain(part)
      }
    }
    for (const { description, names } of commands.find((command) => command.name === name)?.options ?? []) {
      for (const one of [...names, description]) expect(text).toContain(one)
    }
  })

  it("has the credentials, and each exit code", () => {
    expect(partOf("SH", "CREDENTIALS")).toContain("[basic] in ~/.huaweicloud/credentials")
    for (const [codes, meaning] of exitCodes.flat()) {
      expect(partOf("SH", "EXIT STATUS")).toContain(`${codes} ${meaning.replace(/\n/g, " ")}`)
    }
  })

  it("is ASCII, which every man reads", () => {
    expect(page).toMatch(/^[\n -~]+$/)
    expect(Object.keys(commandGroups).every((group) => page.includes(`.SS ${group} `))).toBe(true)
  })

  it.skipIf(!hasMandoc)("has no problem that mandoc reports", () => {
    expect(printed("mandoc", ["-T", "lint"], page)).toBe("")
  })

  it.skipIf(!hasGroff)("has no problem that groff reports", () => {
    expect(printed("groff", ["-man", "-ww", "-z"], page)).toBe("")
  })
})

describe("text for roff", () => {
  const samples = [
    ".TH at the start",
    "'quoted' at the start",
    "back\\slash \\fBbold\\fR \\(co \\*[name]",
    '--option="a `b` ^c ~/d"',
    "-",
    "."
  ]

  it.skipIf(!hasMandoc)("is shown as it is", () => {
    const lines = [...samples, ...FC.sample(FC.stringMatching(/^[!-~]{1,3}[ -~]{0,60}[!-~]$/), 200)]
    const shown = printed(
      "mandoc",
      ["-T", "ascii", "-O", "width=200"],
      `.TH A 1 2026-01-02\n${section("B", literal(lines))}`
    )
    const plain = shown.replace(/.[\b]/g, "").split("\n")
    expect(
      plain
        .map((line) => line.trim())
        .filter((line) => line !== "")
        .slice(2, -1)
    ).toEqual(lines)
  })

  it("has no line that starts with a control character, and no line over 80 columns, wherever it is wrapped", () => {
    const word = FC.stringMatching(/^[.'\\a-z-]{1,20}$/)
    FC.assert(
      FC.property(FC.array(word, { minLength: 1, maxLength: 40 }), (words) => {
        const lines = filled(words.join(" ")).trimEnd().split("\n")
        for (const line of lines) {
          expect(line).not.toMatch(/^[.']/)
          expect(line.length).toBeLessThanOrEqual(80)
        }
        expect(lines.join(" ").replaceAll("\\&", "")).toBe(words.map((one) => escape(one).replace("\\&", "")).join(" "))
      })
    )
  })
})
