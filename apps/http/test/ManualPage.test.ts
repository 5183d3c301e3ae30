import { spawnSync } from "node:child_process"
import { describe, expect, it } from "@effect/vitest"
import { isInstalled } from "../../../test/tools.js"
import { secrets, settings } from "../src/SettingDefinitions.js"
import { runCommand } from "./startCommand.js"

describe("the manual page", () => {
  it("has each option of the help, each variable and each exit code", async () => {
    const { code, stderr, stdout } = await runCommand(["--man"])
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" })
    const page = stdout.replace(/\\f[BR]/g, "").replaceAll("\\-", "-")
    const { stdout: help } = await runCommand(["--help"])
    const flags = [...help.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)].map(([, flag]) => flag)
    expect(flags.length).toBeGreaterThan(40)
    for (const flag of flags) expect(page).toMatch(new RegExp(`^(?:-\\w, )?${flag}(?: |$)`, "m"))
    const variables = [...Object.values(settings).map(({ variable }) => variable), secrets.apiKeys]
    for (const variable of variables) expect(page).toContain(`.TP\n${variable}\n`)
    const [, codes = ""] = /^Exit codes:\n([\s\S]*)/m.exec(help) ?? []
    for (const [, exitCode = ""] of codes.matchAll(/(?:^ {2}| {4})(\d+) /gm))
      expect(page).toContain(`.TP\n${exitCode}\n`)
  })

  it.skipIf(!isInstalled("mandoc"))("has no problem that mandoc reports", async () => {
    const { stdout: input } = await runCommand(["--man"])
    expect(spawnSync("mandoc", ["-T", "lint"], { encoding: "utf8", input }).stdout).toBe("")
  })

  it.skipIf(!isInstalled("groff"))("has no problem that groff reports", async () => {
    const { stdout: input } = await runCommand(["--man"])
    expect(spawnSync("groff", ["-man", "-ww", "-z"], { encoding: "utf8", input }).stderr).toBe("")
  })
})
