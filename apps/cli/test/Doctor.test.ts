import { createServer } from "node:net"
import { describe, expect, it } from "@effect/vitest"
import { Demo, Emulator } from "@hotspot-session/emulator"
import { Effect } from "effect"
import { normalize, run } from "./support.js"

const golden = (name: string, text: string) =>
  Effect.promise(() => expect(text).toMatchFileSnapshot(`./golden/${name}`))

const withEmulator = (options: Emulator.Options = {}) =>
  Effect.map(Emulator.make(options), (emulator) => ({
    emulator,
    doctor: (environment: Record<string, string> = {}, ...argv: ReadonlyArray<string>) =>
      run(["doctor", ...argv], {
        HOTSPOT_SESSION_AUTH_TOKEN: Demo.token,
        HOTSPOT_SESSION_ENDPOINT: emulator.endpoint,
        HUAWEICLOUD_SDK_PROJECT_ID: Demo.projectId,
        ...environment
      })
  }))

const statuses = (stdout: string): Record<string, string> =>
  Object.fromEntries(
    JSON.parse(stdout).checks.map(({ check, status }: { check: string; status: string }) => [check, status])
  )

/** A port without a listener. */
const freePort = Effect.async<number>((resume) => {
  const server = createServer().listen(0, "127.0.0.1", () => {
    const address = server.address()
    server.close(() => resume(Effect.succeed(typeof address === "object" ? (address?.port ?? 0) : 0)))
  })
})

describe("hotspot-session doctor", () => {
  it.scopedLive("reports no problems if everything works", () =>
    Effect.gen(function* () {
      const { doctor } = yield* withEmulator()
      const ended = yield* doctor()
      expect(ended).toMatchObject({ code: 0, stderr: "no problems found\n" })
      yield* golden("doctor.well.txt", normalize(ended.stdout))
      const demo = yield* run(["doctor", "--demo"])
      expect(demo.code).toBe(0)
    })
  )

  it.scopedLive("warns of credentials that are sent in clear text to another machine", () =>
    Effect.gen(function* () {
      const { doctor, emulator } = yield* withEmulator()
      // Not a loopback address, but connected to this machine.
      const elsewhere = emulator.endpoint.replace("127.0.0.1", "0.0.0.0")
      const iam = { HUAWEICLOUD_SDK_IAM_ENDPOINT: elsewhere }
      const ended = yield* doctor(iam, "--endpoint", elsewhere, "-o", "json")
      expect(ended).toMatchObject({ code: 0, stderr: "no problems found, and 2 warnings\n" })
      expect(statuses(ended.stdout)).toMatchObject({ endpoint: "warning", "IAM endpoint": "warning", permission: "ok" })
    })
  )

  it.effect("reports missing settings if nothing is set", () =>
    Effect.gen(function* () {
      const ended = yield* run(["doctor"])
      expect(ended).toMatchObject({ code: 1, stderr: "2 problems found\n" })
      yield* golden("doctor.nothing.txt", ended.stdout)
    })
  )

  const problems: ReadonlyArray<
    readonly [name: string, options: Emulator.Options, environment: Record<string, string>, check: string]
  > = [
    ["token", {}, { HOTSPOT_SESSION_AUTH_TOKEN: "wrong-token" }, "permission"],
    ["permission", { faults: [{ kind: "status", status: 403 }] }, {}, "permission"],
    ["project", {}, { HUAWEICLOUD_SDK_PROJECT_ID: "not a project" }, "project"],
    ["clock", { clockSkew: { ahead: "20 minutes" } }, {}, "clock"]
  ]
  for (const [name, options, environment, check] of problems) {
    it.scopedLive(`reports a wrong ${name} with a fix`, () =>
      Effect.gen(function* () {
        const { doctor } = yield* withEmulator(options)
        const json = yield* doctor(environment, "-o", "json")
        expect(json.code).toBe(1)
        expect(statuses(json.stdout)).toMatchObject({ connection: "ok", [check]: "failed" })
        yield* golden(`doctor.${name}.txt`, normalize((yield* doctor(environment)).stdout))
      })
    )
  }

  it.live("reports a host that cannot be resolved, and runs the remaining checks", () =>
    Effect.gen(function* () {
      const environment = { HOTSPOT_SESSION_AUTH_TOKEN: Demo.token, HUAWEICLOUD_SDK_PROJECT_ID: "p" }
      const ended = yield* run(
        ["doctor", "--endpoint", "http://workspace.invalid", "--timeout", "300ms", "-o", "json"],
        environment
      )
      expect(ended.code).toBe(1)
      expect(statuses(ended.stdout)).toMatchObject({ DNS: "failed", connection: "skipped", permission: "failed" })
    })
  )

  it.live("reports a port without a listener", () =>
    Effect.gen(function* () {
      const port = yield* freePort
      const environment = { HOTSPOT_SESSION_AUTH_TOKEN: Demo.token, HUAWEICLOUD_SDK_PROJECT_ID: "p" }
      const argv = ["doctor", "--endpoint", `http://127.0.0.1:${port}`, "--timeout", "300ms", "-o", "json"]
      const ended = yield* run(argv, environment)
      expect(statuses(ended.stdout)).toMatchObject({ DNS: "ok", connection: "failed", clock: "skipped" })
    })
  )

  it.scopedLive("reports a server without TLS", () =>
    Effect.gen(function* () {
      const { doctor, emulator } = yield* withEmulator()
      const ended = yield* doctor(
        { HOTSPOT_SESSION_ENDPOINT: emulator.endpoint.replace("http:", "https:") },
        "--timeout",
        "300ms",
        "-o",
        "json"
      )
      expect(statuses(ended.stdout)).toMatchObject({ connection: "failed" })
    })
  )

  it.scopedLive("finds a source that keeps others from being used", () =>
    Effect.gen(function* () {
      const { doctor } = yield* withEmulator()
      const ended = yield* doctor(
        {
          HOTSPOT_SESSION_AUTH_TOKEN: "",
          HUAWEICLOUD_SDK_SK: "incomplete",
          HW_AUTH_TOKEN: Demo.token
        },
        "-o",
        "json"
      )
      expect(ended.code).toBe(1)
      expect(statuses(ended.stdout)).toMatchObject({ credentials: "failed" })
    })
  )
})
