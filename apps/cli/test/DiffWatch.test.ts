import { describe, expect, it } from "@effect/vitest"
import type { HotspotSessionMigrationConfig } from "@hotspot-session/core"
import { Demo, Emulator, type Fault } from "@hotspot-session/emulator"
import { Effect } from "effect"
import { execute, newFile, normalize, run } from "./support.js"

const golden = (name: string, text: string) =>
  Effect.promise(() => expect(text).toMatchFileSnapshot(`./golden/${name}`))

const user = (user_name: string) => ({ user_id: `id-${user_name}`, user_name })

const config = (id: string, rest: Partial<HotspotSessionMigrationConfig> = {}): HotspotSessionMigrationConfig => ({
  id: id as never,
  hotspot_session_migration_enable: true,
  hotspot_exit_session_num: 3,
  non_migrate_users: [user("li.wei"), user("张敏")],
  ...rest
})

const before = [config("same"), config("gone"), config("other"), config("switched")]
const after = [
  config("new", { non_migrate_users: [] }),
  config("same"),
  config("other", { hotspot_exit_session_num: 5, non_migrate_users: [user("li.wei"), user("佐藤健")] }),
  config("switched", {
    hotspot_session_migration_enable: false,
    non_migrate_users: [{ user_id: "id-li.wei", user_name: "Li Wei" }, user("张敏")]
  })
]

const withConfigs = (items: ReadonlyArray<HotspotSessionMigrationConfig>) =>
  Effect.gen(function* () {
    const emulator = yield* Emulator.make()
    yield* emulator.setConfigs(Demo.projectId, items)
    const environment = {
      HOTSPOT_SESSION_AUTH_TOKEN: Demo.token,
      HOTSPOT_SESSION_ENDPOINT: emulator.endpoint,
      HUAWEICLOUD_SDK_PROJECT_ID: Demo.projectId
    }
    return { emulator, environment, diff: (...argv: ReadonlyArray<string>) => run(["diff", ...argv], environment) }
  })

describe("hotspot-session diff", () => {
  for (const format of ["text", "json", "ndjson"] as const) {
    it.scopedLive(`prints changes as ${format}, and exits with 1`, () =>
      Effect.gen(function* () {
        const { diff } = yield* withConfigs(after)
        const ended = yield* diff(newFile(JSON.stringify({ items: before })), "-o", format)
        expect(ended).toMatchObject({ code: 1, stderr: "1 added, 1 removed, 2 changed\n" })
        yield* golden(`diff.${format}.txt`, ended.stdout)
      })
    )
  }

  it.scopedLive("exits with 0 if nothing changed, for each saved format", () =>
    Effect.gen(function* () {
      const { diff, environment } = yield* withConfigs(before)
      for (const format of ["json", "ndjson"]) {
        const listing = yield* run(["list", "--all", "-o", format], environment)
        expect(yield* diff(newFile(listing.stdout))).toEqual({ code: 0, stdout: "", stderr: "no difference\n" })
        const piped = yield* run(["diff", "-"], environment, { stdin: listing.stdout })
        expect(piped.code).toBe(0)
        expect((yield* run(["diff", "-"], environment, { stdin: `\uFEFF${listing.stdout}` })).code).toBe(0)
      }
    })
  )

  it.scopedLive("rejects a listing of which a later page failed, in each saved format", () =>
    Effect.gen(function* () {
      const { diff, emulator, environment } = yield* withConfigs(
        Array.from({ length: 250 }, (_, index) => config(`c${index}`))
      )
      yield* emulator.inject([{ kind: "ignoreOffset" }])
      for (const format of ["json", "ndjson"]) {
        const listing = yield* run(["list", "--all", "-o", format], environment)
        expect(listing.code).toBe(5)
        expect(yield* diff(newFile(listing.stdout))).toMatchObject({
          code: 3,
          stderr: expect.stringContaining("it is an incomplete listing")
        })
      }
    })
  )

  it.scopedLive("rejects a listing that was saved without some of the fields", () =>
    Effect.gen(function* () {
      const { diff, environment } = yield* withConfigs(before)
      for (const format of ["json", "ndjson"]) {
        const listing = yield* run(
          ["list", "--all", "-o", format, "--fields", "id,hotspot_session_migration_enable"],
          environment
        )
        const ended = yield* diff(newFile(listing.stdout))
        expect(ended).toMatchObject({ code: 3, stdout: "" })
        expect(ended.stderr).toContain(
          "none of its configurations has hotspot_exit_session_num, non_migrate_users, as if"
        )
      }
    })
  )

  it.scopedLive("says that the saved listing is of another project", () =>
    Effect.gen(function* () {
      const { diff } = yield* withConfigs(before.map((one) => ({ ...one, project_id: Demo.projectId })))
      const ended = yield* diff(
        newFile(JSON.stringify({ items: before.map((one) => ({ ...one, project_id: "other" })) }))
      )
      expect(ended.code).toBe(1)
      expect(ended.stderr).toMatch(
        /^warning: the saved listing is of the project other, and is compared with .+\n4 changed\n$/
      )
    })
  )

  it.scopedLive("compares every page", () =>
    Effect.gen(function* () {
      const many = Array.from({ length: 250 }, (_, index) => config(`c${index}`))
      const { diff } = yield* withConfigs(many)
      expect((yield* diff(newFile(JSON.stringify({ items: many.slice(0, 249) })))).stderr).toBe("1 added\n")
    })
  )

  it.scopedLive("rejects a file that is not a listing before any request", () =>
    Effect.gen(function* () {
      const { diff, emulator } = yield* withConfigs([])
      const wrong = [
        "",
        "hello",
        '{"id":"1"}\nhello',
        '{"items":[{"id":7}]}',
        '{"items":[7]}',
        '{"targets":[]}',
        '{"version":1,"targets":[]}',
        '{"plan_version":1,"targets":[]}',
        "{}",
        "[\n  7\n]",
        "7",
        '{\n  "id": "1",\n  "hotspot_exit_session_num": 3\n}\n',
        '{\n  "settings": []\n}\n',
        '{"error":{"tag":"NotFound"}}',
        '{"origin":{"region":"cn-north-4"},"id":"1"}\n{"origin":{"region":"cn-east-3"},"id":"1"}',
        '{"items":[],"incomplete":true}',
        '{"id":"1"}\n{"incomplete":true}\n',
        '{"items":[{"id":"1"}],"items":[]}',
        '{"id":"1"}\n{"id":"2","\\u0069d":"3"}'
      ]
      const outputs = yield* Effect.forEach(wrong, (text) => {
        const path = newFile(text)
        return Effect.map(diff(path), ({ code, stderr, stdout }) => {
          expect({ code, stdout }).toEqual({ code: 3, stdout: "" })
          return `${JSON.stringify(text)}\n${stderr.replaceAll(path, "FILE")}`
        })
      })
      yield* golden("diff.unreadable.txt", outputs.join("\n"))
      expect(yield* emulator.requests).toEqual([])
      for (const deep of [
        `${"[".repeat(5000)}${"]".repeat(5000)}`,
        `{"id":"1","a":${"[".repeat(5000)}${"]".repeat(5000)}}`
      ]) {
        expect(yield* diff(newFile(deep))).toMatchObject({ code: 3, stderr: expect.stringContaining("too deeply") })
      }
      expect((yield* diff("/nowhere/at-all")).stderr).toContain("no such file")
    })
  )

  it.scopedLive("exits with more than 1 on an error", () =>
    Effect.gen(function* () {
      const { diff, emulator } = yield* withConfigs(before)
      yield* emulator.inject([{ kind: "status", status: 403 }])
      expect((yield* diff(newFile(JSON.stringify({ items: [] })))).code).toBe(4)
    })
  )
})

describe("hotspot-session list --watch", () => {
  /** Runs a watching process, and calls `act` with the output so far, which may stop it. */
  const watch = (
    environment: Record<string, string>,
    argv: ReadonlyArray<string>,
    act: (written: string, stop: () => void) => void
  ) =>
    execute(["list", "--watch", "50ms", ...argv], environment, (child) => {
      let written = ""
      const onOutput = (chunk: Buffer) => {
        written += chunk.toString()
        act(written, () => child.kill("SIGINT"))
      }
      child.stdout?.on("data", onOutput)
      child.stderr?.on("data", onOutput)
    })

  it.scopedLive("writes changes, and reports an outage once", () =>
    Effect.gen(function* () {
      const { emulator, environment } = yield* withConfigs(before)
      const set = (items: ReadonlyArray<HotspotSessionMigrationConfig>) =>
        Effect.runPromise(emulator.setConfigs(Demo.projectId, items))
      let step = 0
      const ended = yield* watch(environment, ["--timeout", "100ms"], (written, stop) => {
        if (step === 0 && written.includes("watching")) {
          step = 1
          void set(after)
        } else if (step === 1 && written.includes("+ new")) {
          step = 2
          void Effect.runPromise(emulator.inject([{ kind: "status", status: 503, retryAfter: "1" }]))
        } else if (step === 2 && written.includes("Retrying")) {
          step = 3
          setTimeout(() => void Effect.runPromise(emulator.clearFaults), 300)
        } else if (step === 3 && written.includes("is available again")) {
          step = 4
          void set(after.slice(1))
        } else if (step === 4 && written.includes("- new")) stop()
      })
      expect(ended.code).toBe(130)
      const times = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g
      yield* golden("watch.text.txt", ended.stdout.replace(times, "TIME"))
      expect(ended.stderr.match(/503/g)).toHaveLength(1)
      expect(normalize(ended.stderr)).toMatch(
        /^watching 4 configurations, every 50ms\nhotspot-session: [^\n]*503[^\n]*\n[^\n]*\n {2}Retrying every 50ms\.\nthe service is available again after [^\n]*\n$/
      )
    })
  )

  it.scopedLive("continues after a response that is not from the service", () =>
    Effect.gen(function* () {
      const { emulator, environment } = yield* withConfigs([config("1")])
      const pages: ReadonlyArray<Fault.Fault> = [
        { kind: "badJson", times: 1 },
        { kind: "status", status: 404, body: "html", times: 1 }
      ]
      let step = 0
      const ended = yield* watch(environment, [], (written, stop) => {
        const recoveries = written.match(/is available again/g)?.length ?? 0
        if (step === recoveries && step < pages.length && written.includes("watching")) {
          step++
          void Effect.runPromise(emulator.inject(pages.slice(step - 1, step)))
        } else if (recoveries === pages.length) stop()
      })
      expect(ended).toMatchObject({ code: 130, stdout: "" })
    })
  )

  it.scopedLive("writes NDJSON with -o ndjson", () =>
    Effect.gen(function* () {
      const { emulator, environment } = yield* withConfigs([config("1")])
      let isSet = false
      const ended = yield* watch({ ...environment, HOTSPOT_SESSION_OUTPUT: "ndjson" }, [], (written, stop) => {
        if (!isSet && written.includes("watching")) {
          isSet = true
          void Effect.runPromise(emulator.setConfigs(Demo.projectId, [config("1", { hotspot_exit_session_num: 9 })]))
        } else if (written.includes('"change"')) stop()
      })
      expect(JSON.parse(ended.stdout)).toEqual({
        time: expect.stringMatching(/Z$/),
        change: "changed",
        id: "1",
        fields: { hotspot_exit_session_num: { from: 3, to: 9 } },
        non_migrate_users: { added: [], removed: [], changed: [] }
      })
    })
  )

  it.scopedLive("exits on an error that retrying cannot fix", () =>
    Effect.gen(function* () {
      const { emulator, environment } = yield* withConfigs([])
      let isSet = false
      const ended = yield* watch(environment, [], (written) => {
        if (isSet || !written.includes("watching")) return
        isSet = true
        void Effect.runPromise(emulator.inject([{ kind: "status", status: 403 }]))
      })
      expect(ended).toMatchObject({ code: 4, stdout: "" })
    })
  )
})
