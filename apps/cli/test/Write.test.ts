import * as Http from "node:http"
import type * as Net from "node:net"
import { describe, expect, it } from "@effect/vitest"
import { Demo, Emulator, type Fault } from "@hotspot-session/emulator"
import { Effect, Fiber, Schedule } from "effect"
import { newFile, normalize, run } from "./support.js"

const golden = (name: string, text: string) =>
  Effect.promise(() => expect(text).toMatchFileSnapshot(`./golden/${name}`))

const id = "895110260098859008"

const users = [
  { user_id: "u-1", user_name: "s.patel" },
  { user_id: "u-2", user_name: "李娜" },
  { user_id: "u-3" },
  { user_name: "only-a-name" }
]

const config = {
  id: id as never,
  project_id: Demo.projectId,
  hotspot_session_migration_enable: true,
  hotspot_exit_session_num: 4,
  non_migrate_users: users
}

const other = { id: "other" as never, project_id: Demo.projectId, non_migrate_users: [] }

/** An emulator with two configurations, and a function that runs a command on it. */
const project = Effect.gen(function* () {
  const emulator = yield* Emulator.make()
  yield* emulator.setConfigs(Demo.projectId, [other, config])
  const command =
    (options: Parameters<typeof run>[2]) =>
    (...argv: ReadonlyArray<string>) =>
      run(
        argv,
        {
          HOTSPOT_SESSION_AUTH_TOKEN: Demo.token,
          HOTSPOT_SESSION_ENDPOINT: emulator.endpoint,
          HUAWEICLOUD_SDK_PROJECT_ID: Demo.projectId
        },
        options
      )
  const writes = Effect.map(emulator.requests, (requests) => requests.filter(({ method }) => method !== "GET"))
  const configs = Effect.map(emulator.configs(Demo.projectId), (dataset) => dataset.slice(0, 100))
  const current = Effect.map(configs, (all) => all.find((one) => one.id === id))
  return { ...emulator, run: command({}), command, writes, configs, current }
})

const create = ["create", "--enable", "--exit-sessions", "6", "--user", "new=New user"]

const errorOf = (stderr: string) => JSON.parse(stderr.trimEnd().split("\n").at(-1) ?? "").error

/** Each command with a change, and the method of its request. */
const changes: ReadonlyArray<readonly [name: string, method: string, argv: ReadonlyArray<string>]> = [
  ["create", "POST", create],
  ["update", "PATCH", ["update", id, "--exit-sessions", "6"]],
  ["users-add", "PATCH", ["users", "add", id, "--user", "u-9=new", "--user", "u-1=renamed", "--user", "u-2"]],
  ["users-remove", "PATCH", ["users", "remove", id, "--user", "u-1", "--user", "=only-a-name", "--user", "u-9"]]
]

describe("a command that writes", () => {
  for (const [name, method, argv] of changes) {
    it.scopedLive(`${name} shows the change, writes it, and prints the configuration`, () =>
      Effect.gen(function* () {
        const { run, writes } = yield* project
        const { code, stderr, stdout } = yield* run(...argv, "--yes", "-o", "json")
        expect(code).toBe(0)
        yield* golden(`write.${name}.txt`, stderr)
        yield* golden(`write.${name}.json`, stdout)
        expect((yield* writes).map((one) => one.method)).toEqual([method])
      })
    )

    it.scopedLive(`${name} --dry-run shows the same and writes nothing`, () =>
      Effect.gen(function* () {
        const { configs, run, writes } = yield* project
        const before = yield* configs
        const { code, stderr, stdout } = yield* run(...argv, "--dry-run", "-o", "json")
        expect(code).toBe(0)
        expect(stderr).toMatch(/dry run: nothing was written\n$/)
        expect(yield* writes).toEqual([])
        expect(yield* configs).toEqual(before)
        const written = yield* run(...argv, "--yes", "-o", "json")
        const { id: _, project_id: __, ...expected } = JSON.parse(written.stdout)
        expect(JSON.parse(stdout)).toMatchObject(expected)
        expect(written.stderr.split("\n").slice(0, -2)).toEqual(stderr.split("\n").slice(0, -2))
      })
    )

    it.scopedLive(`${name} without a terminal requires --yes, and sends nothing that writes`, () =>
      Effect.gen(function* () {
        const { run, writes } = yield* project
        const { code, stderr, stdout } = yield* run(...argv)
        expect({ code, stdout }).toEqual({ code: 2, stdout: "" })
        expect(stderr).toContain("option '--yes' is required without a terminal")
        expect(yield* writes).toEqual([])
      })
    )

    it.scopedLive(`${name} asks on a terminal, and writes only after a yes`, () =>
      Effect.gen(function* () {
        const { command, writes } = yield* project
        for (const stdin of ["", "\n", "n\n", "no\n", "yesterday\n", "y"]) {
          const { code, stderr, stdout } = yield* command({ answers: true, stdin })(...argv, "--no-color")
          expect({ code, stdout }, JSON.stringify(stdin)).toEqual({ code: 1, stdout: "" })
          expect(stderr).toMatch(/\? \[y\/N\] \n?nothing was written\n$/)
          expect(yield* writes).toEqual([])
        }
        const { code } = yield* command({ answers: true, stdin: "y\n" })(...argv)
        expect(code).toBe(0)
        expect(yield* writes).toHaveLength(1)
      })
    )

    it.scopedLive(`${name} writes nothing and exits with 8 if what was shown changes before the answer`, () =>
      Effect.gen(function* () {
        const { command, setConfigs, writes } = yield* project
        const changed = {
          ...config,
          hotspot_exit_session_num: 5,
          non_migrate_users: [{ user_id: "u-1", user_name: "somebody else" }]
        }
        const stdin = () => {
          Effect.runSync(setConfigs(Demo.projectId, [other, changed]))
          return "yes\n"
        }
        const ended = yield* command({ answers: true, stdin })(...argv, "--no-color")
        expect(ended).toMatchObject({ code: 8, stdout: "" })
        expect(ended.stderr).toContain(`~ ${id}  exit sessions 4 -> 5`)
        expect(ended.stderr).toContain("Nothing was written.")
        expect(yield* writes).toEqual([])
      })
    )
  }

  it.scopedLive("ignores changes of what it does not write", () =>
    Effect.gen(function* () {
      const { command, current, setConfigs } = yield* project
      const stdin = () => {
        Effect.runSync(setConfigs(Demo.projectId, [{ ...config, non_migrate_users: [] }]))
        return "y\n"
      }
      expect((yield* command({ answers: true, stdin })("update", id, "--disable")).code).toBe(0)
      expect(yield* current).toEqual({
        ...config,
        hotspot_session_migration_enable: false,
        non_migrate_users: []
      })
    })
  )

  it.scopedLive("exits with 8 if the configuration is gone when it is to be written", () =>
    Effect.gen(function* () {
      const { command, setConfigs, writes } = yield* project
      const stdin = () => {
        Effect.runSync(setConfigs(Demo.projectId, []))
        return "y\n"
      }
      const ended = yield* command({ answers: true, stdin })("users", "add", id, "--user", "u-9", "-o", "json")
      expect(ended).toMatchObject({ code: 8, stdout: "" })
      expect(JSON.parse(ended.stderr.trimEnd().split("\n").at(-1) ?? "")).toMatchObject({
        error: { tag: "ChangedSinceShown", exit_code: 8, changes: [{ change: "removed", config: { id } }] }
      })
      expect(yield* writes).toEqual([])
    })
  )

  it.scopedLive("asks nothing, writes nothing and exits with 0 if there is nothing to change", () =>
    Effect.gen(function* () {
      const { run, writes } = yield* project
      const unchanged = [
        ["update", id, "--enable", "--exit-sessions", "4"],
        ["users", "add", id, "--user", "u-1", "--user", "u-2=李娜", "--user", "=only-a-name"],
        ["users", "remove", id, "--user", "u-9"]
      ]
      const ended = yield* Effect.forEach(unchanged, (argv) => run(...argv, "--query", "id", "-o", "ndjson"))
      for (const { code, stdout } of ended) expect({ code, stdout }).toEqual({ code: 0, stdout: `"${id}"\n` })
      yield* golden("write.nothing.txt", ended.map(({ stderr }) => stderr).join(""))
      expect(yield* writes).toEqual([])
    })
  )

  it.scopedLive("rejects a configuration that does not exist before anything is written", () =>
    Effect.gen(function* () {
      const { run, writes } = yield* project
      for (const argv of [
        ["update", "unknown", "--enable"],
        ["users", "add", "unknown", "--user", "u"],
        ["users", "remove", "unknown", "--user", "u"]
      ]) {
        const { code, stderr, stdout } = yield* run(...argv, "--yes", "-o", "json")
        expect({ code, stdout }).toEqual({ code: 5, stdout: "" })
        expect(JSON.parse(stderr)).toMatchObject({
          error: { tag: "ConfigNotFound", config_id: "unknown", exit_code: 5 }
        })
      }
      expect((yield* run("users", "list", "unknown")).code).toBe(5)
      expect(yield* writes).toEqual([])
    })
  )

  it.scopedLive("requires a setting that is neither given nor known", () =>
    Effect.gen(function* () {
      const { run } = yield* project
      const { code, stderr } = yield* run("update", "other", "--enable", "--yes")
      expect(code).toBe(2)
      expect(stderr).toContain("option '--exit-sessions <n>' is required")
    })
  )

  it.scopedLive("requires a setting that is not given, and that the service would not accept as it is", () =>
    Effect.gen(function* () {
      const { run, setConfigs } = yield* project
      yield* setConfigs(Demo.projectId, [{ ...config, hotspot_exit_session_num: 400 as never }])
      for (const last of ["--dry-run", "--yes"]) {
        const { code, stderr } = yield* run("update", id, "--disable", last)
        expect(code).toBe(2)
        expect(stderr).toContain("option '--exit-sessions <n>' is required, because 400 is set, which cannot be sent")
      }
      expect((yield* run("update", id, "--exit-sessions", "5", "--yes")).code).toBe(0)
    })
  )

  it.scopedLive("removes a user whose name is too long to be sent, by the ID alone", () =>
    Effect.gen(function* () {
      const { current, run, setConfigs } = yield* project
      yield* setConfigs(Demo.projectId, [
        { ...config, non_migrate_users: [{ user_id: "u-1", user_name: "x".repeat(200) }] }
      ])
      expect((yield* run("users", "remove", id, "--user", "u-1", "--yes")).code).toBe(0)
      expect((yield* current)?.non_migrate_users).toEqual([])
    })
  )

  it.scopedLive("takes an empty ID of a new configuration as none", () =>
    Effect.gen(function* () {
      const configs: Array<object> = []
      const server = Http.createServer(({ method }, response) => {
        const created = { id: "", hotspot_session_migration_enable: true, hotspot_exit_session_num: 6 }
        if (method === "POST") configs.push({ ...created, id: "new", non_migrate_users: [{ user_id: "new" }] })
        response.end(JSON.stringify(method === "POST" ? created : { items: configs, non_migrate_users: [] }))
      })
      yield* Effect.acquireRelease(
        Effect.async<void>((resume) => void server.listen(0, "127.0.0.1", () => resume(Effect.void))),
        () => Effect.sync(() => server.close())
      )
      const endpoint = `http://127.0.0.1:${(server.address() as Net.AddressInfo).port}`
      const { run } = yield* project
      const { code, stderr, stdout } = yield* run(
        ...["create", "--enable", "--exit-sessions", "6"],
        ...["--endpoint", endpoint, "--yes", "--query", "id", "-o", "json"]
      )
      expect(stderr).toContain("created a configuration\n")
      expect({ code, stdout }).toEqual({ code: 0, stdout: '"new"\n' })
    })
  )

  it.scopedLive("rejects an ID that could address something else, before anything is sent", () =>
    Effect.gen(function* () {
      const { requests, run } = yield* project
      for (const config of ["", " ", ".", "..", "a/b", "a\\b", "%2e%2e", "a%2fb", "a\nb", "\u202e", "x".repeat(129)]) {
        for (const argv of [
          ["update", config, "--enable", "--yes"],
          ["users", "list", config],
          ["users", "add", config, "--user", "u", "--yes"],
          ["users", "remove", config, "--user", "u", "--yes"]
        ]) {
          const { code, stderr, stdout } = yield* run(...argv)
          expect([argv, code, stdout]).toEqual([argv, 2, ""])
          expect(stderr).toContain("is invalid for argument 'config-id'")
        }
      }
      expect(yield* requests).toEqual([])
    })
  )

  it.scopedLive("prints the configuration in each format", () =>
    Effect.gen(function* () {
      const { run } = yield* project
      const shown = yield* Effect.forEach(["table", "json", "ndjson", "yaml", "csv", "tsv"], (format) =>
        Effect.map(
          run("update", id, "--exit-sessions", "4", "-o", format, "--fields", "id,hotspot_exit_session_num"),
          (_) => _.stdout.replace(/^/, `${format}:\n`)
        )
      )
      yield* golden("write.formats.txt", shown.join(""))
    })
  )

  it.scopedLive("warns and exits with 1 if the configuration is not as written", () =>
    Effect.gen(function* () {
      const { inject, run } = yield* project
      // Reports success without carrying it out.
      yield* inject([{ kind: "status", status: 200, target: "update" }])
      const argv = ["update", id, "--disable", "--exit-sessions", "9", "--yes"]
      const { code, stderr } = yield* run(...argv)
      expect(code).toBe(1)
      expect(errorOf((yield* run(...argv, "-o", "ndjson")).stderr)).toMatchObject({ tag: "NotVerified", exit_code: 1 })
      expect(stderr).toContain(
        "The change was made, but the configuration differs from what was written: hotspot_session_migration_enable, hotspot_exit_session_num."
      )
    })
  )

  it.scopedLive("does not exit with 2 if a query fails on the result of what was written", () =>
    Effect.gen(function* () {
      const { configs, run, writes } = yield* project
      const { code, stderr, stdout } = yield* run(...create, "--yes", "--query", "abs(id)")
      expect({ code, stdout }).toEqual({ code: 1, stdout: "" })
      expect(stderr).toContain(`created ${(yield* configs).at(-1)?.id}\n`)
      expect(stderr).toContain("The change was made, but the result cannot be shown: option '--query <expression>'")
      const dry = yield* run(...create, "--dry-run", "--query", "abs(id)")
      expect(dry.code).toBe(2)
      expect(yield* writes).toHaveLength(1)
    })
  )

  it.scopedLive("prints the new configuration even if it cannot be read back, with an error", () =>
    Effect.gen(function* () {
      const { configs, inject, run } = yield* project
      yield* inject([
        { kind: "ignoreOffset", target: "list", times: 2 },
        { kind: "status", status: 403, target: "list" }
      ])
      const { code, stderr, stdout } = yield* run(...create, "--yes", "--query", "id", "-o", "json")
      expect(code).toBe(1)
      expect(JSON.parse(stdout)).toBe((yield* configs).at(-1)?.id)
      expect(errorOf(stderr)).toMatchObject({
        tag: "NotVerified",
        exit_code: 1,
        outcome: "done",
        config_id: (yield* configs).at(-1)?.id,
        message: expect.stringContaining("The change was made, but the configuration cannot be read back: ")
      })
    })
  )

  it.scopedLive("takes a complete 200 whose body cannot be parsed as done, with a warning", () =>
    Effect.gen(function* () {
      const { configs, inject, run, writes } = yield* project
      yield* inject([{ kind: "wrongType", target: "create", times: 1 }])
      const created = yield* run("create", "--disable", "--exit-sessions", "3", "--yes", "--fields", "id")
      expect(created).toMatchObject({ code: 0, stderr: expect.stringContaining("warning: it was done") })
      expect(created.stdout.trim()).toBe((yield* configs).at(-1)?.id)
      expect(yield* writes).toHaveLength(1)
      yield* inject([{ kind: "wrongType", target: "update", times: 1 }])
      const ended = yield* run("update", id, "--exit-sessions", "6", "--yes")
      expect(ended).toMatchObject({ code: 0, stderr: expect.stringContaining("warning: it was done") })
    })
  )
})

describe("a create whose outcome is unknown", { concurrent: true }, () => {
  const lost: ReadonlyArray<Fault.Fault> = [
    { kind: "reset", target: "create", done: true },
    { kind: "stall", target: "create", done: true },
    { kind: "status", status: 502, target: "create", done: true },
    { kind: "status", status: 503, body: "truncated", target: "create", done: true },
    { kind: "truncate", target: "create" },
    { kind: "stallBody", target: "create" }
  ]
  for (const fault of lost) {
    const name = fault.kind === "status" ? String(fault.status) : fault.kind
    it.scopedLive(`(${name}) is sent once, exits with 9, and names the new configuration`, () =>
      Effect.gen(function* () {
        const { configs, inject, run, writes } = yield* project
        yield* inject([fault])
        const { code, stderr, stdout } = yield* run(...create, "--yes", "--timeout", "1s", "-o", "json")
        expect({ code, stdout }).toEqual({ code: 9, stdout: "" })
        const created = (yield* configs).slice(2)
        expect(created).toHaveLength(1)
        expect(yield* writes).toHaveLength(1)
        const { error } = JSON.parse(stderr.trimEnd().split("\n").at(-1) ?? "")
        expect(error).toMatchObject({
          tag: "CreateUnknown",
          exit_code: 9,
          outcome: "unknown",
          new_configurations: [{ id: created[0]?.id }]
        })
        expect(error.message).toContain(`1 configuration is new since: ${created[0]?.id}.`)
      })
    )
  }
})

describe("a write whose outcome is unknown", () => {
  it.scopedLive("create says if nothing is new since, and if that cannot be found out", () =>
    Effect.gen(function* () {
      const { inject, run, writes } = yield* project
      yield* inject([{ kind: "reset", target: "create" }])
      const nothing = yield* run(...create, "--yes")
      expect(nothing.code).toBe(9)
      yield* golden("write.unknown.txt", normalize(nothing.stderr))
      // The first two listings are those before the write; a single page has no offset to ignore.
      yield* inject([
        { kind: "ignoreOffset", target: "list", times: 2 },
        { kind: "status", status: 403, target: "list" }
      ])
      const unlisted = yield* run(...create, "--yes")
      expect(unlisted.stderr).toContain("The configurations cannot be listed to find out.")
      expect(yield* writes).toHaveLength(2)
    })
  )

  it.scopedLive("an update and a change of users exit with 9", () =>
    Effect.gen(function* () {
      const { inject, run } = yield* project
      yield* inject(
        [{ kind: "status", status: 502, retryAfter: "600" }].map((one) => ({ ...one, target: "update" }) as Fault.Fault)
      )
      yield* inject([{ kind: "status", status: 503, retryAfter: "600", target: "updateUsers" }])
      for (const argv of [
        ["update", id, "--disable"],
        ["users", "add", id, "--user", "u-9"]
      ]) {
        const { code, stderr } = yield* run(...argv, "--yes", "-o", "json")
        expect(code).toBe(9)
        expect(JSON.parse(stderr.trimEnd().split("\n").at(-1) ?? "")).toMatchObject({
          error: { exit_code: 9, outcome: "unknown" }
        })
      }
    })
  )

  it.scopedLive("a change of users says in JSON how many earlier requests have changed", () =>
    Effect.gen(function* () {
      const { inject, run } = yield* project
      yield* inject([
        { kind: "status", status: 200, body: "empty", target: "updateUsers", done: true, times: 1 },
        { kind: "status", status: 503, retryAfter: "600", target: "updateUsers" }
      ])
      const file = newFile(Array.from({ length: 1001 }, (_, index) => `new-${index}\n`).join(""))
      const { code, stderr } = yield* run("users", "add", id, "--users-file", file, "--yes", "-o", "json")
      expect(code).toBe(9)
      expect(JSON.parse(stderr.trimEnd().split("\n").at(-1) ?? "")).toMatchObject({
        error: { tag: "ServiceUnavailable", exit_code: 9, outcome: "unknown", completed: 1000 }
      })
    })
  )

  it.scopedLive("create is sent again if it was certainly not carried out", () =>
    Effect.gen(function* () {
      const { configs, inject, run, writes } = yield* project
      yield* inject([{ kind: "status", status: 429, body: "gateway", retryAfter: "0", target: "create", times: 1 }])
      expect((yield* run(...create, "--yes")).code).toBe(0)
      expect((yield* writes).map(({ status }) => status)).toEqual([429, 200])
      expect(yield* configs).toHaveLength(3)
    })
  )

  it.scopedLive("create is not sent again after a 429 if another configuration was created meanwhile", () =>
    Effect.gen(function* () {
      const { inject, run, setConfigs, writes } = yield* project
      yield* inject([{ kind: "status", status: 429, retryAfter: "1", target: "create", times: 1 }])
      const fiber = yield* Effect.fork(run(...create, "--yes"))
      yield* Effect.repeat(writes, { until: (all) => all.length > 0, schedule: Schedule.spaced("5 millis") })
      yield* setConfigs(Demo.projectId, [config])
      const { code, stderr, stdout } = yield* Fiber.join(fiber)
      expect({ code, stdout }).toEqual({ code: 8, stdout: "" })
      expect(stderr).toContain("What was shown has changed in the meantime. Nothing was written.")
      expect((yield* writes).map(({ status }) => status)).toEqual([429])
    })
  )

  it.scopedLive("a rejected write exits as other rejected requests", () =>
    Effect.gen(function* () {
      const { inject, run } = yield* project
      yield* inject([{ kind: "status", status: 403, target: "create" }])
      expect((yield* run(...create, "--yes")).code).toBe(4)
    })
  )
})

describe("users", () => {
  const csvOf = (count: number) =>
    `user_id,user_name\n${Array.from({ length: count }, (_, index) => `new-${index},"User ${index}, new"\n`).join("")}`

  it.scopedLive(
    "are added in requests of 1,000; a failure says which were added, and the same command adds the others",
    () =>
      Effect.gen(function* () {
        const { current, inject, run, writes } = yield* project
        const add = ["users", "add", id, "--users-file", newFile(csvOf(2500)), "--yes", "--fields", "id"]
        yield* inject([
          { kind: "status", status: 200, body: "empty", target: "updateUsers", done: true, times: 1 },
          { kind: "status", status: 400, target: "updateUsers", times: 1 }
        ])
        const failed = yield* run(...add)
        expect(failed).toMatchObject({ code: 5, stdout: "" })
        const isUser = (line: string) => line.startsWith("+ user ")
        const lines = normalize(failed.stderr).split("\n")
        expect(lines.filter(isUser)).toEqual(Array.from({ length: 2500 }, (_, i) => `+ user User ${i}, new (new-${i})`))
        yield* golden("write.users-failed.txt", lines.filter((line) => !isUser(line)).join("\n"))
        expect((yield* current)?.non_migrate_users).toHaveLength(1004)
        const again = yield* run(...add)
        expect(again).toMatchObject({ code: 0, stdout: `${id}\n` })
        expect(again.stderr).toContain("1,000 users are there already")
        expect(again.stderr).toContain(`added 1,500 users to ${id}`)
        const all = (yield* current)?.non_migrate_users
        expect(all).toHaveLength(2504)
        expect(new Set(all?.map(({ user_id }) => user_id)).size).toBe(2504)
        expect(yield* writes).toHaveLength(4)
        expect((yield* run("users", "remove", id, "--users-file", newFile(csvOf(2500)), "--yes")).code).toBe(0)
        expect((yield* current)?.non_migrate_users).toEqual(users)
        expect(yield* writes).toHaveLength(7)
      })
  )

  it.scopedLive("that are added by ID keep their names, and one with a new name is a single ADD", () =>
    Effect.gen(function* () {
      const { current, run, writes } = yield* project
      expect((yield* run("users", "add", id, "--user", "u-1", "--user", "u-2=new", "--yes")).code).toBe(0)
      expect((yield* current)?.non_migrate_users?.slice(0, 2)).toEqual([users[0], { user_id: "u-2", user_name: "new" }])
      expect((yield* writes).map(({ body }) => JSON.parse(body ?? ""))).toEqual([
        { update_type: "ADD", non_migrate_users: [{ user_id: "u-2", user_name: "new" }] }
      ])
    })
  )

  it.scopedLive("are read from standard input, which then cannot answer a question", () =>
    Effect.gen(function* () {
      const { command, current } = yield* project
      const add = ["users", "add", id, "--users-file", "-"]
      const asked = yield* command({ answers: true, stdin: "y\n" })(...add)
      expect(asked).toMatchObject({ code: 2, stderr: expect.stringContaining("if standard input is the users") })
      expect((yield* command({ stdin: "u-7\nu-8\n" })(...add, "--yes")).code).toBe(0)
      expect((yield* current)?.non_migrate_users?.slice(-2)).toEqual([{ user_id: "u-7" }, { user_id: "u-8" }])
    })
  )

  it.scopedLive("are never removed if they may not all have been read", () =>
    Effect.gen(function* () {
      const { inject, run, writes } = yield* project
      yield* inject([{ kind: "nulls", target: "users" }])
      const remove = yield* run("users", "remove", id, "--user", "u-1", "--yes")
      expect(remove).toMatchObject({
        code: 5,
        stdout: "",
        stderr: expect.stringContaining("cannot be read completely")
      })
      expect(yield* writes).toEqual([])
    })
  )

  it.scopedLive("with the same name are not removed by name", () =>
    Effect.gen(function* () {
      const { run, setConfigs, writes } = yield* project
      const same = ["a", "b"].map((user_id) => ({ user_id, user_name: "same" }))
      yield* setConfigs(Demo.projectId, [{ ...config, non_migrate_users: same }])
      const { code, stderr } = yield* run("users", "remove", id, "--user", "=same", "--yes")
      expect(code).toBe(2)
      expect(stderr).toContain('several users have the name "same": same (a), same (b)')
      expect(yield* writes).toEqual([])
    })
  )

  it.scopedLive("with another name than the given one are not removed by ID", () =>
    Effect.gen(function* () {
      const { run, writes } = yield* project
      const { code, stderr } = yield* run("users", "remove", id, "--user", "u-2", "--user", "u-1=li.wei", "--yes")
      expect(code).toBe(2)
      expect(stderr).toContain('user u-1 has the name "s.patel", not "li.wei"')
      expect(yield* writes).toEqual([])
    })
  )

  it.scopedLive("more than 1,000 cannot be part of a new configuration", () =>
    Effect.gen(function* () {
      const { requests, run } = yield* project
      const file = newFile(csvOf(1001))
      const { code, stderr } = yield* run("create", "--enable", "--exit-sessions", "4", "--users-file", file, "--yes")
      expect(code).toBe(2)
      expect(stderr).toContain("at most 1000 users, not 1001")
      expect(yield* requests).toEqual([])
    })
  )

  for (const [problem, text, code, message] of [
    ["contradict each other", "a,x\nb\na,y\n", 3, /User a has two names: "x" \(.*, line 1\) and "y" \(.*, line 3\)/],
    ["have a field too many", "a,b\na,b,c\n", 3, /, line 2 has 3 fields/],
    ["have neither ID nor name", "a\n,\n", 3, /, line 2 has neither an ID nor a name/],
    ["are none", "user_id\n", 3, /names no user/]
  ] as const) {
    it.scopedLive(`that ${problem} are rejected with the line, before anything is sent`, () =>
      Effect.gen(function* () {
        const { requests, run } = yield* project
        const ended = yield* run("users", "add", id, "--users-file", newFile(text), "--yes")
        expect(ended).toMatchObject({ code, stderr: expect.stringMatching(message) })
        expect(yield* requests).toEqual([])
      })
    )
  }

  it.scopedLive("are listed in each format, and CSV can be read again", () =>
    Effect.gen(function* () {
      const { current, run } = yield* project
      const shown = yield* Effect.forEach(["table", "json", "ndjson", "yaml", "csv", "tsv"], (format) =>
        Effect.map(run("users", "list", id, "-o", format), ({ stderr, stdout }) => `${format}:\n${stdout}${stderr}`)
      )
      yield* golden("users.formats.txt", shown.join(""))
      const { stdout } = yield* run("users", "list", id, "--all", "-o", "csv")
      expect((yield* run("users", "remove", id, "--users-file", newFile(stdout), "--yes")).code).toBe(0)
      expect((yield* current)?.non_migrate_users).toEqual([])
      expect((yield* run("users", "add", id, "--users-file", newFile(stdout), "--yes")).code).toBe(0)
      expect((yield* current)?.non_migrate_users).toEqual(users)
    })
  )

  it.scopedLive("are listed page by page, with the number of all", () =>
    Effect.gen(function* () {
      const { run, setConfigs } = yield* project
      const many = Array.from({ length: 250 }, (_, index) => ({
        user_id: `u-${index}`,
        user_name: `user ${index % 50}`
      }))
      yield* setConfigs(Demo.projectId, [{ ...config, non_migrate_users: many }])
      const first = yield* run("users", "list", id, "--fields", "user_id", "-o", "tsv")
      expect(first.stdout.split("\n").slice(0, 2)).toEqual(["u-0", "u-1"])
      expect(first.stderr).toBe("10 of 250 users; --offset 10 for the next page, --all for all\n")
      const all = yield* run("users", "list", id, "--all", "--query", "length(non_migrate_users)")
      expect(all).toMatchObject({ code: 0, stdout: "250\n", stderr: "250 users\n" })
      expect((yield* run("users", "list", id, "--name", "user 7")).stderr).toBe("5 users\n")
      expect((yield* run("users", "list", id, "--all", "--offset", "245")).stderr).toBe("5 users\n")
    })
  )

  it.scopedLive("are written as far as they were read if a later page fails", () =>
    Effect.gen(function* () {
      const { inject, run, setConfigs } = yield* project
      const many = Array.from({ length: 250 }, (_, index) => ({ user_id: `u-${index}` }))
      yield* setConfigs(Demo.projectId, [{ ...config, non_migrate_users: many }])
      yield* inject([{ kind: "ignoreOffset", target: "users" }])
      const list = (format: string, ...argv: ReadonlyArray<string>) =>
        Effect.map(run("users", "list", id, "--all", "-o", format, ...argv), ({ code, stderr, stdout }) => {
          expect(code).toBe(5)
          expect(stderr).toContain("The page at offset 100")
          return stdout
        })
      const { incomplete, non_migrate_users } = JSON.parse(yield* list("json"))
      expect([incomplete, non_migrate_users]).toEqual([true, many.slice(0, 100)])
      expect(yield* list("yaml")).toMatch(/\nincomplete: true\n$/)
      expect((yield* list("ndjson")).split("\n").slice(-3)).toEqual(['{"user_id":"u-99"}', '{"incomplete":true}', ""])
      expect((yield* list("tsv")).split("\n")).toHaveLength(101)
      expect((yield* list("table")).split("\n")).toHaveLength(102)
      expect(yield* list("json", "--query", "sum(non_migrate_users)")).toBe("")
    })
  )
})
