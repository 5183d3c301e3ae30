import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { describe, expect, it } from "@effect/vitest"
import { Credentials } from "@hotspot-session/client"
import { Clock, Duration, Effect, Fiber, Option, Redacted, TestClock } from "effect"
import { findProject } from "../src/ProjectLookup.js"
import { findProfile } from "../src/TargetProfile.js"

const offline = Effect.provideService(
  HttpClient.HttpClient,
  HttpClient.make(() => Effect.die("unexpected request"))
)

const machine = {
  environment: { HOTSPOT_SESSION_METADATA_ENDPOINT: "off" },
  home: Effect.succeedSome("/home/u"),
  readFile: (path: string) =>
    Effect.succeed(
      path.endsWith("/.huaweicloud/credentials") ? Option.some("[production]\nak = a\nsk = b\n") : Option.none()
    )
}

describe("a profile", () => {
  it.effect("that does not exist suggests the nearest one", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(findProfile({ profile: "prodution" }, machine))
      expect(error._tag === "CredentialsError" && error.hint).toMatch(/^Did you mean production\? /)
    }).pipe(offline)
  )

  it.effect("is not looked up if the endpoint cannot be used", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(findProfile({ endpoint: "nowhere", profile: "prodution" }, machine))
      expect(error._tag).toBe("ConfigurationError")
    }).pipe(offline)
  )
})

describe("a project", () => {
  const sourced = (value: string) => ({ value, source: "option --project-id" })
  const credentials = Credentials.token(Redacted.make("t"))
  const find = (...[target, iam]: [Parameters<typeof findProject>[0], Parameters<typeof findProject>[1]]) =>
    findProject(target, iam, credentials, Duration.seconds(1))

  it.effect("is the configured one, if its ID is valid", () =>
    Effect.gen(function* () {
      expect(yield* find({ projectId: sourced("p-1_2"), region: undefined }, undefined)).toBe("p-1_2")
      const error = yield* Effect.flip(find({ projectId: sourced("a/b"), region: undefined }, undefined))
      expect(error.message).toBe('The project ID (option --project-id) is not valid: "a/b".')
    }).pipe(offline)
  )

  it.effect("cannot be looked up without a region and an IAM endpoint", () =>
    Effect.gen(function* () {
      const iam = sourced("https://iam.example")
      const noRegion = yield* Effect.flip(find({ projectId: undefined, region: undefined }, iam))
      expect(noRegion.message).toBe("No project ID is set, and no region to look it up by.")
      const noIam = yield* Effect.flip(find({ projectId: undefined, region: sourced("cn-north-4") }, undefined))
      expect(noIam.message).toBe("No project ID is set, and no IAM endpoint to look it up by.")
    }).pipe(offline)
  )

  it.effect("is looked up again as late as a 429 asks, at most four times", () =>
    Effect.gen(function* () {
      const sent: Array<number> = []
      const throttled = HttpClient.make((request) =>
        Effect.map(Clock.currentTimeMillis, (now) => {
          sent.push(now)
          const response = new Response("{}", { status: 429, headers: { "retry-after": "7" } })
          return HttpClientResponse.fromWeb(request, response)
        })
      )
      const target = { projectId: undefined, region: sourced("cn-north-4") }
      const fiber = yield* findProject(target, sourced("https://iam.example"), credentials, Duration.minutes(2)).pipe(
        Effect.provideService(HttpClient.HttpClient, throttled),
        Effect.flip,
        Effect.fork
      )
      yield* TestClock.adjust("1 minute")
      expect((yield* Fiber.join(fiber))._tag).toBe("TooManyRequests")
      expect(sent).toEqual([0, 7000, 14_000, 21_000])
    })
  )
})
