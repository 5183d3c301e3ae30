import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { readdirSync } from "node:fs"
import { basename } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import { Demo, Emulator } from "@hotspot-session/emulator"
import { Effect } from "effect"
import { bundle, newFolder, normalize, run } from "../support.js"

const golden = (name: string, text: string) =>
  Effect.promise(() => expect(text).toMatchFileSnapshot(`../golden/${name}`))

/** `script` of util-linux runs a command in a pseudo-terminal and returns its exit code. */
const hasScript = spawnSync("script", ["-qec", "true", "/dev/null"]).status === 0

interface TerminalResult {
  readonly code: number | null
  /** The output to the terminal. */
  readonly text: string
}

/** Runs a shell command in a terminal, with `hotspot-session` as the bundle; `during` may send input. */
const inTerminal = (
  command: string,
  environment: Record<string, string> = {},
  columns = 80,
  during: (child: ChildProcess, text: () => string) => void = () => {}
): Effect.Effect<TerminalResult> =>
  Effect.async((resume) => {
    const line = command.replaceAll("hotspot-session", `"${process.execPath}" "${bundle}"`)
    const child = spawn("script", ["-qec", `stty cols ${columns} -echo; ${line}`, "/dev/null"], {
      env: {
        PATH: process.env["PATH"],
        TERM: "xterm-256color",
        SHELL: "/bin/bash",
        HOTSPOT_SESSION_METADATA_ENDPOINT: "off",
        ...environment
      }
    })
    let text = ""
    child.stdout.on("data", (chunk: Buffer) => {
      text += chunk.toString()
    })
    child.on("close", (code) => resume(Effect.succeed({ code, text: text.replaceAll("\r\n", "\n") })))
    during(child, () => text)
    return Effect.sync(() => child.kill("SIGKILL"))
  })

const esc = String.fromCharCode(27)

describe("with a terminal's streams", () => {
  const listed = (
    argv: ReadonlyArray<string> = [],
    environment: Record<string, string> = {},
    surroundings: Parameters<typeof run>[2] = {}
  ) =>
    run(["list", "--demo", ...argv], { TERM: "xterm-256color", ...environment }, { isTerminal: true, ...surroundings })

  for (const columns of [40, 80, 200]) {
    it.live(`a listing is a table of ${columns} columns`, () =>
      Effect.gen(function* () {
        const { code, stderr, stdout } = yield* listed([], {}, { columns })
        expect(code).toBe(0)
        yield* golden(`terminal.${columns}.txt`, `${stdout}${stderr}`.replaceAll(esc, "ESC"))
      })
    )
  }

  it.live("there are no colours if they are disabled", () =>
    Effect.gen(function* () {
      const plain = [
        listed(["--no-color"]),
        listed([], { NO_COLOR: "1" }),
        listed([], { TERM: "dumb" }),
        listed(["--limt"], {}, { isTerminal: false })
      ]
      for (const { stderr, stdout } of yield* Effect.all(plain)) expect(stdout + stderr).not.toContain(esc)
    })
  )
})

describe.skipIf(!hasScript)("in a terminal", () => {
  it.live("a listing is a table as wide as the terminal", () =>
    Effect.gen(function* () {
      const { code, text } = yield* inTerminal("hotspot-session list --demo", {}, 40)
      expect(code).toBe(0)
      yield* golden("terminal.40.txt", text.replaceAll(esc, "ESC"))
    })
  )

  it.live("there are no colours if they are disabled", () =>
    Effect.gen(function* () {
      const { text } = yield* inTerminal("hotspot-session --help; hotspot-session list --demo", { NO_COLOR: "1" })
      expect(text).toContain("Usage:")
      expect(text).toContain("3 configurations")
      expect(text).not.toContain(esc)
    })
  )

  it.live("each stream has colours only if it is a terminal", () =>
    Effect.gen(function* () {
      const { text } = yield* inTerminal("hotspot-session list --demo | cat; hotspot-session list --limt | cat")
      expect(text).toContain(`${esc}[31mhotspot-session:`)
      expect(text).toContain("\tfalse\t7\t")
      const forced = yield* inTerminal("hotspot-session list --demo -o table | cat", {
        FORCE_COLOR: "1",
        NO_COLOR: "1"
      })
      expect(forced.text).toContain(`${esc}[1m`)
    })
  )

  const environmentOf = (options: Emulator.Options) =>
    Effect.map(Emulator.make(options), ({ endpoint }) => ({
      HOTSPOT_SESSION_AUTH_TOKEN: Demo.token,
      HUAWEICLOUD_SDK_PROJECT_ID: Demo.projectId,
      HOTSPOT_SESSION_ENDPOINT: endpoint
    }))

  it.scopedLive("progress is shown while waiting, and erased at the end", () =>
    Effect.gen(function* () {
      const environment = yield* environmentOf({
        count: 150,
        latency: "600 millis",
        faults: [{ kind: "status", status: 503, times: 1 }]
      })
      const { code, text } = yield* inTerminal("hotspot-session list --all -o table --no-color", environment)
      expect(code).toBe(0)
      const host = new URL(environment.HOTSPOT_SESSION_ENDPOINT).host
      expect(text).toContain(`${host} responded 503 Service Unavailable`)
      expect(text).toContain(`100 configurations so far · waiting for ${host}`)
      const finalText = text.split(`\r${esc}[2K`).at(-1)
      expect(finalText).toMatch(/^ID .*\n[\s\S]*\n150 configurations\n$/)
    })
  )

  it.scopedLive("that is dumb there are no escape sequences and no progress, also with FORCE_COLOR", () =>
    Effect.gen(function* () {
      const environment = yield* environmentOf({ latency: "600 millis" })
      const { text } = yield* inTerminal("hotspot-session --help; hotspot-session list; hotspot-session list --limt", {
        ...environment,
        TERM: "dumb",
        FORCE_COLOR: "1"
      })
      expect(text).toContain("3 configurations")
      expect(text).toContain("unknown option")
      expect(text).not.toContain(esc)
      expect(text).not.toContain("\r")
    })
  )

  it.scopedLive("no progress is shown for a short wait, and Schema is not loaded", () =>
    Effect.gen(function* () {
      const environment = yield* environmentOf({})
      const cache = newFolder()
      const { text } = yield* inTerminal("hotspot-session list --no-color", {
        ...environment,
        NODE_COMPILE_CACHE: cache
      })
      expect(text).not.toContain(esc)
      const names = readdirSync(cache, { recursive: true, encoding: "utf8" }).map((path) => basename(path))
      expect(names).toContainEqual(expect.stringMatching(/^main-/))
      expect(names).not.toContainEqual(expect.stringMatching(/^schema-/))
    })
  )

  it.scopedLive("Ctrl-C at the question exits with 130, and nothing is written", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.make()
      const environment = {
        HOTSPOT_SESSION_AUTH_TOKEN: Demo.token,
        HUAWEICLOUD_SDK_PROJECT_ID: Demo.projectId,
        HOTSPOT_SESSION_ENDPOINT: emulator.endpoint
      }
      let isSent = false
      const { code, text } = yield* inTerminal(
        "hotspot-session create --enable --exit-sessions 4",
        environment,
        80,
        (child, written) =>
          child.stdout?.on("data", () => {
            if (isSent || !written().includes("Create this configuration? [y/N]")) return
            isSent = true
            child.stdin?.write("\u0003")
          })
      )
      expect(code).toBe(130)
      expect(text).toContain("interrupted: nothing was written\n")
      expect((yield* emulator.requests).map(({ method }) => method)).toEqual(["GET"])
    })
  )

  it.scopedLive("Ctrl-C exits with 130 while waiting", () =>
    Effect.gen(function* () {
      const environment = yield* environmentOf({ faults: [{ kind: "stall" }] })
      let isSent = false
      const { code, text } = yield* inTerminal("hotspot-session list", environment, 80, (child, written) => {
        const watching = setInterval(() => {
          if (isSent || !written().includes("waiting for")) return
          isSent = true
          clearInterval(watching)
          child.stdin?.write("\u0003")
        }, 20)
      })
      expect(code).toBe(130)
      expect(normalize(text).endsWith(`\r${esc}[2K`)).toBe(true)
    })
  )
})
