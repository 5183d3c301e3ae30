import { spawn, spawnSync } from "node:child_process"
import { closeSync, constants, existsSync, openSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import { Demo, Emulator } from "@hotspot-session/emulator"
import { Effect } from "effect"
import { bundle, execute, newFile, newFolder } from "../support.js"

const environment = { HOTSPOT_SESSION_AUTH_TOKEN: Demo.token, HUAWEICLOUD_SDK_PROJECT_ID: Demo.projectId }

/** Calls `act` once the emulator has received a number of requests. */
const onRequest = (emulator: Emulator.Service, act: () => void, times = 1) => {
  const poll = setInterval(() => {
    if (Effect.runSync(emulator.requests).length < times) return
    clearInterval(poll)
    act()
  }, 20)
}

/** Opens a pipe to write to, once another process reads from it. */
const onReader = (pipe: string, act: (descriptor: number) => void) => {
  const poll = setInterval(() => {
    let descriptor: number
    try {
      // Fails as long as the other end is not read.
      descriptor = openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK)
    } catch {
      return
    }
    clearInterval(poll)
    act(descriptor)
  }, 20)
}

describe("the process", () => {
  for (const [signal, code] of [
    ["SIGHUP", 129],
    ["SIGINT", 130],
    ["SIGTERM", 143]
  ] as const) {
    // The second signal differs only in its code.
    for (const kind of signal === "SIGINT" ? (["stall", "stallBody"] as const) : (["stall"] as const)) {
      it.scopedLive(`exits immediately with ${code} on ${signal} while waiting (${kind})`, () =>
        Effect.gen(function* () {
          const emulator = yield* Emulator.make({ faults: [{ kind }] })
          const ended = yield* execute(["list", "--endpoint", emulator.endpoint, "-o", "json"], environment, (child) =>
            onRequest(emulator, () => child.kill(signal))
          )
          expect(ended).toMatchObject({ code, stdout: "" })
        })
      )
    }

    it.scopedLive(`exits with ${code} on ${signal} while listing, and completes the JSON`, () =>
      Effect.gen(function* () {
        const emulator = yield* Emulator.make({ count: 100_000, latency: "30 millis" })
        const ended = yield* execute(
          ["list", "--endpoint", emulator.endpoint, "--all", "-o", "json"],
          environment,
          (child) => onRequest(emulator, () => child.kill(signal), 4)
        )
        expect(ended.code).toBe(code)
        const { incomplete, items } = JSON.parse(ended.stdout)
        expect(incomplete).toBe(true)
        expect(items.length % 100).toBe(0)
        expect(items.length).toBeGreaterThanOrEqual(200)
      })
    )

    it.live(`serves the emulator until ${signal}`, () =>
      Effect.gen(function* () {
        const ended = yield* execute(["emulator", "--port", "0"], {}, (child) => {
          child.stderr?.once("data", async (line: Buffer) => {
            const [, endpoint] = /^listening on (http:\/\/127\.0\.0\.1:\d+)\n$/.exec(line.toString()) ?? []
            const response = await fetch(`${endpoint}/v1/${Demo.projectId}/hotspot-session-config`, {
              headers: { "x-auth-token": Demo.token }
            })
            if (response.status === 200) child.kill(signal)
          })
        })
        expect(ended).toMatchObject({ code, stdout: "" })
        expect(ended.stderr.split("\n")).toHaveLength(2)
      })
    )
  }

  it.scopedLive("exits with 130 on SIGINT while waiting for a retry", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.make({ faults: [{ kind: "status", status: 503, retryAfter: "30" }] })
      const ended = yield* execute(["list", "--endpoint", emulator.endpoint], environment, (child) =>
        // The response takes a moment to arrive; the delay before the retry is 30 s.
        onRequest(emulator, () => setTimeout(() => child.kill("SIGINT"), 300))
      )
      expect(ended).toMatchObject({ code: 130, stdout: "" })
    })
  )

  it.scopedLive("exits with 130 on SIGINT during a write, and says what was done and what may have been", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.make({
        faults: [
          { kind: "status", status: 200, body: "empty", target: "updateUsers", done: true, times: 1 },
          { kind: "stall", target: "updateUsers" }
        ]
      })
      yield* emulator.setConfigs(Demo.projectId, [{ id: "1" as never, non_migrate_users: [] }])
      const users = newFile(Array.from({ length: 1500 }, (_, index) => `u-${index}\n`).join(""))
      const ended = yield* execute(
        ["users", "add", "1", "--users-file", users, "--yes", "--endpoint", emulator.endpoint],
        environment,
        // Two reads of the list and two of the users, and two writes.
        (child) => onRequest(emulator, () => child.kill("SIGINT"), 6)
      )
      expect(ended).toMatchObject({ code: 130, stdout: "" })
      expect(ended.stderr).toContain("interrupted: 1,000 of 1,500 users were added to 1, and others may have been.")
    })
  )

  it.scopedLive("exits with 130 on SIGINT during an apply, and says what was done and what may have been", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.make({ faults: [{ kind: "stall", target: "update" }] })
      const config = { id: "1" as never, hotspot_session_migration_enable: true, hotspot_exit_session_num: 4 }
      for (const project of ["north", "south"]) yield* emulator.setConfigs(project, [config])
      const file = newFile(`version: 1
targets:
  - { project_id: north, items: [{ id: "1", non_migrate_users: [{ user_id: a }] }] }
  - { project_id: south, items: [{ id: "1", hotspot_exit_session_num: 5, non_migrate_users: [{ user_id: a }] }] }
`)
      const ended = yield* execute(
        ["apply", file, "--yes", "--parallel", "1", "--endpoint", emulator.endpoint],
        environment,
        // For each project, two reads, two before the first write, the writes, and for the first two after them.
        (child) => onRequest(emulator, () => child.kill("SIGINT"), 4 + 2 + 1 + 2 + 2 + 2)
      )
      expect(ended.code).toBe(130)
      expect(ended.stderr.replaceAll(emulator.endpoint, "")).toContain(
        [
          "interrupted:",
          "done          north  add or rename 1 user of 1",
          "done          south  add or rename 1 user of 1",
          "may be done   south  update 1: exit sessions 4 -> 5",
          "Run the command again to do what is left."
        ].join("\n")
      )
    })
  )

  it("exits with 0 when its reader closes the pipe", () => {
    const { status, stderr } = spawnSync(
      "bash",
      ["-o", "pipefail", "-c", `"${process.execPath}" "${bundle}" list --demo -o json | head -1`],
      { encoding: "utf8" }
    )
    expect({ status, stderr }).toEqual({ status: 0, stderr: expect.stringMatching(/^(3 configurations\n)?$/) })
  })

  it.scopedLive("requests no further page once its reader closes the pipe", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.make({ count: 100_000 })
      const command = `"${process.execPath}" "${bundle}" list --endpoint ${emulator.endpoint} --all -o ndjson | head -1`
      const { code, stdout } = yield* Effect.async<{ code: number | null; stdout: string }>((resume) => {
        const child = spawn("bash", ["-o", "pipefail", "-c", command], { env: { ...process.env, ...environment } })
        let stdout = ""
        child.stdout.on("data", (chunk: Buffer) => {
          stdout += chunk.toString()
        })
        child.on("close", (code) => resume(Effect.succeed({ code, stdout })))
      })
      expect(code).toBe(0)
      expect(JSON.parse(stdout)).toHaveProperty("id")
      expect(yield* emulator.requests).toHaveLength(1)
    })
  )

  it.scopedLive("writes all changes although its reader has closed the pipe, or standard output is full", () =>
    Effect.gen(function* () {
      for (const [output, exitSessions, expected] of [
        ["| true", 7, 0],
        ["> /dev/full", 8, 74]
      ] as const) {
        if (expected === 74 && !existsSync("/dev/full")) continue
        const emulator = yield* Emulator.make({ latency: "100 millis", count: 3 })
        const exported = yield* execute(["export", "--endpoint", emulator.endpoint], environment)
        const file = join(newFolder(), "state.yaml")
        writeFileSync(
          file,
          exported.stdout.replaceAll(/hotspot_exit_session_num: \d+/g, `hotspot_exit_session_num: ${exitSessions}`)
        )
        const command = `"${process.execPath}" "${bundle}" apply "${file}" --yes --endpoint ${emulator.endpoint} ${output}`
        const code = yield* Effect.async<number | null>((resume) => {
          const child = spawn("bash", ["-o", "pipefail", "-c", command], { env: { ...process.env, ...environment } })
          child.on("close", (code) => resume(Effect.succeed(code)))
        })
        expect(code).toBe(expected)
        const listed = yield* execute(
          [
            "list",
            "--endpoint",
            emulator.endpoint,
            "--all",
            "--query",
            "items[].hotspot_exit_session_num",
            "-o",
            "json"
          ],
          environment
        )
        expect(JSON.parse(listed.stdout)).toEqual([exitSessions, exitSessions, exitSessions])
      }
    })
  )

  it.skipIf(!existsSync("/dev/full"))("exits with 74 if stdout cannot be written", () => {
    const { status, stderr } = spawnSync(
      "bash",
      ["-c", `"${process.execPath}" "${bundle}" list --demo -o json > /dev/full`],
      { encoding: "utf8" }
    )
    expect({ status, stderr }).toEqual({ status: 74, stderr: expect.stringContaining("cannot be written") })
  })

  it.skipIf(!existsSync("/dev/full")).each([
    [2, ["list", "--bogus"], 0],
    [6, ["list", "--endpoint", "http://127.0.0.1:1", "--project-id", "p", "--timeout", "100ms"], 0],
    [0, ["list", "--demo", "--debug", "-o", "json"], 100]
  ] as const)("exits with %i and complete output even if stderr is closed", (code, args, minLength) => {
    const { status, stdout } = spawnSync(
      "bash",
      ["-c", `"${process.execPath}" "${bundle}" ${args.join(" ")} 2> /dev/full`],
      { encoding: "utf8", env: { ...process.env, ...environment } }
    )
    expect(status).toBe(code)
    expect(stdout.length).toBeGreaterThanOrEqual(minLength)
  })

  it.skipIf(process.platform === "win32").each([
    ["SIGINT", 130],
    ["SIGTERM", 143]
  ] as const)("exits on %s while waiting for input from a pipe", async (signal, code) => {
    const pipe = join(newFolder(), "pipe")
    spawnSync("mkfifo", [pipe])
    let writer: number | undefined
    const ended = await Effect.runPromise(
      execute(["diff", "--demo", pipe], {}, (child) =>
        onReader(pipe, (descriptor) => {
          writer = descriptor
          child.kill(signal)
        })
      )
    )
    if (writer !== undefined) closeSync(writer)
    expect(ended).toMatchObject({ code, stdout: "" })
  })

  it.skipIf(process.platform === "win32")("reads standard input from a pipe", () => {
    const program = `"${process.execPath}" "${bundle}"`
    const { status, stderr } = spawnSync(
      "bash",
      ["-c", `${program} diff --demo <(${program} list --demo --all -o json 2>/dev/null)`],
      { encoding: "utf8" }
    )
    expect({ status, stderr }).toEqual({ status: 0, stderr: "no difference\n" })
  })

  it.skipIf(process.platform === "win32").each([
    ["diff", "-", "--demo"],
    ["plan", "-", "--demo"],
    ["users", "add", "1", "--users-file", "-", "--demo"]
  ])("says that standard input is a folder: %s %s", (...args) => {
    const folder = openSync(newFolder(), constants.O_RDONLY)
    const { status, stderr } = spawnSync(process.execPath, [bundle, ...args], {
      encoding: "utf8",
      stdio: [folder, "pipe", "pipe"]
    })
    closeSync(folder)
    expect({ status, stderr }).toEqual({
      status: 3,
      stderr: expect.stringContaining("standard input: it is a folder.")
    })
  })

  it("exits with 0 without standard input and a home directory", () => {
    const { status, stdout } = spawnSync(process.execPath, [bundle, "list", "--demo"], {
      encoding: "utf8",
      env: {},
      stdio: ["ignore", "pipe", "pipe"]
    })
    expect(status).toBe(0)
    expect(stdout.split("\n")).toHaveLength(4)
  })

  it("reports that the emulator's port is in use", () =>
    Effect.runPromise(
      Effect.scoped(
        Effect.gen(function* () {
          const { endpoint } = yield* Emulator.make()
          const ended = yield* execute(["emulator", "--port", new URL(endpoint).port])
          expect(ended.code).toBe(3)
          expect(ended.stderr).toContain("EADDRINUSE")
        })
      )
    ))
})
