import * as HttpClient from "@effect/platform/HttpClient"
import { describe, expect, it } from "@effect/vitest"
import type { Profile } from "@hotspot-session/client"
import { Effect, Redacted } from "effect"
import { exitCodeOf } from "../src/ExitCode.js"
import { explainCredentials } from "../src/ExplainedSetting.js"
import { credentialsFor } from "../src/TargetCredentials.js"

const sourced = <A>(value: A) => ({ value, source: "a file" })

const secret = "canary-password"

const user: Profile = {
  source: "a file",
  credentials: {
    _tag: "Password",
    domainName: sourced("domain"),
    userName: sourced("user"),
    password: sourced(Redacted.make(secret))
  }
}

const machine = { environment: {}, home: Effect.succeedNone, readFile: () => Effect.succeedNone }

const offline = HttpClient.make(() => Effect.die("unexpected request"))

describe("a user's password", () => {
  it.scoped("is not sent to the cloud's IAM if the endpoint is custom", () =>
    Effect.gen(function* () {
      const target = { projectId: "p", region: "cn-north-4", iamEndpoint: undefined }
      const error = yield* Effect.flip(credentialsFor(target, user, machine))
      expect(error).toMatchObject({
        _tag: "ConfigurationError",
        message: "No IAM endpoint is set for the user's token (a file)."
      })
      expect(exitCodeOf(error)).toBe(3)
    }).pipe(Effect.provideService(HttpClient.HttpClient, offline))
  )

  it.scoped("is used if an IAM endpoint is known", () =>
    Effect.gen(function* () {
      const iamEndpoint = sourced("https://iam.example")
      const { get } = yield* credentialsFor({ projectId: "p", region: undefined, iamEndpoint }, user, machine)
      expect(Effect.isEffect(get)).toBe(true)
    }).pipe(Effect.provideService(HttpClient.HttpClient, offline))
  )

  it("is not shown", () => {
    const shown = explainCredentials(user)
    expect(shown[0]).toEqual({ setting: "credentials", value: "IAM user", source: "a file" })
    expect(JSON.stringify(shown)).not.toContain(secret)
  })
})
