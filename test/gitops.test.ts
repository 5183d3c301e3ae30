import { spawn } from "node:child_process"
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import { Demo, Emulator } from "@hotspot-session/emulator"
import { Effect } from "effect"
import { onTestFinished } from "vitest"
import { root } from "./markdown.js"

const example = join(root, "examples/gitops")

/** A copy of the example, and a way to run its script with the built command. */
const checkout = (environment: Record<string, string>) => {
  const folder = mkdtempSync(join(tmpdir(), "hotspot-session-gitops-"))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const repository = join(folder, "repository")
  cpSync(example, repository, { recursive: true })
  const bin = join(folder, "bin")
  mkdirSync(bin)
  symlinkSync(join(root, "apps/cli/dist/hotspot-session.js"), join(bin, "hotspot-session"))
  const output = join(folder, "output")
  const ci = (command: string) =>
    Effect.async<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }>((resume) => {
      const child = spawn(join(repository, "ci.sh"), [command], {
        env: {
          PATH: `${bin}:${process.env["PATH"]}`,
          HOTSPOT_SESSION_METADATA_ENDPOINT: "off",
          GITHUB_OUTPUT: output,
          ...environment
        }
      })
      let stdout = ""
      let stderr = ""
      child.stdout.on("data", (chunk: Buffer) => {
        stdout += chunk.toString()
      })
      child.stderr.on("data", (chunk: Buffer) => {
        stderr += chunk.toString()
      })
      child.on("close", (code) => resume(Effect.succeed({ code, stdout, stderr })))
    })
  return { ci, output: () => readFileSync(output, "utf8").trim().split("\n").at(-1) }
}

describe.skipIf(process.platform === "win32")("examples/gitops", () => {
  it.scopedLive("plans on a pull request, applies the plan on a merge, and finds drift", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.make()
      const south = { id: "895110260098859008", hotspot_session_migration_enable: true, hotspot_exit_session_num: 7 }
      yield* emulator.setConfigs("your-project-north", [])
      yield* emulator.setConfigs("your-project-south", [south] as never)
      const writes = Effect.map(emulator.requests, (all) => all.filter(({ method }) => method !== "GET").length)
      const { ci, output } = checkout({
        HOTSPOT_SESSION_AUTH_TOKEN: Demo.token,
        HUAWEICLOUD_SDK_REGION_WORKSPACEAPP_CN_NORTH_4: emulator.endpoint,
        HUAWEICLOUD_SDK_REGION_WORKSPACEAPP_AP_SOUTHEAST_1: emulator.endpoint
      })
      const plan = yield* ci("plan")
      expect(plan).toMatchObject({ code: 0, stdout: expect.stringContaining("+ user 张敏") })
      expect(output()).toBe("changes=true")
      expect(yield* writes).toBe(0)

      expect(yield* ci("apply")).toMatchObject({ code: 0, stderr: expect.stringContaining("2 writes done") })
      expect(yield* writes).toBe(2)
      expect((yield* emulator.configs("your-project-south")).slice(0, 2)).toMatchObject([
        { ...south, non_migrate_users: { length: 2 } }
      ])
      expect(yield* ci("drift")).toMatchObject({ code: 0 })

      yield* emulator.setConfigs("your-project-south", [south] as never)
      expect(yield* ci("drift")).toMatchObject({ code: 1, stdout: expect.stringContaining("+ user =finance-batch") })
    })
  )

  it("has a workflow that runs each command of the script", () => {
    const workflow = readFileSync(join(example, ".github/workflows/fleet.yaml"), "utf8")
    expect([...workflow.matchAll(/run: \.\/ci\.sh (\w+)/g)].map(([, command]) => command)).toEqual([
      "plan",
      "apply",
      "drift"
    ])
  })
})
