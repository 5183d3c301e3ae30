import { execFileSync } from "node:child_process"
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import { NodeMachine } from "@hotspot-session/client/node"
import { Array, Effect, Either, Fiber, Logger, Option, Queue, TestClock } from "effect"
import * as CommandLine from "../src/GatewayCommandLine.js"
import * as GatewaySettings from "../src/GatewaySettings.js"
import * as Keys from "../src/Keys.js"
import * as Reload from "../src/Reload.js"
import { runCommand } from "./startCommand.js"

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "hotspot-session-http-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true }))
)

const settingsOf = (args: ReadonlyArray<string>) => {
  const flags = Either.getOrThrow(CommandLine.parse(["--region", "cn-north-4", ...args])) as GatewaySettings.Flags
  return Effect.runSync(GatewaySettings.resolve(flags, {}))
}

describe("files of keys and projects", () => {
  it.effect("have one project on each line, whose name may have a comma", () =>
    Effect.gen(function* () {
      const machine = (text: string) => ({ ...NodeMachine.make({}), readFile: () => Effect.succeedSome(text) })
      const read = (text: string) => Keys.readProjects(machine(text), "projects")
      expect(yield* read("# a, b\n\nOffice, HQ=a\nb\n")).toMatchObject([{ id: "a", name: "Office, HQ" }, { id: "b" }])
      expect(yield* read("# nothing\n")).toEqual([])
      expect((yield* Effect.flip(read("a,b\n"))).message).toContain("is invalid")
    })
  )

  it.scopedLive("are read once from a pipe, and each time from anything else", () =>
    Effect.gen(function* () {
      const home = yield* folder
      const [pipe, file] = [join(home, "pipe"), join(home, "file")]
      execFileSync("mkfifo", [pipe])
      writeFileSync(file, "")
      let reads = 0
      const machine = { ...NodeMachine.make({}), readFile: () => Effect.sync(() => Option.some(`${++reads}`)) }
      const { readFile } = Reload.rememberingPipes(machine)
      const read = Effect.map(Effect.all([readFile(pipe), readFile(file)]), Array.getSomes)
      expect([yield* read, yield* read]).toEqual([
        ["1", "2"],
        ["1", "3"]
      ])
    })
  )

  it.scoped("are read again when one of them changes or a SIGHUP arrives, and the log says why one is refused", () =>
    Effect.gen(function* () {
      const home = yield* folder
      const file = join(home, "projects")
      writeFileSync(file, "a\n")
      const settings = settingsOf(["--projects-file", "~/projects"])
      const reloads = yield* Queue.unbounded<string>()
      const logger = Logger.make(({ message }) => void reloads.unsafeOffer(String(message)))
      let problem: string | undefined
      const reload = Effect.suspend(() => (problem === undefined ? Effect.void : Effect.fail({ message: problem })))
      const files = yield* Reload.filesOf(settings, { HOME: home })
      const before = yield* Reload.fingerprintsOf(files)
      // A change after the files were read is not missed.
      writeFileSync(file, "b=bb\n")
      const fiber = yield* Effect.fork(
        Reload.run(files, before, reload).pipe(Effect.provide(Logger.replace(Logger.defaultLogger, logger)))
      )
      expect(yield* Queue.take(reloads)).toBe("keys and projects have been read again")
      problem = "it is a poem"
      rmSync(file)
      yield* TestClock.adjust("500 millis")
      expect(yield* Queue.take(reloads)).toBe("the previous keys and projects stay in use: it is a poem")
      process.emit("SIGHUP")
      expect(yield* Queue.take(reloads)).toContain("it is a poem")
      yield* Fiber.interrupt(fiber)
      expect(process.listenerCount("SIGHUP")).toBe(0)
    })
  )

  it.effect("are read again on SIGHUP while the system does not say whether one of them has changed", () =>
    Effect.gen(function* () {
      const reloads = yield* Queue.unbounded<void>()
      const fiber = yield* Effect.fork(
        Reload.run(["/mnt/keys"], "", Queue.offer(reloads, undefined), Effect.never).pipe(
          Effect.provide(Logger.remove(Logger.defaultLogger))
        )
      )
      yield* TestClock.adjust("1 second")
      process.emit("SIGHUP")
      yield* Queue.take(reloads)
      yield* Fiber.interrupt(fiber)
    })
  )

  it.effect("that nothing comes from are given up, so that later changes are read", () =>
    Effect.gen(function* () {
      const machine = { ...NodeMachine.make({}), readFile: () => Effect.never }
      const fiber = yield* Effect.fork(Effect.flip(Keys.readApiKeys(machine, "/mnt/keys")))
      yield* TestClock.adjust("10 seconds")
      expect((yield* Fiber.join(fiber)).message).toBe(
        "The file of API keys, /mnt/keys, cannot be read: nothing was read within 10 seconds."
      )
    })
  )

  it.scoped("that other users can access, and endpoints without TLS on other machines, are warned of", () =>
    Effect.gen(function* () {
      const file = join(yield* folder, "keys")
      writeFileSync(file, `${"A".repeat(20)} ${"s".repeat(40)}\n`)
      const args = ["--credentials=own", "--print-config", `--access-keys-file=${file}`]
      const environment = { HOTSPOT_SESSION_AUTH_TOKEN: "token" }
      const warningsWith = (endpoint: string, mode: number) =>
        Effect.promise(async () => {
          chmodSync(file, mode)
          return (await runCommand([...args, `--endpoint=${endpoint}`], environment)).stderr
        })
      expect(yield* warningsWith("http://127.0.0.1:1", 0o600)).toBe("")
      expect(yield* warningsWith("https://cloud.example", 0o600)).toBe("")
      expect(yield* warningsWith("http://cloud.example", 0o600)).toBe(
        "warning: Credentials and responses of http://cloud.example are sent in clear text. Use https.\n"
      )
      for (const mode of process.getuid === undefined ? [] : [0o640, 0o604]) {
        expect(yield* warningsWith("http://[::1]:1", mode)).toBe(
          `warning: ${file} has secrets and can be read by other users of this machine; run chmod 600 ${file}\n`
        )
      }
    })
  )
})
