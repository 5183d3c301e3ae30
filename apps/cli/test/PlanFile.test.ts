import { readdirSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import { setImmediate } from "node:timers/promises"
import { describe, expect, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { writePlanFile } from "../src/fleet/PlanFile.js"
import { newFolder } from "./support.js"

describe("the file of a plan", () => {
  it.live("leaves no part behind when its writing is interrupted, and only its owner can read what is written", () =>
    Effect.gen(function* () {
      const folder = newFolder()
      const writing = yield* Effect.fork(writePlanFile(join(folder, "plan.json"), "x".repeat(30_000_000)))
      const begun = yield* Effect.promise(async () => {
        for (;;) {
          const [name] = readdirSync(folder)
          if (name !== undefined && statSync(join(folder, name)).size > 0) return name
          await setImmediate()
        }
      })
      if (process.platform !== "win32") expect(statSync(join(folder, begun)).mode & 0o777).toBe(0o600)
      yield* Fiber.interrupt(writing)
      expect(readdirSync(folder)).toEqual([])
    })
  )

  it.live("may have the longest name that there is", () =>
    Effect.gen(function* () {
      const file = join(newFolder(), "p".repeat(255))
      yield* writePlanFile(file, "text")
      expect(readFileSync(file, "utf8")).toBe("text")
    })
  )
})
