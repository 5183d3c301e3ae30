import { HttpClient, HttpClientResponse } from "@effect/platform"
import { describe, expect, it, vi } from "@effect/vitest"
import { Credentials, HotspotSession, RetryPolicy } from "@hotspot-session/client"
import { Effect, Redacted } from "effect"

describe("setting the machine's clock during a call", () => {
  for (const [direction, change] of [
    ["back", -3_600_000],
    ["forward", 3_600_000]
  ] as const) {
    it.live(`${direction} changes neither its time limit nor its retries`, () =>
      Effect.gen(function* () {
        let attempts = 0
        const http = HttpClient.make((request) =>
          Effect.suspend(() => {
            attempts++
            if (attempts > 1) return Effect.never
            const now = Date.now
            vi.spyOn(Date, "now").mockImplementation(() => now() + change)
            return Effect.succeed(HttpClientResponse.fromWeb(request, new Response("{}", { status: 503 })))
          })
        )
        const { listHotspotSessionConfig } = yield* HotspotSession.make({
          region: "ap-southeast-1",
          timeout: "300 millis",
          retry: RetryPolicy.make({ baseDelay: 0 })
        }).pipe(
          Effect.provideService(HttpClient.HttpClient, http),
          Effect.provideService(Credentials.Credentials, Credentials.token(Redacted.make("token")))
        )
        const error = yield* Effect.flip(listHotspotSessionConfig({ project_id: "p" }))
        expect(error).toMatchObject({ _tag: "TransportError", reason: "deadline" })
        expect(attempts).toBe(2)
      }).pipe(Effect.timeout("5 seconds"), Effect.ensuring(Effect.sync(() => vi.restoreAllMocks())))
    )
  }
})
