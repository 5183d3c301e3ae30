import * as HttpClient from "@effect/platform/HttpClient"
import { describe, expect, it } from "@effect/vitest"
import type { Profile } from "@hotspot-session/client"
import { Duration, Effect, Redacted } from "effect"
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
      const target = { projectId: sourced("p"), region: "cn-north-4", iamEndpoint: undefined }
      const error = yield* Effect.flip(credentialsFor(target, user, machine))
      expect(error).toMatchObject({
        _tag: "ConfigurationError",
        message: "No IAM endpoint is set for the user's token (a file)."
      })
      expect(exitCodeOf(error)).toBe(3)
    }).pipe(Effect.provideService(HttpClient.HttpClient, offline))
  )

  it.scoped("is not sent for a project that cannot be one", () =>
    Effect.gen(function* () {
      for (const id of ["", "bad id!"]) {
        const target = { projectId: sourced(id), region: undefined, iamEndpoint: sourced("https://iam.example") }
        const error = yield* Effect.flip(credentialsFor(target, user, machine))
        expect(error).toMatchObject({ message: `The project ID (a file) is not valid: "${id}".` })
      }
    }).pipe(Effect.provideService(HttpClient.HttpClient, offline))
  )

  it.scoped("is used if an IAM endpoint is known", () =>
    Effect.gen(function* () {
      const iamEndpoint = sourced("https://iam.example")
      const { get } = yield* credentialsFor({ projectId: sourced("p"), region: undefined, iamEndpoint }, user, machine)
      expect(Effect.isEffect(get)).toBe(true)
    }).pipe(Effect.provideService(HttpClient.HttpClient, offline))
  )

  it("is not shown", () => {
    const shown = explainCredentials(user)
    expect(shown[0]).toEqual({ setting: "credentials", value: "IAM user", source: "a file" })
    expect(JSON.stringify(shown)).not.toContain(secret)
  })
})

describe("credentials that IAM issues", () => {
  const provider: Profile["credentials"] = {
    _tag: "Federation",
    idpId: sourced("idp"),
    idToken: { _tag: "Value", token: sourced(Redacted.make(secret)) },
    lifetime: sourced(Duration.minutes(15))
  }
  const agency: Profile["credentials"] = {
    _tag: "Agency",
    agencyName: sourced("agency"),
    domainId: sourced("id"),
    base: provider
  }

  it.scoped("are not requested from the cloud's IAM if the endpoint is custom", () =>
    Effect.gen(function* () {
      for (const [credentials, words] of [
        [provider, "the ID token is not sent"],
        [agency, "credentials are not sent"]
      ] as const) {
        const target = { projectId: sourced("p"), region: "cn-north-4", iamEndpoint: undefined }
        const error = yield* Effect.flip(credentialsFor(target, { source: "a file", credentials }, machine))
        expect(error).toMatchObject({ _tag: "ConfigurationError", hint: expect.stringContaining(words) })
      }
    }).pipe(Effect.provideService(HttpClient.HttpClient, offline))
  )

  it("are shown without a secret, with what they are assumed with", () => {
    const shown = explainCredentials({ source: "a file", credentials: agency })
    expect(shown.map(({ setting, value }) => `${setting}: ${value}`)).toEqual([
      "credentials: agency",
      "agency: agency",
      "delegating account ID: id",
      "assumed with: identity provider",
      "identity provider: idp",
      "ID token: ********",
      "lifetime of the key: 900 s"
    ])
  })
})
