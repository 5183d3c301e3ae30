import { execFileSync } from "node:child_process"
import { open } from "node:fs/promises"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import { Demo, Emulator, type Fault } from "@hotspot-session/emulator"
import { Deferred, Effect, Fiber, Schedule } from "effect"
import { newFile, newFolder, runUntil } from "./support.js"

const config = { id: "1" as never, hotspot_session_migration_enable: true, hotspot_exit_session_num: 4 }
const users = Array.from({ length: 1500 }, (_, index) => `u-${index}\n`).join("")

/** The configuration of the documentation's example, which a status of 200 lists. */
const documentedId = "895110260098859008"

/** Runs a command, and interrupts it after a number of requests. */
const interrupted = (faults: ReadonlyArray<Fault.Fault>, requests: number, ...argv: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const emulator = yield* Emulator.make({ faults })
    yield* emulator.setConfigs(Demo.projectId, [config, { ...config, id: documentedId as never }])
    yield* emulator.setConfigs("empty", [])
    const stop = emulator.requests.pipe(
      Effect.repeat({ until: ({ length }) => length >= requests, schedule: Schedule.spaced("5 millis") }),
      Effect.asVoid
    )
    const ended = yield* runUntil(stop, [...argv, "--endpoint", emulator.endpoint], {
      HOTSPOT_SESSION_AUTH_TOKEN: Demo.token,
      HUAWEICLOUD_SDK_IAM_ENDPOINT: emulator.endpoint,
      ...(argv.includes("--region") ? {} : { HUAWEICLOUD_SDK_PROJECT_ID: Demo.projectId })
    })
    expect(ended).toMatchObject({ code: null, stdout: "" })
    return ended.stderr
  })

const errorOf = (stderr: string) => JSON.parse(stderr.trimEnd().split("\n").at(-1) ?? "").error

describe("an interrupted command, with -o json", () => {
  it.scopedLive("that reads writes an error and nothing else; as text, it writes nothing", () =>
    Effect.gen(function* () {
      const stall: ReadonlyArray<Fault.Fault> = [{ kind: "stall" }]
      const stderr = yield* interrupted(stall, 1, "list", "-o", "json")
      expect(JSON.parse(stderr)).toEqual({ error: { tag: "Interrupted", message: "interrupted", exit_code: 129 } })
      expect(yield* interrupted(stall, 1, "list")).toBe("")
    })
  )

  it.scopedLive("whose output is not read writes the error first", () =>
    Effect.gen(function* () {
      const { endpoint } = yield* Emulator.make()
      const argv = ["list", "--all", "-o", "json", "--endpoint", endpoint]
      const environment = { HOTSPOT_SESSION_AUTH_TOKEN: Demo.token, HUAWEICLOUD_SDK_PROJECT_ID: Demo.projectId }
      const blocked = yield* Deferred.make<void>()
      const ended = yield* runUntil(Deferred.await(blocked), argv, environment, {
        onBlocked: () => Deferred.unsafeDone(blocked, Effect.void)
      })
      expect(errorOf(ended.stderr)).toMatchObject({ tag: "Interrupted" })
      expect(JSON.parse(ended.stdout)).toMatchObject({ incomplete: true })
    })
  )

  it.scopedLive("that adds users says how many were added", () =>
    Effect.gen(function* () {
      const faults: ReadonlyArray<Fault.Fault> = [
        { kind: "status", status: 200, body: "empty", target: "updateUsers", done: true, times: 1 },
        { kind: "stall", target: "updateUsers" }
      ]
      const stderr = yield* interrupted(
        faults,
        6,
        "users",
        "add",
        "1",
        "--users-file",
        newFile(users),
        "-y",
        "-o",
        "json"
      )
      expect(errorOf(stderr)).toEqual({
        tag: "Interrupted",
        message: "interrupted: 1,000 of 1,500 users were added to 1, and others may have been.",
        hint: "Run the command again to see what is left.",
        exit_code: 129,
        outcome: "unknown",
        config_id: "1",
        completed: 1000
      })
    })
  )

  it.scopedLive("that creates or updates says that it may have been done, and before that, that it was not", () =>
    Effect.gen(function* () {
      const stall: ReadonlyArray<Fault.Fault> = [
        { kind: "stall", target: "create" },
        { kind: "stall", target: "update" }
      ]
      const create = ["create", "--enable", "--exit-sessions", "3", "-y", "-o", "json"]
      const update = ["update", "1", "--exit-sessions", "3", "-y", "-o", "json"]
      for (const command of [create, update]) {
        expect(errorOf(yield* interrupted(stall, 3, ...command))).toMatchObject({
          tag: "Interrupted",
          outcome: "unknown"
        })
        expect(errorOf(yield* interrupted([{ kind: "stall", target: "list" }], 1, ...command))).toMatchObject({
          tag: "Interrupted",
          outcome: "not_done"
        })
      }
    })
  )

  it.live("that writes says that nothing was written while it reads a pipe of authorities", () =>
    Effect.gen(function* () {
      const pipe = join(newFolder(), "pipe")
      execFileSync("mkfifo", [pipe])
      const argv = ["update", "1", "--exit-sessions", "3", "-y", "-o", "json", "--ca-file", pipe]
      // A pipe opens for writing once it is read.
      const opened = yield* Effect.makeLatch()
      const writer = yield* Effect.fork(Effect.promise(() => open(pipe, "w")).pipe(Effect.tap(opened.open)))
      const ended = yield* runUntil(opened.await, argv)
      yield* Effect.flatMap(Fiber.join(writer), (file) => Effect.promise(() => file.close()))
      expect(errorOf(ended.stderr)).toMatchObject({ tag: "Interrupted", outcome: "not_done" })
    })
  )

  it.scopedLive("that writes says that nothing was written before the project is known", () =>
    Effect.gen(function* () {
      const stall: ReadonlyArray<Fault.Fault> = [{ kind: "stall", target: "iam" }]
      const unknownProject = ["--region", "cn-north-4", "-y", "-o", "json"]
      const create = ["create", "--enable", "--exit-sessions", "3", ...unknownProject]
      const update = ["update", "1", "--exit-sessions", "3", ...unknownProject]
      const addUsers = ["users", "add", "1", "--user", "a", ...unknownProject]
      for (const command of [create, update, addUsers]) {
        expect(errorOf(yield* interrupted(stall, 1, ...command))).toEqual({
          tag: "Interrupted",
          message: "interrupted: nothing was written",
          exit_code: 129,
          outcome: "not_done",
          ...(command === create ? {} : { config_id: "1" })
        })
      }
    })
  )

  it.scopedLive("that reads back what it wrote says of which configuration", () =>
    Effect.gen(function* () {
      const options = ["-y", "-o", "json"]
      const create = ["create", "--enable", "--exit-sessions", "3", "--user", "a", ...options]
      const created = errorOf(yield* interrupted([{ kind: "stall", target: "users" }], 5, ...create))
      expect(created).toMatchObject({ outcome: "done", config_id: expect.stringMatching(/^\d+$/) })
      expect(created.message).toContain(created.config_id)

      const listTwice: ReadonlyArray<Fault.Fault> = [
        { kind: "status", status: 200, target: "list", times: 2 },
        { kind: "stall", target: "list" }
      ]
      const update = ["update", documentedId, "--exit-sessions", "7", ...options]
      const updated = errorOf(yield* interrupted(listTwice, 4, ...update))
      expect(updated).toMatchObject({ outcome: "done", config_id: documentedId })
      expect(updated).not.toHaveProperty("completed")

      const addUsers = ["users", "add", documentedId, "--user", "a", "--user", "b", ...options]
      expect(errorOf(yield* interrupted(listTwice, 6, ...addUsers))).toMatchObject({
        outcome: "done",
        config_id: documentedId,
        completed: 2
      })
    })
  )

  it.scopedLive("that applies says the state of each write", () =>
    Effect.gen(function* () {
      const file = newFile(`version: 1
targets:
  - project_id: ${Demo.projectId}
    items: [{ id: "1", hotspot_exit_session_num: 5, non_migrate_users: [{ user_id: a }] }]
`)
      const faults: ReadonlyArray<Fault.Fault> = [{ kind: "stall", target: "update" }]
      const stderr = yield* interrupted(faults, 6, "apply", file, "-y", "-o", "json")
      expect(errorOf(stderr)).toMatchObject({
        tag: "Interrupted",
        message: "interrupted: 1 write done, 1 may be done",
        outcome: "unknown",
        targets: [
          {
            project_id: Demo.projectId,
            writes: [
              { write: "addUsers", state: "done" },
              { write: "update", id: "1", state: "unknown" }
            ]
          }
        ]
      })
    })
  )

  it.scopedLive("that applies says what was done also if its output is not read", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.make()
      yield* emulator.setConfigs(Demo.projectId, [config])
      const file = newFile(`version: 1
targets:
  - project_id: ${Demo.projectId}
    items: [{ id: "1", hotspot_exit_session_num: 5 }]
`)
      const blocked = yield* Deferred.make<void>()
      const ended = yield* runUntil(
        Deferred.await(blocked),
        ["apply", file, "-y", "-o", "json", "--endpoint", emulator.endpoint],
        { HOTSPOT_SESSION_AUTH_TOKEN: Demo.token },
        { onBlocked: () => Deferred.unsafeDone(blocked, Effect.void) }
      )
      expect(errorOf(ended.stderr)).toMatchObject({
        outcome: "done",
        targets: [{ project_id: Demo.projectId, writes: [{ write: "update", state: "done" }] }]
      })
    })
  )

  it.scopedLive("that creates by an apply says not to run it again before the configuration is listed", () =>
    Effect.gen(function* () {
      const file = newFile(`version: 1
targets:
  - project_id: empty
    items: [{ hotspot_session_migration_enable: true, hotspot_exit_session_num: 5 }]
`)
      const faults: ReadonlyArray<Fault.Fault> = [{ kind: "stall", target: "create" }]
      const { hint } = errorOf(yield* interrupted(faults, 3, "apply", file, "-y", "-o", "json"))
      expect(hint).toContain("Do not run the command again before the list shows the new configuration")
    })
  )
})
