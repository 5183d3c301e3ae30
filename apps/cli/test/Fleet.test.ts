import { execFileSync } from "node:child_process"
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync
} from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import { Demo, Emulator } from "@hotspot-session/emulator"
import { Effect } from "effect"
import { newFile, newFolder, normalize, run } from "./support.js"

const golden = (name: string, text: string) =>
  Effect.promise(() => expect(text).toMatchFileSnapshot(`./golden/${name}`))

const settings = { hotspot_session_migration_enable: true, hotspot_exit_session_num: 4 }
const user = (user_id: string, user_name = `name of ${user_id}`) => ({ user_id, user_name })

/** Three projects in two regions. */
const projects = {
  north: [
    { id: "n1", ...settings, non_migrate_users: [user("a"), user("b", "李娜")] },
    { id: "n2", ...settings, non_migrate_users: [] }
  ],
  south: [{ id: "s1", ...settings, non_migrate_users: [user("a")] }],
  east: []
}

/** What the projects should be: n1 changed, n2 not managed, s1 as it is, and a new one in the east. */
const desired = `version: 1
targets:
  - region: cn-north-4
    project_id: north
    items:
      - id: n1
        hotspot_exit_session_num: 6
        non_migrate_users:
          - { user_id: a, user_name: renamed }
          - user_id: c
  - region: cn-north-4
    project_id: south
    items:
      - id: s1
        hotspot_exit_session_num: 4
  - region: cn-east-3
    project_id: east
    items:
      - hotspot_session_migration_enable: false
        hotspot_exit_session_num: 2
        non_migrate_users:
          - user_name: d
`

const setUp = Effect.gen(function* () {
  const emulator = yield* Emulator.make()
  for (const [id, configs] of Object.entries(projects)) yield* emulator.setConfigs(id, configs as never)
  const { endpoint } = emulator
  const environment = {
    HOTSPOT_SESSION_AUTH_TOKEN: Demo.token,
    HUAWEICLOUD_SDK_REGION_WORKSPACEAPP_CN_NORTH_4: endpoint,
    HUAWEICLOUD_SDK_REGION_WORKSPACEAPP_CN_EAST_3: endpoint
  }
  const command =
    (options: Parameters<typeof run>[2]) =>
    (...argv: ReadonlyArray<string>) =>
      run(argv, environment, options)
  const configs = (id: string) => Effect.map(emulator.configs(id), (dataset) => dataset.slice(0, 100))
  const state = Effect.all({ north: configs("north"), south: configs("south"), east: configs("east") })
  const writes = Effect.map(emulator.requests, (all) => all.filter(({ method }) => method !== "GET"))
  /** Changes a project as others would. */
  const change = (id: keyof typeof projects, fields: object) =>
    emulator.setConfigs(id, projects[id].map((config) => ({ ...config, ...fields })) as never)
  return { ...emulator, run: command({}), command, environment, state, writes, change }
})

const inEnvironment =
  (environment: Record<string, string>) =>
  (...argv: ReadonlyArray<string>) =>
    run(argv, environment)

/** A plan of the desired state in a file. */
const planned = (run: Effect.Effect.Success<typeof setUp>["run"]) =>
  Effect.gen(function* () {
    const out = join(newFolder(), "plan.json")
    yield* run("plan", newFile(desired), "--out", out)
    return out
  })

const regions = ["--targets", "-", "--parallel", "2"]
const targets = "cn-north-4 north\ncn-north-4 south\ncn-east-3 east\n"

describe("hotspot-session export", () => {
  for (const format of ["yaml", "json"] as const) {
    it.scopedLive(`writes a desired state as ${format}, whose plan has nothing to do, whatever the names`, () =>
      Effect.gen(function* () {
        const { command, setConfigs, writes } = yield* setUp
        const names = [
          "李娜",
          "😀👍🏽",
          "no",
          "1_000",
          "2026-11-27",
          "~",
          "0x1F",
          "- x",
          "# y",
          'a: "b"',
          "\u0000\t\u202e",
          " ",
          ""
        ]
        yield* setConfigs("south", [
          {
            id: "895110260098859008",
            ...settings,
            non_migrate_users: names.map((name, index) => user(`u${index}`, name))
          },
          {
            id: "null",
            non_migrate_users: [...names.filter((name) => name !== "").map((user_name) => ({ user_name }))]
          }
        ] as never)
        const exported = yield* command({ stdin: targets })("export", ...regions, "-o", format)
        expect(exported.code).toBe(0)
        const plan = yield* command({ stdin: exported.stdout })("plan", "-")
        expect(plan).toEqual({ code: 0, stdout: "", stderr: "nothing to change in 3 projects; 2 fields not managed\n" })
        expect(yield* writes).toEqual([])
      })
    )
  }

  it.scopedLive("leaves out what is not known, and says so", () =>
    Effect.gen(function* () {
      const { inject, run } = yield* setUp
      yield* inject([{ kind: "nulls", target: "users" }])
      const ended = yield* run("export", "--region", "cn-north-4", "--project-id", "north")
      expect(ended.code).toBe(0)
      yield* golden("export.txt", `${ended.stdout}\n${ended.stderr}`)
    })
  )

  it.scopedLive("says by its exit code that users were not read, and writes the rest", () =>
    Effect.gen(function* () {
      const { command, inject } = yield* setUp
      yield* inject([{ kind: "status", status: 403, target: "users" }])
      const one = yield* command({})("export", "--region", "cn-north-4", "--project-id", "north")
      expect(one).toMatchObject({ code: 4, stderr: expect.stringContaining("the users cannot be read") })
      expect(one.stdout).toContain("project_id: ")
      expect((yield* command({ stdin: targets })("export", ...regions)).code).toBe(7)
    })
  )

  it.scopedLive("has a project once that is given with its ID and found by its region", () =>
    Effect.gen(function* () {
      const { endpoint, setConfigs } = yield* Emulator.make({ projects: [{ name: "cn-east-3", id: "east" }] })
      yield* setConfigs("east", projects.south as never)
      const environment = {
        HOTSPOT_SESSION_AUTH_TOKEN: Demo.token,
        HUAWEICLOUD_SDK_IAM_ENDPOINT: endpoint,
        HUAWEICLOUD_SDK_REGION_WORKSPACEAPP_CN_EAST_3: endpoint
      }
      const ended = yield* run(["export", ...regions], environment, { stdin: "cn-east-3 east\ncn-east-3\n" })
      expect(ended).toMatchObject({ code: 0, stderr: expect.stringContaining("1 configuration in 1 project\n") })
      expect(ended.stderr).toContain("left out: cn-east-3 east, which is given twice\n")
      expect((yield* run(["plan", "-"], environment, { stdin: ended.stdout })).code).toBe(0)
    })
  )

  it.scopedLive("leaves out projects that cannot be read, and exits with 7", () =>
    Effect.gen(function* () {
      const { command } = yield* setUp
      const ended = yield* command({ stdin: `${targets}cn-north-4 missing\n` })("export", ...regions)
      expect(ended).toMatchObject({ code: 7, stderr: expect.stringContaining("3 configurations in 3 of 4 projects\n") })
      expect(ended.stdout).not.toContain("missing")
    })
  )
})

describe("hotspot-session plan", () => {
  for (const format of ["text", "json"] as const) {
    it.scopedLive(`shows changes as ${format}, writes nothing, and exits with 1`, () =>
      Effect.gen(function* () {
        const { endpoint, run, writes } = yield* setUp
        const ended = yield* run("plan", newFile(desired), "-o", format)
        expect(ended).toMatchObject({ code: 1 })
        const text = `${ended.stdout}\n${ended.stderr}`.replaceAll(endpoint, "ENDPOINT")
        yield* golden(`plan.${format}.txt`, text.replace(/"checksum": "\w{64}"/, '"checksum": "SHA-256"'))
        expect(yield* writes).toEqual([])
      })
    )
  }

  it.scopedLive("does not replace a file that it is made from, by whatever path, and reads nothing", () =>
    Effect.gen(function* () {
      const { requests, run } = yield* setUp
      const file = newFile(desired)
      const some = newFile("cn-east-3")
      const folder = newFolder()
      const [symbolic, hard] = [join(folder, "symbolic"), join(folder, "hard")]
      symlinkSync(file, symbolic)
      linkSync(file, hard)
      for (const out of [file, symbolic, hard, some]) {
        const ended = yield* run("plan", file, "--targets", some, "--out", out)
        expect(ended).toMatchObject({
          code: 2,
          stdout: "",
          stderr: expect.stringContaining("Write the plan to another")
        })
      }
      expect(readFileSync(file, "utf8")).toBe(desired)
      expect(yield* requests).toEqual([])
    })
  )

  it.scopedLive("expands ~/ in the file of the plan like in those that it reads", () =>
    Effect.gen(function* () {
      const { environment, requests } = yield* setUp
      const home = newFolder()
      const inHome = { ...environment, HOME: home }
      writeFileSync(join(home, "fleet.yaml"), desired)
      for (const [file, out] of [
        ["~/fleet.yaml", join(home, "fleet.yaml")],
        [join(home, "fleet.yaml"), "~/fleet.yaml"]
      ] as const) {
        expect((yield* run(["plan", file, "--out", out], inHome)).code).toBe(2)
      }
      expect(readFileSync(join(home, "fleet.yaml"), "utf8")).toBe(desired)
      expect(yield* requests).toEqual([])
      const ended = yield* run(["plan", "~/fleet.yaml", "--out", "~/my plan.json"], inHome)
      expect(ended.stderr).toContain(`hotspot-session apply '${home}/my plan.json' carries it out`)
      expect(readdirSync(home).sort()).toEqual(["fleet.yaml", "my plan.json"])
    })
  )

  it.scopedLive("is refused if it is larger than what apply reads, before anything is written", () =>
    Effect.gen(function* () {
      const { run, setConfigs } = yield* setUp
      for (let index = 0; index < 16; index++) yield* setConfigs(`p${index}`, [])
      // Each character is six in JSON, and each user is in the plan of a new configuration three times.
      const long = "\\u0001".repeat(124)
      const users = Array.from({ length: 1000 }, (_, index) => `{ user_id: "${long}${index}", user_name: "${long}" }`)
      const targets = Array.from(
        { length: 16 },
        (_, index) => `
  - region: cn-east-3
    project_id: p${index}
    items:
      - hotspot_session_migration_enable: true
        hotspot_exit_session_num: 1
        non_migrate_users: ${index === 0 ? `&users [${users.join(", ")}]` : "*users"}`
      )
      const out = join(newFolder(), "plan.json")
      const ended = yield* run("plan", newFile(`version: 1\ntargets:${targets.join("")}\n`), "--out", out)
      expect(ended).toMatchObject({ code: 74, stdout: "" })
      expect(ended.stderr).toMatch(/: The plan would have more than 64 MiB.*\n {2}Use --targets/)
      expect(existsSync(out)).toBe(false)
    })
  )

  it.scopedLive("exits with 74 if the plan cannot be written", () =>
    Effect.gen(function* () {
      const { run } = yield* setUp
      const ended = yield* run("plan", newFile(desired), "--out", newFolder(), "-o", "json")
      expect(ended.code).toBe(74)
      expect(JSON.parse(ended.stderr.trimEnd().split("\n").at(-1) ?? "")).toMatchObject({
        error: { tag: "OutputError", exit_code: 74 }
      })
    })
  )

  it.scopedLive("writes no plan to a pipe without a reader, nor to standard output", () =>
    Effect.gen(function* () {
      const { run } = yield* setUp
      const pipe = join(newFolder(), "pipe")
      execFileSync("mkfifo", [pipe])
      expect(yield* run("plan", newFile(desired), "--out", pipe)).toMatchObject({ code: 74 })
      for (const out of ["-", "/dev/stdout"]) {
        expect(yield* run("plan", newFile(desired), "--out", out)).toMatchObject({
          code: 2,
          stderr: expect.stringContaining("Use -o json")
        })
      }
    })
  )

  it.scopedLive("replaces an earlier plan as a whole, and keeps its mode and the link to it", () =>
    Effect.gen(function* () {
      const { run } = yield* setUp
      const folder = newFolder()
      const [plan, link, earlier] = [join(folder, "plan"), join(folder, "link"), join(folder, "earlier")]
      writeFileSync(plan, "earlier")
      chmodSync(plan, 0o640)
      symlinkSync(plan, link)
      linkSync(plan, earlier)
      expect(yield* run("plan", newFile(desired), "--out", link)).toMatchObject({ code: 1 })
      expect(readFileSync(earlier, "utf8")).toBe("earlier")
      expect(JSON.parse(readFileSync(plan, "utf8"))).toMatchObject({ plan_version: 1 })
      expect(statSync(plan).mode & 0o777).toBe(0o640)
      expect(readdirSync(folder).sort()).toEqual(["earlier", "link", "plan"])
      const [later, linkToLater] = [join(folder, "later"), join(folder, "link-to-later")]
      symlinkSync("later", linkToLater)
      yield* run("plan", newFile(desired), "--out", linkToLater)
      expect(lstatSync(linkToLater).isSymbolicLink()).toBe(true)
      expect(JSON.parse(readFileSync(later, "utf8"))).toMatchObject({ plan_version: 1 })
    })
  )

  it.scopedLive("says that there is nothing to do if there are no targets", () =>
    Effect.gen(function* () {
      const { run } = yield* setUp
      const ended = yield* run("plan", newFile("version: 1\ntargets: []\n"))
      expect(ended).toEqual({ code: 0, stdout: "", stderr: "nothing to change in 0 projects\n" })
    })
  )

  it.scopedLive("selects a target without a region by the region of the environment or the profile", () =>
    Effect.gen(function* () {
      const { environment } = yield* setUp
      const file = newFile(desired.replaceAll("region: cn-north-4\n    ", ""))
      const options = ["plan", file, "--targets", newFile("cn-north-4 south\n")]
      const inNorth = yield* run(options, { ...environment, HOTSPOT_SESSION_REGION: "cn-north-4" })
      expect(inNorth).toMatchObject({ code: 0, stderr: "nothing to change in 1 project; 2 fields not managed\n" })
      const inEast = yield* run(options, { ...environment, HOTSPOT_SESSION_REGION: "cn-east-3" })
      expect(inEast).toMatchObject({ code: 3, stderr: expect.stringContaining("has no target cn-north-4 south") })
      const HOME = newFolder()
      mkdirSync(join(HOME, ".hcloud"))
      const current = {
        name: "north",
        accessKeyId: "A".repeat(20),
        secretAccessKey: "b".repeat(40),
        region: "cn-north-4",
        mode: "AKSK"
      }
      writeFileSync(join(HOME, ".hcloud", "config.json"), JSON.stringify({ current: "north", profiles: [current] }))
      const { HOTSPOT_SESSION_AUTH_TOKEN: _, ...others } = environment
      const ofProfile = yield* run(options, { ...others, HOME })
      expect(ofProfile.stderr).toMatch(/^hotspot-session: cn-north-4 south: Authentication failed/m)
    })
  )

  it.scopedLive("is limited to some of the targets of the file", () =>
    Effect.gen(function* () {
      const { requests, run } = yield* setUp
      const some = newFile("cn-east-3\ncn-north-4 south\n")
      const { code, stdout } = yield* run("plan", newFile(desired), "--targets", some)
      expect(code).toBe(1)
      expect(stdout).toMatch(/^cn-east-3 east\n/)
      expect((yield* requests).some(({ path }) => path.includes("north"))).toBe(false)
      const ended = yield* run("plan", newFile(desired), "--targets", newFile("cn-east-3 north"))
      expect(ended).toMatchObject({ code: 3, stderr: expect.stringContaining("has no target cn-east-3 north") })
    })
  )

  it.scopedLive("rejects a file with the line and path of each mistake, before any request", () =>
    Effect.gen(function* () {
      const { requests, run } = yield* setUp
      const file = newFile(
        desired.replace("version: 1", "version: 1\nendpoint: https://example.com").replace("id: s1", "id: 7")
      )
      const ended = yield* run("plan", file)
      expect(ended).toMatchObject({ code: 3, stdout: "" })
      yield* golden("plan.invalid.txt", ended.stderr.replaceAll(file, "FILE"))
      const json = yield* run("plan", file, "-o", "json")
      expect(JSON.parse(json.stderr)).toMatchObject({
        error: {
          tag: "InvalidFile",
          problems: [
            { line: 2, path: "endpoint" },
            { line: 15, path: "targets[1].items[0].id" }
          ]
        }
      })
      expect(yield* requests).toEqual([])
    })
  )

  it.scopedLive("exits with 8 if a stored plan cannot be planned any more", () =>
    Effect.gen(function* () {
      const { run, setConfigs, writes } = yield* setUp
      const out = yield* planned(run)
      yield* setConfigs("south", [])
      const ended = yield* run("apply", out, "--yes")
      expect(ended).toMatchObject({ code: 8, stdout: "" })
      expect(ended.stderr).toContain("This changed since the plan.")
      expect(yield* writes).toEqual([])
    })
  )

  it.scopedLive("exits with the code of the failure, and writes no plan, if a project cannot be planned", () =>
    Effect.gen(function* () {
      const { inject, run } = yield* setUp
      const out = join(newFolder(), "plan.json")
      const unknown = newFile(desired.replace("id: s1", "id: s9"))
      const ended = yield* run("plan", unknown, "--out", out)
      expect(ended.code).toBe(7)
      yield* golden("plan.unknown.txt", `${ended.stdout}\n${ended.stderr}`)
      expect(() => readFileSync(out)).toThrow(/ENOENT/)
      const one = newFile("version: 1\ntargets:\n  - { region: cn-north-4, project_id: north, items: [{}] }")
      expect((yield* run("plan", one)).code).toBe(3)
      yield* inject([{ kind: "nulls", target: "users" }])
      const users = newFile(
        "version: 1\ntargets:\n  - { region: cn-north-4, project_id: north, items: [{ id: n1, non_migrate_users: [] }] }"
      )
      expect(yield* run("plan", users)).toMatchObject({
        code: 5,
        stderr: expect.stringContaining("cannot tell which users to remove")
      })
    })
  )

  it.effect("asks for the region in the file if there is none, because there is no option for it", () =>
    Effect.gen(function* () {
      const file = newFile("version: 1\ntargets: [{ project_id: p, items: [] }]")
      for (const command of ["plan", "apply"]) {
        const { code, stderr } = yield* run([command, file], { HOTSPOT_SESSION_AUTH_TOKEN: Demo.token })
        expect(code).toBe(3)
        expect(stderr).toContain(`Write the region in ${file}, targets[0], use --endpoint, or set`)
        expect(stderr).not.toContain("--region")
      }
    })
  )

  it.scopedLive("refuses two targets that are the same project by the endpoint of the command line", () =>
    Effect.gen(function* () {
      const { endpoint, run } = yield* setUp
      const file = newFile(desired.replace("project_id: east", "project_id: south"))
      const ended = yield* run("plan", file, "--endpoint", endpoint)
      expect(ended).toMatchObject({
        code: 7,
        stderr: expect.stringContaining("The target is the same project as another one")
      })
    })
  )
})

describe("hotspot-session apply", () => {
  it.scopedLive("carries out a plan, after which there is nothing to do", () =>
    Effect.gen(function* () {
      const { run, state, writes } = yield* setUp
      const plan = yield* planned(run)
      const ended = yield* run("apply", plan, "--yes")
      expect(ended.code).toBe(0)
      yield* golden("apply.text.txt", `${ended.stdout}\n${ended.stderr}`)
      expect(yield* state).toMatchObject({
        north: [
          {
            id: "n1",
            ...settings,
            hotspot_exit_session_num: 6,
            non_migrate_users: [user("a", "renamed"), { user_id: "c" }]
          },
          projects.north[1]
        ],
        south: projects.south,
        east: [
          {
            hotspot_session_migration_enable: false,
            hotspot_exit_session_num: 2,
            non_migrate_users: [{ user_name: "d" }]
          }
        ]
      })
      expect((yield* writes).length).toBe(4)
      expect((yield* run("plan", newFile(desired))).code).toBe(0)
      const again = yield* run("apply", newFile(desired))
      expect(again).toMatchObject({
        code: 0,
        stdout: "",
        stderr: expect.stringContaining("nothing to change in 3 projects")
      })
      // The plan was for another state.
      expect((yield* run("apply", plan, "--yes")).code).toBe(8)
      expect((yield* writes).length).toBe(4)
    })
  )

  it.scopedLive("prints what it did as JSON", () =>
    Effect.gen(function* () {
      const { run } = yield* setUp
      const ended = yield* run("apply", newFile(desired), "--yes", "-o", "json")
      yield* golden("apply.json.txt", normalize(ended.stdout))
      expect(ended.code).toBe(0)
    })
  )

  it.scopedLive("writes nothing anywhere if one of three projects was changed since the plan", () =>
    Effect.gen(function* () {
      const { change, run, state, writes } = yield* setUp
      const plan = yield* planned(run)
      yield* change("south", { hotspot_exit_session_num: 9 })
      const before = yield* state
      const ended = yield* run("apply", plan, "--yes")
      expect(ended).toMatchObject({ code: 8, stdout: "" })
      yield* golden("apply.changed.txt", ended.stderr)
      expect(yield* writes).toEqual([])
      expect(yield* state).toEqual(before)
      const json = yield* run("apply", plan, "--yes", "-o", "json")
      expect(JSON.parse(json.stderr.trimEnd().split("\n").at(-1) ?? "")).toMatchObject({
        error: {
          tag: "ChangedSincePlanned",
          exit_code: 8,
          targets: [{ region: "cn-north-4", project_id: "south", changes: [{ change: "changed", id: "s1" }] }]
        }
      })
    })
  )

  it.scopedLive("shows a configuration that appeared since the plan by its ID", () =>
    Effect.gen(function* () {
      const { run, setConfigs, writes } = yield* setUp
      const plan = yield* planned(run)
      yield* setConfigs("east", [{ id: "e1", ...settings, non_migrate_users: [] }] as never)
      const ended = yield* run("apply", plan, "--yes")
      expect(ended.code).toBe(8)
      expect(ended.stderr).toContain("cn-east-3 east\n  + e1  migration on")
      expect(yield* writes).toEqual([])
    })
  )

  it.scopedLive("ignores changes of what the plan does not manage", () =>
    Effect.gen(function* () {
      const { change, run, setConfigs, state } = yield* setUp
      const plan = yield* planned(run)
      yield* setConfigs("north", [projects.north[0], { id: "n3", non_migrate_users: [] }] as never)
      yield* change("south", { non_migrate_users: [user("z")] })
      expect((yield* run("apply", plan, "--yes")).code).toBe(0)
      expect((yield* state).south).toMatchObject([{ non_migrate_users: [user("z")] }])
    })
  )

  it.scopedLive("refuses a plan that was edited, before any request, and one that was made for elsewhere", () =>
    Effect.gen(function* () {
      const { environment, requests, run } = yield* setUp
      const text = readFileSync(yield* planned(run), "utf8")
      const before = yield* requests
      const edits = [
        text.replace('"to": 6', '"to": 60'),
        text.replaceAll("6", "7"),
        text.replace("cn-east-3", "cn-north-1"),
        text.replace('"renamed"', '"somebody else"')
      ]
      for (const edited of edits) {
        expect(edited).not.toBe(text)
        const ended = yield* run("apply", newFile(edited), "--yes")
        expect(ended).toMatchObject({
          code: 3,
          stdout: "",
          stderr: expect.stringContaining("The plan was changed after it was made")
        })
      }
      const hidden = newFile(text.replace('"targets":', '"\\u0074argets": [],\n  "targets":'))
      const twice = yield* run("apply", hidden, "--yes")
      expect(twice).toMatchObject({ code: 3, stdout: "", stderr: expect.stringContaining("line 4") })
      expect(twice.stderr).toContain("has a field that is there already")
      expect(yield* requests).toEqual(before)
      const elsewhere = { ...environment, HUAWEICLOUD_SDK_REGION_WORKSPACEAPP_CN_EAST_3: "http://127.0.0.1:9" }
      const other = yield* inEnvironment(elsewhere)("apply", newFile(text), "--yes")
      expect(other).toMatchObject({ stdout: "", stderr: expect.stringContaining("The plan was made for http://") })
      expect((yield* requests).filter(({ method }) => method !== "GET")).toEqual([])
    })
  )

  it.scopedLive("requires --yes without a terminal and for standard input, and writes nothing with --dry-run", () =>
    Effect.gen(function* () {
      const { command, run, writes } = yield* setUp
      expect((yield* run("apply", newFile(desired))).code).toBe(2)
      expect((yield* command({ answers: true, stdin: desired })("apply", "-")).code).toBe(2)
      const dry = yield* run("apply", newFile(desired), "--dry-run")
      expect(dry).toMatchObject({
        code: 0,
        stdout: "",
        stderr: expect.stringMatching(/dry run: nothing was written\n$/)
      })
      expect(yield* writes).toEqual([])
    })
  )

  it.scopedLive("asks on a terminal, and writes nothing if a project changes before the answer", () =>
    Effect.gen(function* () {
      const { change, command, writes } = yield* setUp
      const no = yield* command({ answers: true, stdin: "n\n" })("apply", newFile(desired), "--no-color")
      expect(no).toMatchObject({ code: 1, stdout: "" })
      expect(no.stderr).toContain("Send 4 writes to 2 projects? [y/N] ")
      const stdin = () => {
        Effect.runSync(change("south", { hotspot_exit_session_num: 9 }))
        return "y\n"
      }
      const changed = yield* command({ answers: true, stdin })("apply", newFile(desired))
      expect(changed.code).toBe(8)
      expect(yield* writes).toEqual([])
    })
  )

  it.scopedLive("stops each project at its first failure, and can be run again", () =>
    Effect.gen(function* () {
      const { inject, run, state } = yield* setUp
      yield* inject([{ kind: "status", status: 403, target: "update", times: 1 }])
      const ended = yield* run("apply", newFile(desired), "--yes", "--parallel", "1")
      expect(ended.code).toBe(7)
      yield* golden("apply.failed.txt", normalize(`${ended.stdout}\n${ended.stderr}`))
      expect((yield* run("apply", newFile(desired), "--yes")).code).toBe(0)
      expect((yield* state).east).toHaveLength(1)
    })
  )

  it.scopedLive("never repeats a create whose outcome is unknown, exits with 9, and finds it the next time", () =>
    Effect.gen(function* () {
      const { inject, run, state, writes } = yield* setUp
      yield* inject([{ kind: "reset", target: "create", done: true, times: 1 }])
      const ended = yield* run("apply", newFile(desired), "--yes")
      expect(ended.code).toBe(9)
      expect(ended.stdout).toContain("may be done  cn-east-3 east  create a configuration")
      expect(ended.stderr).toMatch(/^the project has \w+ now$/m)
      expect(ended.stderr).toMatch(/\nRun the command again to do what is left\. .*\n$/)
      expect((yield* writes).filter(({ method }) => method === "POST")).toHaveLength(1)
      expect((yield* run("apply", newFile(desired), "--yes")).code).toBe(0)
      expect((yield* state).east).toHaveLength(1)
    })
  )

  it.scopedLive("warns of running it again while a configuration that may be created is not listed", () =>
    Effect.gen(function* () {
      const { inject, run } = yield* setUp
      const plan = yield* planned(run)
      yield* inject([{ kind: "reset", target: "create" }])
      for (const [file, what] of [
        [plan, "plan or apply this again"],
        [newFile(desired), "run the command again"]
      ] as const) {
        const { code, stderr } = yield* run("apply", file, "--yes")
        expect(code).toBe(9)
        expect(stderr).toContain("the project has no configuration yet\n")
        expect(stderr).toContain(`\nDo not ${what} before the list shows the new configuration`)
        expect(stderr).not.toContain("Run the command again")
      }
      const { targets } = JSON.parse((yield* run("apply", newFile(desired), "--yes", "-o", "json")).stdout)
      expect(targets).toMatchObject([{ project_id: "east", unseen_create: true }])
    })
  )

  it.scopedLive("warns and exits with 1 if a project is not as written", () =>
    Effect.gen(function* () {
      const { inject, run } = yield* setUp
      yield* inject([{ kind: "status", status: 200, body: "empty", target: "updateUsers" }])
      const ended = yield* run("apply", newFile(desired), "--yes")
      expect(ended.code).toBe(7)
      expect(ended.stderr).toContain("warning: the project differs from what was written; to be done again:\n")
    })
  )
})
