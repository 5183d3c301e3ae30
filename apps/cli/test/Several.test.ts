import * as Http from "node:http"
import type * as Net from "node:net"
import { describe, expect, it } from "@effect/vitest"
import { Demo, Emulator } from "@hotspot-session/emulator"
import { Effect } from "effect"
import { makeProxy } from "../../../packages/client/test/proxyServer.js"
import { formats } from "../src/output/FormatNames.js"
import { newFile, normalize, run } from "./support.js"

const golden = (name: string, text: string) =>
  Effect.promise(() => expect(text).toMatchFileSnapshot(`./golden/${name}`))

const config = (id: string) => ({ id: id as never, hotspot_exit_session_num: 2, non_migrate_users: [] })

/** An emulator with one project in each of two regions, and a listing of them. */
const setUp = Effect.gen(function* () {
  const emulator = yield* Emulator.make({
    projects: [
      { name: "cn-north-4", id: "north" },
      { name: "cn-east-3", id: "east" }
    ]
  })
  yield* emulator.setConfigs("north", [config("n1"), config("n2")])
  yield* emulator.setConfigs("east", [config("e1")])
  const { endpoint } = emulator
  const environment = {
    HOTSPOT_SESSION_AUTH_TOKEN: Demo.token,
    HUAWEICLOUD_SDK_IAM_ENDPOINT: endpoint,
    HUAWEICLOUD_SDK_REGION_WORKSPACEAPP_CN_NORTH_4: endpoint,
    HUAWEICLOUD_SDK_REGION_WORKSPACEAPP_CN_EAST_3: endpoint
  }
  return { emulator, environment, list: (...argv: ReadonlyArray<string>) => run(["list", ...argv], environment) }
})

const regions = ["--region", "cn-north-4", "--region", "cn-east-3"]

describe("several projects", () => {
  for (const format of formats) {
    it.scopedLive(`are listed as ${format}, in the order of the command line`, () =>
      Effect.gen(function* () {
        const { list } = yield* setUp
        const ended = yield* list(...regions, "-o", format)
        expect(ended).toMatchObject({ code: 0, stderr: "3 configurations in 2 projects\n" })
        yield* golden(`several.${format}.txt`, ended.stdout)
      })
    )
  }

  it.scopedLive("of a file are counted on a terminal, with what the last attempt failed for", () =>
    Effect.gen(function* () {
      const { endpoint } = yield* Emulator.make({
        projects: ["north", "east"].map((id) => ({ name: id, id })),
        latency: "600 millis",
        faults: [{ kind: "status", status: 503, retryAfter: "0", times: 1 }]
      })
      const environment = { HOTSPOT_SESSION_AUTH_TOKEN: Demo.token, TERM: "xterm" }
      const argv = [
        "list",
        "--targets",
        newFile("north\neast\n"),
        "--endpoint",
        endpoint,
        "--no-color",
        "--parallel",
        "1"
      ]
      const { code, stderr } = yield* run(argv, environment, { answers: true, columns: 200 })
      const [, ...shown] = stderr.split(`\r${String.fromCharCode(27)}[2K`)
      expect(code).toBe(0)
      expect(shown[0]).toMatch(/^0 of 2 projects/)
      expect(shown).toContainEqual(expect.stringMatching(/^0 of 2 projects · .*\(503\)/))
      expect(shown).toContain("1 of 2 projects")
      expect(stderr).not.toContain("waiting for")
      expect(shown.at(-1)).toMatch(/^\d+ configurations in 2 projects/)
    })
  )

  it.scopedLive("are queried together", () =>
    Effect.gen(function* () {
      const { list } = yield* setUp
      const { stdout } = yield* list(...regions, "-o", "ndjson", "--query", "targets[].items[].id")
      expect(stdout).toBe('"n1"\n"n2"\n"e1"\n')
    })
  )

  it.scopedLive("come from a file, or from standard input", () =>
    Effect.gen(function* () {
      const { environment, list } = yield* setUp
      const text = "# both\r\ncn-east-3   east # with a project\n\ncn-north-4\n"
      const expected = { code: 0, stdout: "cn-east-3\teast\te1\ncn-north-4\tnorth\tn1\ncn-north-4\tnorth\tn2\n" }
      expect(yield* list("--targets", newFile(text), "--fields", "id")).toMatchObject(expected)
      const piped = yield* run(["list", "--targets", "-", "--fields", "id"], environment, { stdin: text })
      expect(piped).toMatchObject(expected)
      const alone = yield* list("--targets", newFile("cn-east-3"), "--fields", "id")
      expect(alone.stdout).toBe("cn-east-3\teast\te1\n")
    })
  )

  it.scopedLive("of several regions are looked up, even if the environment sets a project", () =>
    Effect.gen(function* () {
      const { environment } = yield* setUp
      const ended = yield* run(["list", ...regions, "--fields", "id"], {
        ...environment,
        HUAWEICLOUD_SDK_PROJECT_ID: "north"
      })
      expect(ended.stdout).toBe("cn-north-4\tnorth\tn1\ncn-north-4\tnorth\tn2\ncn-east-3\teast\te1\n")
    })
  )

  it.scopedLive("at a custom endpoint are identified by their IDs", () =>
    Effect.gen(function* () {
      const { emulator, list } = yield* setUp
      const ids = ["--project-id", "east", "--project-id", "north"]
      const { stdout } = yield* list("--endpoint", emulator.endpoint, ...ids, "--fields", "id")
      expect(normalize(stdout)).toBe(
        ["east\te1", "north\tn1", "north\tn2"].map((row) => `http://127.0.0.1:PORT\t${row}\n`).join("")
      )
      const fromFile = yield* list(
        "--endpoint",
        emulator.endpoint,
        "--targets",
        newFile("east\nnorth\n"),
        "--fields",
        "id"
      )
      expect(fromFile.stdout).toBe(stdout)
    })
  )

  it.scopedLive("are listed if others fail, with each error and exit code 7", () =>
    Effect.gen(function* () {
      const { list } = yield* setUp
      const targets = newFile("cn-north-4\ncn-north-4 missing\ncn-east-3\nnowhere-1\n")
      const table = yield* list("--targets", targets, "-o", "table")
      expect(table.code).toBe(7)
      yield* golden("several.partial.txt", normalize(`${table.stdout}--\n${table.stderr.replaceAll(targets, "FILE")}`))
      const json = yield* list("--targets", targets, "-o", "json")
      expect(json.code).toBe(7)
      const { targets: results } = JSON.parse(json.stdout)
      expect(results.map((one: object) => ("error" in one ? "error" : "items"))).toEqual([
        "items",
        "error",
        "items",
        "error"
      ])
      expect(results[1]).toMatchObject({ region: "cn-north-4", project_id: "missing", error: { exit_code: 5 } })
      const reports = json.stderr
        .split("\n")
        .slice(0, 2)
        .map((line) => JSON.parse(line))
      expect(reports).toMatchObject([
        { error: { exit_code: 5, origin: { project_id: "missing" } } },
        { error: { exit_code: 3, origin: { region: "nowhere-1" } } }
      ])
    })
  )

  it.scopedLive("that all fail with the same exit code have that exit code", () =>
    Effect.gen(function* () {
      const { emulator, list } = yield* setUp
      yield* emulator.inject([{ kind: "status", status: 403 }])
      expect(yield* list(...regions)).toMatchObject({ code: 4, stdout: "" })
    })
  )

  it.scopedLive("are listed concurrently, up to --parallel", () =>
    Effect.gen(function* () {
      const { list } = yield* setUp
      const ids = Array.from({ length: 12 }, (_, index) => `p${index}`)
      // Responds once all requests are there.
      const pending: Array<() => void> = []
      const server = Http.createServer(({ url }, response) => {
        const id = /^\/v1\/([^/]+)/.exec(url ?? "")?.[1] ?? ""
        pending.push(() => response.end(JSON.stringify({ items: [config(id)] })))
        if (pending.length === ids.length) for (const respond of pending) respond()
      })
      yield* Effect.acquireRelease(
        Effect.async<void>((resume) => void server.listen(0, "127.0.0.1", () => resume(Effect.void))),
        () => Effect.sync(() => server.close())
      )
      const endpoint = `http://127.0.0.1:${(server.address() as Net.AddressInfo).port}`
      const targets = newFile(ids.join("\n"))
      const { stdout } = yield* list("--endpoint", endpoint, "--parallel", "12", "--targets", targets)
      expect(stdout.split("\n").map((line) => line.split("\t")[1])).toEqual([...ids, undefined])
    })
  )

  it.scopedLive("have one warning of credentials that are sent in clear text to another machine", () =>
    Effect.gen(function* () {
      const { emulator, list } = yield* setUp
      // Not a loopback address, but connected to this machine.
      const endpoint = emulator.endpoint.replace("127.0.0.1", "0.0.0.0")
      const { stderr } = yield* list("--endpoint", endpoint, "--project-id", "east", "--project-id", "east2")
      const warning = `warning: Credentials and responses of ${endpoint} are sent in clear text. Use https.\n`
      expect(stderr.split(warning)).toHaveLength(2)
      const local = yield* list("--endpoint", emulator.endpoint, "--project-id", "east", "--project-id", "east2")
      expect(local.stderr).not.toContain("warning:")
    })
  )

  it.scopedLive("have a note if one of them may have more configurations", () =>
    Effect.gen(function* () {
      const { emulator, list } = yield* setUp
      yield* emulator.setConfigs(
        "east",
        Array.from({ length: 11 }, (_, index) => config(`e${index}`))
      )
      expect((yield* list(...regions)).stderr).toBe(
        "12 configurations in 2 projects; there may be more: --all for all\n"
      )
      expect((yield* list(...regions, "--all")).stderr).toBe("13 configurations in 2 projects\n")
    })
  )

  it.each([
    ["three words", "cn-north-4 north too", "line 1 has 3 words"],
    ["a duplicate line", "cn-north-4\n\ncn-north-4", "line 3 duplicates line 1"],
    ["no targets", "# none\n", "has no targets"]
  ])("from a file with %s are rejected", (_, text, message) =>
    Effect.runPromise(
      Effect.gen(function* () {
        const ended = yield* run(["list", "--targets", newFile(text)], { HOTSPOT_SESSION_AUTH_TOKEN: Demo.token })
        expect(ended).toMatchObject({ code: 3, stdout: "", stderr: expect.stringContaining(message) })
      })
    )
  )

  it.scopedLive("are listed if another one has an invalid ID or region", () =>
    Effect.gen(function* () {
      const { list } = yield* setUp
      const unknown = ["--region", "cn-nrth-4"]
      const known = ["--region", "cn-north-4"]
      const first = yield* list(...unknown, ...known, "--fields", "id")
      expect(first).toMatchObject({ code: 7, stdout: "cn-north-4\tnorth\tn1\ncn-north-4\tnorth\tn2\n" })
      expect(first.stderr).toContain("Did you mean cn-north-4?")
      expect(yield* list(...known, ...unknown, "--fields", "id")).toEqual(first)
      const file = yield* list("--targets", newFile("cn-nrth-4\ncn-north-4\n"), "--fields", "id")
      expect(file).toMatchObject({ code: 7, stdout: first.stdout })
    })
  )

  it.scopedLive("of one region are identified by their IDs", () =>
    Effect.gen(function* () {
      const { list } = yield* setUp
      const ids = ["--project-id", "east", "--project-id", "north"]
      const { code, stdout } = yield* list("--region", "cn-north-4", ...ids, "--fields", "id")
      expect({ code, stdout }).toEqual({
        code: 0,
        stdout: "cn-north-4\teast\te1\ncn-north-4\tnorth\tn1\ncn-north-4\tnorth\tn2\n"
      })
    })
  )

  it.scopedLive("of a file use its regions, even if the environment sets an endpoint", () =>
    Effect.gen(function* () {
      const { emulator, environment } = yield* setUp
      const list = (text: string, endpoint: string) =>
        run(["list", "--targets", newFile(text), "--fields", "id"], {
          ...environment,
          HOTSPOT_SESSION_ENDPOINT: endpoint
        })
      for (const text of ["cn-east-3", "cn-east-3 east"]) {
        expect(yield* list(text, "http://127.0.0.1:1")).toMatchObject({ code: 0, stdout: "cn-east-3\teast\te1\n" })
      }
      const projects = yield* list("east\nnorth", emulator.endpoint)
      expect(normalize(projects.stdout)).toContain("http://127.0.0.1:PORT\teast\te1\n")
    })
  )

  it.effect("from a missing file are rejected", () =>
    Effect.map(run(["list", "--targets", "/nowhere/targets"]), (ended) => {
      expect(ended).toMatchObject({ code: 3, stderr: expect.stringContaining("no such file") })
    })
  )

  const desired = (...regions: ReadonlyArray<string>) =>
    newFile(JSON.stringify({ version: 1, targets: regions.map((region) => ({ region, project_id: "p", items: [] })) }))
  const twoClouds = ["eu-west-101", "cn-north-4"]

  it.scopedLive.each([
    ["list", () => ["--targets", newFile("eu-west-101 p\ncn-north-4 p\n")]],
    ["list", () => twoClouds.flatMap((region) => ["--region", region])],
    ["export", () => ["--targets", newFile("eu-west-101 p\ncn-north-4\n")]],
    ["plan", () => [desired(...twoClouds)]],
    ["apply", () => [desired(...twoClouds), "--yes"]]
  ] as const)("of two clouds get no credentials: %s", ([command, argv]) =>
    Effect.gen(function* () {
      const { port, seen } = yield* makeProxy({ forwardedResponse: { status: 404 } })
      const ended = yield* run([command, ...argv(), "--proxy", `http://127.0.0.1:${port}`], {
        HOTSPOT_SESSION_AUTH_TOKEN: "canary-token",
        HUAWEICLOUD_SDK_REGION_WORKSPACEAPP_EU_WEST_101: "http://workspace.eu-west-101.myhuaweicloud.eu",
        HUAWEICLOUD_SDK_REGION_WORKSPACEAPP_CN_NORTH_4: "http://appstream.cn-north-4.myhuaweicloud.com"
      })
      expect(ended).toMatchObject({ code: 3, stdout: "" })
      expect(ended.stderr).toMatch(
        /two clouds: the endpoint http:\S+\.eu \(.*_EU_WEST_101.*\) and the endpoint http:\S+\.com \(.*_CN_NORTH_4/
      )
      expect(seen).toEqual([])
    })
  )

  it.scopedLive("may be in a cloud and at a host in none", () =>
    Effect.gen(function* () {
      const { endpoint } = yield* Emulator.make({ projects: ["p", "q"].map((id) => ({ name: id, id })) })
      const { port, seen } = yield* makeProxy({ forwardedResponse: { status: 404 } })
      const targets = newFile("eu-west-101 p\ncn-north-4 q\n")
      const ended = yield* run(["list", "--targets", targets, "--proxy", `http://127.0.0.1:${port}`], {
        HOTSPOT_SESSION_AUTH_TOKEN: Demo.token,
        HUAWEICLOUD_SDK_REGION_WORKSPACEAPP_EU_WEST_101: "http://workspace.eu-west-101.myhuaweicloud.eu",
        HUAWEICLOUD_SDK_REGION_WORKSPACEAPP_CN_NORTH_4: endpoint,
        no_proxy: "127.0.0.1"
      })
      expect(ended.stdout).toContain("cn-north-4\tq\t")
      expect(seen).not.toEqual([])
    })
  )
})
