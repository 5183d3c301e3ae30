import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { describe, expect, it } from "@effect/vitest"
import { Effect, Exit, HashMap, Logger, TestClock } from "effect"
import { reported } from "../src/Otlp.js"

describe("the exporter of traces", () => {
  it.effect("logs the first failure, others once in ten minutes, and the success after them", () =>
    Effect.gen(function* () {
      const lines: Array<string> = []
      const logger = Logger.make(({ annotations, logLevel, message }) => {
        const reason = HashMap.get(annotations, "reason")
        lines.push([logLevel.label, message, ...(reason._tag === "Some" ? [reason.value] : [])].flat().join(" "))
      })
      let status = 0
      const client = reported(
        HttpClient.make((request) =>
          status > 0
            ? Effect.succeed(HttpClientResponse.fromWeb(request, new Response(null, { status })))
            : Effect.fail(
                new HttpClientError.RequestError({
                  request,
                  reason: "Transport",
                  cause: Object.assign(new Error("quotes a canary"), { code: "ECONNREFUSED" })
                })
              )
        )
      )
      const answer = (next: number) =>
        Effect.suspend(() => {
          status = next
          return Effect.exit(client.post("http://collector.example/v1/traces"))
        }).pipe(Effect.provide(Logger.replace(Logger.defaultLogger, logger)))
      yield* answer(200)
      expect(lines).toEqual([])
      expect(Exit.isFailure(yield* answer(0))).toBe(true)
      yield* TestClock.adjust("9 minutes")
      yield* answer(503)
      expect(lines.splice(0)).toEqual(["WARN the collector does not accept traces ECONNREFUSED"])
      yield* TestClock.adjust("1 minute")
      yield* answer(404)
      yield* answer(200)
      yield* answer(200)
      expect(lines.splice(0)).toEqual([
        "WARN the collector does not accept traces status 404",
        "INFO the collector accepts traces again"
      ])
      // One that fails now and then is not named each time.
      yield* answer(503)
      yield* answer(200)
      expect(lines).toEqual([])
    })
  )
})
