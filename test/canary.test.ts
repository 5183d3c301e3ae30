import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import { inspect } from "node:util"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { describe, expect, it } from "@effect/vitest"
import { Credentials, HotspotSession, RetryPolicy } from "@hotspot-session/client"
import { NodeHotspotSession } from "@hotspot-session/client/node"
import { Demo, Emulator, type Fault } from "@hotspot-session/emulator"
import { Cause, Effect, Exit, Layer, Logger, LogLevel, Metric, Redacted, Stream, Tracer } from "effect"

/** Every way in which an answer can go wrong, those that echo the request's headers among them. */
const faults: ReadonlyArray<Fault.Fault | undefined> = [
  undefined,
  ...[400, 401, 403, 404, 405, 418, 429, 500, 502, 503].flatMap((status) =>
    (["documented", "gateway", "iam", "html", "empty", "truncated", "echo"] as const).map(
      (body): Fault.Fault => ({ kind: "status", status, body })
    )
  ),
  { kind: "reset" },
  { kind: "stall" },
  { kind: "stallBody" },
  { kind: "truncate" },
  { kind: "nulls" },
  { kind: "badJson" },
  { kind: "wrongType" },
  { kind: "ignoreOffset" }
]

const everything = (value: unknown): string =>
  [
    String(value),
    JSON.stringify(value),
    inspect(value, { depth: Number.POSITIVE_INFINITY, showHidden: true, getters: true })
  ].join("\n")

/** Keeps all that the loggers, the tracer and the metrics see. */
const observe = <A, E>(effect: Effect.Effect<A, E>) =>
  Effect.gen(function* () {
    const seen: Array<string> = []
    const note = (value: unknown) => {
      seen.push(everything(value))
    }
    const logger = Logger.make<unknown, void>((options) => {
      note(Logger.stringLogger.log(options))
      note(Logger.jsonLogger.log(options))
      note(Logger.structuredLogger.log(options))
    })
    const native = yield* Effect.tracer
    const tracer = Tracer.make({
      span: (...args) => {
        const span = native.span(...args)
        const attribute = span.attribute.bind(span)
        const event = span.event.bind(span)
        const end = span.end.bind(span)
        return Object.assign(span, {
          attribute: (key: string, value: unknown) => {
            note([key, value])
            attribute(key, value)
          },
          event: (name: string, start: bigint, attributes?: Record<string, unknown>) => {
            note([name, attributes])
            event(name, start, attributes)
          },
          end: (time: bigint, exit: Exit.Exit<unknown, unknown>) => {
            note([...span.attributes])
            note(Exit.isFailure(exit) ? Cause.pretty(exit.cause, { renderErrorCause: true }) : exit)
            end(time, exit)
          }
        })
      },
      context: (f, fiber) => native.context(f, fiber)
    })
    const exit = yield* Effect.exit(effect).pipe(
      Effect.tap((exit) => Effect.logError("the call ended", Exit.isFailure(exit) ? exit.cause : exit)),
      Effect.provide(Logger.replace(Logger.defaultLogger, logger)),
      Logger.withMinimumLogLevel(LogLevel.All),
      Effect.withTracer(tracer)
    )
    note(exit)
    if (Exit.isFailure(exit)) {
      note(Cause.pretty(exit.cause, { renderErrorCause: true }))
      note(Cause.squash(exit.cause))
    }
    note((yield* Metric.snapshot).map(({ metricKey, metricState }) => [metricKey, metricState]))
    return { exit, text: seen.join("\n") }
  })

const canary = "canary-token-7f3a9c1e5b2d4860"

describe("no secret leaves", () => {
  for (const fault of faults) {
    it.scopedLive(`the library: ${fault === undefined ? "success" : JSON.stringify(fault)}`, () =>
      Effect.gen(function* () {
        const emulator = yield* Emulator.make({ count: 30, faults: fault === undefined ? [] : [fault] })
        const secrets = [canary, yield* emulator.issueToken(Demo.projectId)]
        for (const httpClient of [NodeHotspotSession.layerHttpClient(), NodeHttpClient.layerUndici]) {
          for (const secret of secrets) {
            const layer = HotspotSession.layer({
              endpoint: emulator.endpoint,
              retry: RetryPolicy.make({ attempts: 2, baseDelay: "1 millis" }),
              attemptTimeout: "50 millis"
            }).pipe(Layer.provide([httpClient, Credentials.layerToken(Redacted.make(secret))]))
            const { exit, text } = yield* observe(
              Effect.gen(function* () {
                const { listHotspotSessionConfig } = yield* HotspotSession.HotspotSession
                return yield* Stream.runCount(listHotspotSessionConfig.items({ project_id: Demo.projectId, limit: 20 }))
              }).pipe(Effect.provide(layer))
            )
            expect(Exit.isInterrupted(exit)).toBe(false)
            expect(text).toContain("HotspotSession")
            for (const secret of secrets) expect(text).not.toContain(secret)
          }
        }
      })
    )
  }

  const cli = fileURLToPath(new URL("../apps/cli/dist/hotspot-session.js", import.meta.url))

  const run = (args: ReadonlyArray<string>, env: Record<string, string>) =>
    Effect.async<{ code: number | null; text: string }>((resume) => {
      const child = spawn(process.execPath, [cli, ...args], { env: { ...process.env, ...env } })
      let text = ""
      const note = (chunk: Buffer) => {
        text += chunk.toString()
      }
      child.stdout.on("data", note)
      child.stderr.on("data", note)
      child.on("close", (code) => resume(Effect.succeed({ code, text })))
    })

  it.scopedLive(
    "the command line, in every format and with every kind of answer",
    () =>
      Effect.gen(function* () {
        const emulator = yield* Emulator.make()
        const token = yield* emulator.issueToken(Demo.projectId)
        const kinds = faults.filter((fault) => fault === undefined || !("status" in fault) || fault.body === "echo")
        for (const fault of kinds) {
          yield* emulator.clearFaults
          if (fault !== undefined) yield* emulator.inject([fault])
          const { code, text } = yield* run(
            [
              "list",
              "--project-id",
              Demo.projectId,
              "--endpoint",
              emulator.endpoint,
              "--timeout",
              "300ms",
              "-o",
              "json"
            ],
            { HOTSPOT_SESSION_AUTH_TOKEN: token }
          )
          expect(code).not.toBe(70)
          expect(text).not.toBe("")
          expect(text).not.toContain(token)
        }
      }),
    60_000
  )
})
