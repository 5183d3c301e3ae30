import { mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import * as AuditFile from "../src/AuditFile.js"

const entryOf = (request_id: string, event: "intent" | "result" = "intent") => ({
  time: "2026-01-02T03:04:05.006Z",
  event,
  request_id,
  operation: "updateHotspotSessionConfig",
  project_id: "p"
})

const idsIn = (file: string): ReadonlyArray<string> =>
  readFileSync(file, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line).request_id)

const auditFile = Effect.gen(function* () {
  const folder = mkdtempSync(join(tmpdir(), "hotspot-session-http-"))
  yield* Effect.addFinalizer(() => Effect.sync(() => rmSync(folder, { recursive: true })))
  const file = join(folder, "audit")
  return { file, log: yield* AuditFile.make(file) }
})

describe("an audit log in a file", () => {
  it.scopedLive("has a line for each of many concurrent writes, in their order, also while it is rotated", () =>
    Effect.gen(function* () {
      const { file, log } = yield* auditFile
      const ids = (from: number) => Array.from({ length: 500 }, (_, index) => String(from + index))
      const writeAll = (from: number) =>
        Effect.forEach(ids(from), (id) => log(entryOf(id)), { concurrency: "unbounded", discard: true })
      yield* writeAll(0)
      renameSync(file, `${file}.1`)
      yield* writeAll(500)
      expect([idsIn(`${file}.1`), idsIn(file)]).toEqual([ids(0), ids(500)])
    })
  )

  it.scopedLive("has the results that are not waited for any more, and no intents", () =>
    Effect.gen(function* () {
      const { file, log } = yield* auditFile
      const first = Effect.runFork(log(entryOf("1")))
      // From here on, the first one is being written.
      yield* Effect.promise(() => Promise.resolve())
      const left = [entryOf("2"), entryOf("3", "result")].map((entry) => Effect.runFork(log(entry)))
      yield* Fiber.interruptAll(left)
      yield* first
      yield* log(entryOf("4"))
      expect(idsIn(file)).toEqual(["1", "3", "4"])
    })
  )
})
