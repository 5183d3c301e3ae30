import * as Http from "node:http"
import type * as Net from "node:net"
import { describe, expect, it } from "@effect/vitest"
import { Demo, Emulator, type Fault } from "@hotspot-session/emulator"
import { Effect } from "effect"
import * as FC from "effect/FastCheck"
import { normalize, run } from "./support.js"

const golden = (name: string, text: string) => expect(text).toMatchFileSnapshot(`./golden/${name}`)

const withEmulator = (options: Emulator.Options = {}) =>
  Effect.map(Emulator.make(options), (emulator) => ({
    emulator,
    list: (...argv: ReadonlyArray<string>) =>
      run(["list", "--project-id", Demo.projectId, "--endpoint", emulator.endpoint, ...argv], {
        HOTSPOT_SESSION_AUTH_TOKEN: Demo.token
      })
  }))

describe("hotspot-session list", () => {
  it.scopedLive("prints a table, and the count on stderr", () =>
    Effect.gen(function* () {
      const { list } = yield* withEmulator()
      const { code, stderr, stdout } = yield* list("-o", "table")
      expect(code).toBe(0)
      expect(stderr).toBe("3 configurations\n")
      yield* Effect.promise(() => golden("list.table.txt", stdout))
    })
  )

  it.scopedLive("says so if an unknown field is nested too deeply to be shown, unless it is not to be shown", () =>
    Effect.gen(function* () {
      const deep = "[".repeat(20_000) + "]".repeat(20_000)
      const server = Http.createServer((_, response) => {
        response.end(`{"items":[{"id":"1","non_migrate_users":[],"new":${deep}}]}`)
      })
      yield* Effect.acquireRelease(
        Effect.async<void>((resume) => void server.listen(0, "127.0.0.1", () => resume(Effect.void))),
        () => Effect.sync(() => server.close())
      )
      const endpoint = `http://127.0.0.1:${(server.address() as Net.AddressInfo).port}`
      const list = (...argv: ReadonlyArray<string>) =>
        run(["list", "--project-id", "p", "--endpoint", endpoint, ...argv], { HOTSPOT_SESSION_AUTH_TOKEN: Demo.token })
      for (const format of ["json", "yaml"]) {
        const { code, stderr } = yield* list("-o", format)
        expect([format, code, stderr]).toEqual([format, 74, expect.stringMatching(/nested too deeply/)])
      }
      expect(yield* list("-o", "csv")).toMatchObject({ code: 0, stdout: expect.stringContaining("1,") })
    })
  )

  it.scopedLive("prints the documented example", () =>
    Effect.gen(function* () {
      const { list } = yield* withEmulator()
      const project = ["--project-id", "a4da8115c9d8464ead3a38309130523f"]
      const { emulator } = yield* withEmulator()
      const ended = yield* run(["list", ...project, "--endpoint", emulator.endpoint, "-o", "json"], {
        HOTSPOT_SESSION_AUTH_TOKEN: Demo.token
      })
      yield* Effect.promise(() => golden("example.json", ended.stdout))
      expect(ended.stderr).toBe("1 configuration\n")
      expect((yield* list("--offset", "3")).stdout).toBe("")
    })
  )

  it.scopedLive("aligns wide characters, shortens long lists and shows no control characters", () =>
    Effect.gen(function* () {
      const { emulator, list } = yield* withEmulator()
      const user = (user_name: string) => ({ user_id: "u", user_name })
      yield* emulator.setConfigs(Demo.projectId, [
        {
          id: "1" as never,
          project_id: Demo.projectId,
          hotspot_session_migration_enable: true,
          hotspot_exit_session_num: 100,
          non_migrate_users: ["李娜", "王小明", "🙂 emoji", "Łukasz", "佐藤健", "x".repeat(30)].map(user)
        },
        { id: "895110260098859008" as never, non_migrate_users: [user("a\u001b[31mred\nnext\u202eline")] },
        { hotspot_session_migration_enable: false, non_migrate_users: [{ user_id: "only-an-id" }, {}] }
      ])
      yield* Effect.promise(async () => golden("list.wide.txt", (await Effect.runPromise(list("-o", "table"))).stdout))
    })
  )

  it.scopedLive("says that there may be more, and how to list them", () =>
    Effect.gen(function* () {
      const { list } = yield* withEmulator({ count: 25 })
      expect((yield* list()).stderr).toBe(
        "10 configurations; there may be more: --offset 10 for the next page, --all for all\n"
      )
      expect((yield* list("--limit", "5", "--offset", "20")).stderr).toContain("--offset 25")
      expect((yield* list("--limit", "7", "--offset", "20")).stderr).toBe("5 configurations\n")
      expect((yield* list("--all")).stderr).toBe("25 configurations\n")
    })
  )

  it.scopedLive("lists 1,234 configurations with --all in order, with 13 requests, as JSON and as a table", () =>
    Effect.gen(function* () {
      const { emulator, list } = yield* withEmulator({ count: 1234 })
      const json = yield* list("--all", "--output=json")
      const requests = yield* emulator.requests
      expect(requests).toHaveLength(13)
      const ids = (JSON.parse(json.stdout) as { items: ReadonlyArray<{ id: string }> }).items.map(({ id }) => id)
      expect(new Set(ids).size).toBe(1234)
      expect(json.stderr).toBe("1,234 configurations\n")
      const table = yield* list("--all", "--page-size", "50", "-o", "table")
      expect(
        table.stdout
          .trimEnd()
          .split("\n")
          .slice(1)
          .map((line) => line.split(" ")[0])
      ).toEqual(ids)
    })
  )

  it.scopedLive("writes the same JSON page by page as in one piece, for any number of configurations", () =>
    Effect.forEach([0, 1, 3, 100, 101], (count) =>
      Effect.gen(function* () {
        const { list } = yield* withEmulator({ count })
        const { stdout } = yield* list("--all", "-o", "json")
        expect(stdout).toBe(`${JSON.stringify(JSON.parse(stdout), null, 2)}\n`)
        expect(JSON.parse(stdout).items).toHaveLength(count)
        if (count <= 100) expect((yield* list("--limit", "100", "-ojson")).stdout).toBe(stdout)
      })
    )
  )

  it.scopedLive("writes valid JSON if a later page fails, and exits with its error", () =>
    Effect.gen(function* () {
      const { emulator, list } = yield* withEmulator({ count: 250 })
      yield* emulator.inject([
        { kind: "latency", milliseconds: 0, times: 1 },
        { kind: "status", status: 403 }
      ])
      const failsAtOnce = yield* list("--all", "-o", "json")
      expect(failsAtOnce).toMatchObject({ code: 4, stdout: "" })
      yield* emulator.clearFaults
      yield* emulator.inject([{ kind: "ignoreOffset" }])
      const failsLater = yield* list("--all", "-o", "json")
      expect(failsLater.code).toBe(5)
      expect(JSON.parse(failsLater.stdout).items).toHaveLength(100)
      expect(JSON.parse(failsLater.stderr)).toMatchObject({
        error: { tag: "PaginationError", exit_code: 5, offset: 100, repeated: 100 }
      })
    })
  )

  it.scopedLive("writes the rows, but no result of a query, if a later page fails, and exits with its error", () =>
    Effect.gen(function* () {
      const { emulator, list } = yield* withEmulator({ count: 250 })
      yield* emulator.inject([{ kind: "ignoreOffset" }])
      const table = yield* list("--all", "-o", "table")
      expect(table).toMatchObject({ code: 5, stderr: expect.not.stringContaining("configurations") })
      expect(table.stdout.split("\n")).toHaveLength(102)
      const query = yield* list("--all", "--query", "length(items[150].id)", "-o", "json")
      expect(query).toMatchObject({ code: 5, stdout: "" })
    })
  )

  it.effect("lists the demo without any setting", () =>
    Effect.gen(function* () {
      const { code, stderr, stdout } = yield* run(["list", "--demo", "-o", "table"])
      expect({ code, stderr }).toEqual({ code: 0, stderr: "3 configurations\n" })
      yield* Effect.promise(() => golden("list.table.txt", stdout))
    })
  )
})

const cases: ReadonlyArray<readonly [name: string, fault: Fault.Fault, code: number]> = [
  ["BadRequest", { kind: "status", status: 400 }, 5],
  ["Unauthorized", { kind: "status", status: 401, body: "gateway" }, 4],
  ["Forbidden", { kind: "status", status: 403 }, 4],
  ["NotFound", { kind: "status", status: 404 }, 5],
  ["MethodNotAllowed", { kind: "status", status: 405 }, 5],
  ["TooManyRequests", { kind: "status", status: 429, body: "gateway", retryAfter: "600" }, 6],
  ["InternalServerError", { kind: "status", status: 500 }, 6],
  ["ServiceUnavailable", { kind: "status", status: 503, retryAfter: "600" }, 6],
  ["UnexpectedStatus", { kind: "status", status: 418, body: "html" }, 5],
  ["DecodeError", { kind: "wrongType" }, 5],
  ["TransportError", { kind: "stall" }, 6]
]

describe("an error", () => {
  for (const [name, fault, code] of cases) {
    it.scopedLive(`${name} exits with ${code}, reported as text and as JSON`, () =>
      Effect.gen(function* () {
        const { list } = yield* withEmulator({ faults: [fault] })
        const text = yield* list("--timeout", "300ms")
        expect(text).toMatchObject({ code, stdout: "" })
        yield* Effect.promise(() => golden(`error.${name}.txt`, normalize(text.stderr)))
        const json = yield* list("--timeout", "300ms", "-o", "json")
        expect(json).toMatchObject({ code, stdout: "" })
        expect(json.stderr.trimEnd()).not.toContain("\n")
        const report = `${JSON.stringify(JSON.parse(json.stderr), null, 2)}\n`
        yield* Effect.promise(() => golden(`error.${name}.json`, normalize(report)))
      })
    )
  }

  const settings: ReadonlyArray<
    readonly [name: string, argv: ReadonlyArray<string>, environment: Record<string, string>, code: number]
  > = [
    ["no-credentials", ["list"], {}, 4],
    ["no-project", ["list", "--endpoint", "http://127.0.0.1:1"], { HOTSPOT_SESSION_AUTH_TOKEN: "t" }, 3],
    ["no-region", ["list", "--project-id", "p"], { HOTSPOT_SESSION_AUTH_TOKEN: "t" }, 3],
    [
      "short-secret",
      ["list", "--region", "cn-north-4"],
      { HUAWEICLOUD_SDK_AK: Demo.accessKey, HUAWEICLOUD_SDK_SK: Demo.secretKey.slice(1) },
      4
    ],
    ["two-kinds", ["list"], { HUAWEICLOUD_SDK_AK: Demo.accessKey, HOTSPOT_SESSION_AUTH_TOKEN: "t" }, 4],
    ["unknown-profile", ["list", "--profile", "production"], {}, 4],
    [
      "unknown-region",
      ["list", "--project-id", "p", "--region", "ap-southest-1"],
      { HOTSPOT_SESSION_AUTH_TOKEN: "t" },
      3
    ],
    [
      "bad-endpoint",
      ["list", "--project-id", "p", "--endpoint", "workspace.example"],
      { HOTSPOT_SESSION_AUTH_TOKEN: "t" },
      3
    ],
    ["bad-project", ["list", "--project-id", "../x", "--region", "cn-north-4"], { HOTSPOT_SESSION_AUTH_TOKEN: "t" }, 3],
    ["bad-token", ["list", "--project-id", "p", "--region", "cn-north-4"], { HOTSPOT_SESSION_AUTH_TOKEN: "a b" }, 4],
    ["unknown-command", ["lsit"], {}, 2],
    ["unknown-command-help", ["help", "lsit"], {}, 2],
    [
      "own-endpoint",
      ["list", "--region", "cn-north-4", "--endpoint", "http://127.0.0.1:1"],
      { HOTSPOT_SESSION_AUTH_TOKEN: "t" },
      3
    ],
    ["unknown-option", ["list", "--limt", "5"], {}, 2],
    ["option-case", ["list", "--LIMIT", "5"], {}, 2],
    ["limit-zero", ["list", "--limit", "0"], {}, 2],
    ["limit-text", ["list", "--limit", "five"], {}, 2],
    ["limit-missing", ["list", "--limit"], {}, 2],
    ["limit-twice", ["list", "--limit", "5", "--limit", "6"], {}, 2],
    ["limit-and-all", ["list", "--limit", "5", "--all"], {}, 2],
    ["page-size-alone", ["list", "--page-size", "5"], {}, 2],
    ["demo-and-region", ["list", "--demo", "--region", "cn-north-4"], {}, 2],
    ["demo-and-proxy", ["list", "--demo", "--proxy", "http://user:secret@proxy.example:8080"], {}, 2],
    ["unknown-format", ["list", "-o", "xml"], {}, 2],
    ["bad-timeout", ["list", "--timeout", "30"], {}, 2],
    ["argument", ["list", "everything"], {}, 2],
    ["after-dashes", ["list", "--", "--all"], {}, 2],
    ["bad-fault", ["emulator", "--fault", "explode"], {}, 2]
  ]
  for (const [name, argv, environment, code] of settings) {
    it.effect(`of usage: ${argv.join(" ")}`, () =>
      Effect.gen(function* () {
        const ended = yield* run(argv, environment)
        expect(ended).toMatchObject({ code, stdout: "" })
        yield* Effect.promise(() => golden(`usage.${name}.txt`, ended.stderr))
      })
    )
  }

  it.effect("of usage has no colours if they are disabled", () =>
    Effect.gen(function* () {
      const { stderr } = yield* run(["list", "--no-color", "--bogus"], { FORCE_COLOR: "1" })
      expect(stderr).toMatch(/^hotspot-session: unknown option/)
      expect((yield* run(["list", "--bogus"], { FORCE_COLOR: "1" })).stderr).toContain("\u001b[")
    })
  )

  it.effect("of usage is JSON with -o json", () =>
    Effect.forEach([["-o", "json"], ["-ojson"], ["--output=json"], ["--output", "json"]], (format) =>
      Effect.gen(function* () {
        const { stderr } = yield* run(["list", ...format, "--limt", "5"])
        expect(JSON.parse(stderr)).toMatchObject({ error: { tag: "UsageError", exit_code: 2 } })
      })
    )
  )
})

describe("settings", () => {
  it.scopedLive("come from the command line, or else from the environment", () =>
    Effect.gen(function* () {
      const one = yield* Emulator.make({ count: 1 })
      const two = yield* Emulator.make({ count: 2 })
      const environment = {
        HOTSPOT_SESSION_AUTH_TOKEN: Demo.token,
        HOTSPOT_SESSION_ENDPOINT: one.endpoint,
        HUAWEICLOUD_SDK_PROJECT_ID: Demo.projectId
      }
      const summary = (argv: ReadonlyArray<string>, extra = {}) =>
        Effect.map(run(["list", ...argv], { ...environment, ...extra }), ({ stderr }) => stderr)
      expect(yield* summary([])).toBe("1 configuration\n")
      expect(yield* summary(["--endpoint", two.endpoint])).toBe("2 configurations\n")
      expect(yield* summary(["--project-id", "unknown"])).toContain("404")
      expect(yield* summary([], { HUAWEICLOUD_SDK_PROJECT_ID: "" })).toContain("No project ID is set")
      expect(yield* summary(["--region", "nowhere-1"])).toContain(
        'The region "nowhere-1" (option --region) is not known'
      )
    })
  )
})

describe("help", () => {
  for (const argv of [
    [],
    ["--help"],
    ["help"],
    ["list", "--help"],
    ["help", "list"],
    ["config", "-h"],
    ["diff", "-h"],
    ["doctor", "-h"],
    ["completion", "-h"],
    ["man", "-h"],
    ["emulator", "-h"],
    ["create", "-h"],
    ["update", "-h"],
    ["users"],
    ["users", "list", "-h"],
    ["users", "add", "-h"],
    ["users", "remove", "-h"],
    ["export", "-h"],
    ["plan", "-h"],
    ["apply", "-h"]
  ]) {
    it.effect(argv.join(" ") || "(nothing)", () =>
      Effect.gen(function* () {
        const { code, stderr, stdout } = yield* run(argv)
        expect({ code, stderr }).toEqual({ code: 0, stderr: "" })
        expect(stdout).not.toContain("\u001b")
        const topic = argv.filter((word) => word !== "help" && !word.startsWith("-")).join("-") || "all"
        yield* Effect.promise(() => golden(`help.${topic}.txt`, stdout))
        const narrow = yield* run(argv, {}, { columns: 40 })
        yield* Effect.promise(() => golden(`help.${topic}.40.txt`, narrow.stdout))
      })
    )
  }

  it.effect("--version prints the versions of the program, Node.js and the platform", () =>
    Effect.map(run(["--version"]), (ended) => {
      expect(ended).toEqual({
        code: 0,
        stdout: `hotspot-session 1.2.3 (node ${process.version}, ${process.platform} ${process.arch})\n`,
        stderr: ""
      })
    })
  )

  it.effect.prop(
    "exits with a documented code for every command line",
    [FC.array(FC.string(), { maxLength: 5 })],
    ([words]) =>
      Effect.gen(function* () {
        const { code } = yield* run(["list", ...words])
        expect([0, 2, 3, 4]).toContain(code)
      })
  )
})
