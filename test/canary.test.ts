import { subscribe, unsubscribe } from "node:diagnostics_channel"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { inspect } from "node:util"
import * as HttpClient from "@effect/platform/HttpClient"
import { describe, expect, it } from "@effect/vitest"
import {
  Agency,
  Credentials,
  EcsMetadata,
  Federation,
  HotspotSession,
  Iam,
  PodIdentity,
  RetryPolicy
} from "@hotspot-session/client"
import { NodeHotspotSession } from "@hotspot-session/client/node"
import { Demo, Emulator, type Fault } from "@hotspot-session/emulator"
import { Cause, Effect, Exit, Layer, Logger, LogLevel, Metric, Redacted, Stream, Tracer } from "effect"
import { vi } from "vitest"
import { execute as executeBundle, run } from "../apps/cli/test/support.js"
import { keyOf, startCommand, startProcess } from "../apps/http/test/startCommand.js"
import { makeProxy } from "../packages/client/test/proxyServer.js"
import { inTurn, isWhole } from "./runs.js"

/** Every kind of faulty response, including those that echo the request's headers. */
const faults: ReadonlyArray<Fault.Fault | undefined> = [
  undefined,
  ...[400, 401, 403, 404, 405, 418, 429, 500, 502, 503].map(
    (status): Fault.Fault => ({ kind: "status", status, body: "echo" })
  ),
  ...(["documented", "gateway", "iam", "html", "empty", "truncated"] as const).map(
    (body): Fault.Fault => ({ kind: "status", status: 401, body })
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

/** Records the output of loggers, tracer and metrics. */
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
            note([span.name, ...span.attributes])
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
    return { exit, text: seen.join("\n") }
  })

/** All metrics, as everything that could read them would see them. */
const metrics = Effect.map(Metric.snapshot, (all) =>
  everything(all.map(({ metricKey, metricState }) => [metricKey, metricState]))
)

const noteIn = (secrets: Set<string>) => (secret: string | undefined) => {
  if (secret !== undefined && secret !== "") secrets.add(secret)
}

/** The same for requests of undici, whose client is called more directly if no transformation changes it. */
const recordingUndici = (secrets: Set<string>) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const note = noteIn(secrets)
      const sent = { requests: 0 }
      const onSend = (message: unknown) => {
        const { headers } = message as { readonly headers: string }
        sent.requests++
        for (const name of ["x-auth-token", "x-security-token", "x-metadata-token"]) {
          note(new RegExp(`^${name}: (.+)$`, "im").exec(headers)?.[1])
        }
        note(/Signature=(\S+)/.exec(headers)?.[1])
      }
      subscribe("undici:client:sendHeaders", onSend)
      return { onSend, sent }
    }),
    ({ onSend }) => Effect.sync(() => unsubscribe("undici:client:sendHeaders", onSend))
  ).pipe(Effect.map(({ sent }) => sent))

/** Records the secrets that a client sends and receives: signatures, tokens, and the keys of the metadata service. */
const recording = (secrets: Set<string>) => {
  const note = noteIn(secrets)
  return (client: HttpClient.HttpClient) =>
    client.pipe(
      HttpClient.tapRequest(({ headers }) =>
        Effect.sync(() => {
          note(headers["x-auth-token"])
          note(headers["x-security-token"])
          note(headers["x-metadata-token"])
          note(/Signature=(\S+)/.exec(headers["authorization"] ?? "")?.[1])
        })
      ),
      HttpClient.tap((response) =>
        Effect.gen(function* () {
          note(response.headers["x-subject-token"])
          const issuesKeys = /\/(?:securitykey|securitytokens|credentials)$/.test(response.request.url)
          if (!issuesKeys || response.status > 201) return
          // A fault may have damaged the key.
          const text = yield* response.text
          note(/"secret":"([^"]+)"/.exec(text)?.[1])
          note(/"securitytoken":"([^"]+)"/.exec(text)?.[1])
        })
      )
    )
}

const secretKey = "CanarySecretCanarySecretCanarySecret1234"
const password = 'canary-password "7f3a9c1e"'
const wrongToken = "canary-token-7f3a9c1e5b2d4860"
const idToken = "canary.id.token.7f3a9c1e"
const podToken = "canary-pod-token-5b2d4860"
const redisPassword = "canary-redis-4c1d8e7a"
const proxyPassword = "canary/proxy 8e2b"

/** The password as it is, in the URL of a proxy, and in `Proxy-Authorization`. */
const proxySecrets = [
  proxyPassword,
  encodeURIComponent(proxyPassword),
  Buffer.from(`canary:${proxyPassword}`).toString("base64")
]

const proxyUrl = (port: number) => `http://canary:${encodeURIComponent(proxyPassword)}@127.0.0.1:${port}`

/** Credentials of every kind, valid ones and an invalid one, and their secrets. */
const everyKind = Effect.fn(function* (emulator: Emulator.Service) {
  yield* emulator.setPassword(password)
  yield* emulator.addAccessKey("CANARYACCESSKEY00001", secretKey)
  yield* emulator.setIdToken(idToken)
  yield* emulator.setPodToken(podToken)
  const token = yield* emulator.issueToken(Demo.projectId)
  const temporary = yield* emulator.issueTemporaryKey()
  const secrets = new Set([
    secretKey,
    password,
    wrongToken,
    token,
    temporary.secretKey,
    temporary.securityToken,
    idToken,
    podToken
  ])
  const folder = yield* Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "hotspot-session-"))),
    (folder) => Effect.sync(() => rmSync(folder, { recursive: true }))
  )
  const fileOf = (name: string, text: string) => {
    writeFileSync(join(folder, name), `${text}\n`)
    return join(folder, name)
  }
  const podUri = `${emulator.endpoint}/pod-identity/v1/credentials`
  const credentials = {
    "a wrong token": Effect.succeed(Credentials.token(Redacted.make(wrongToken))),
    "a token": Effect.succeed(Credentials.token(Redacted.make(token))),
    "an access key": Effect.succeed(
      Credentials.accessKey({ accessKey: "CANARYACCESSKEY00001", secretKey: Redacted.make(secretKey) })
    ),
    "a temporary key": Effect.succeed(
      Credentials.accessKey({
        accessKey: temporary.accessKey,
        secretKey: Redacted.make(temporary.secretKey),
        securityToken: Redacted.make(temporary.securityToken)
      })
    ),
    "an IAM user": Iam.password({
      domainName: Demo.domainName,
      userName: Demo.userName,
      password: Redacted.make(password),
      project: { id: Demo.projectId },
      endpoint: emulator.endpoint
    }),
    "an ECS agency": EcsMetadata.make(emulator.endpoint),
    "an identity provider": Federation.make({
      idpId: Demo.idpId,
      idToken: Redacted.make(idToken),
      endpoint: emulator.endpoint
    }),
    "an agency": Effect.provideService(
      Agency.make({ agencyName: Demo.agencyName, domainName: Demo.agencyDomainName, endpoint: emulator.endpoint }),
      Credentials.Credentials,
      Credentials.accessKey({ accessKey: "CANARYACCESSKEY00001", secretKey: Redacted.make(secretKey) })
    ),
    "a pod": PodIdentity.make({ uri: podUri, token: Redacted.make(podToken) })
  }
  const environments = {
    "a wrong token": { HOTSPOT_SESSION_AUTH_TOKEN: wrongToken },
    "a token": { HOTSPOT_SESSION_AUTH_TOKEN: token },
    "an access key": { HUAWEICLOUD_SDK_AK: "CANARYACCESSKEY00001", HUAWEICLOUD_SDK_SK: secretKey },
    "a temporary key": {
      HUAWEICLOUD_SDK_AK: temporary.accessKey,
      HUAWEICLOUD_SDK_SK: temporary.secretKey,
      HUAWEICLOUD_SDK_SECURITY_TOKEN: temporary.securityToken
    },
    "an IAM user": { HW_DOMAIN_NAME: Demo.domainName, HW_USER_NAME: Demo.userName, HW_USER_PASSWORD: password },
    "an identity provider": {
      HUAWEICLOUD_SDK_IDP_ID: Demo.idpId,
      HUAWEICLOUD_SDK_ID_TOKEN_FILE: fileOf("id-token", idToken)
    },
    "an ID token in the environment": { HW_ASSUME_ROLE_IDP_ID: "other", HW_ASSUME_ROLE_ID_TOKEN: idToken },
    "an agency": {
      HW_ACCESS_KEY: "CANARYACCESSKEY00001",
      HW_SECRET_KEY: secretKey,
      HW_ASSUME_ROLE_AGENCY_NAME: Demo.agencyName,
      HW_ASSUME_ROLE_DOMAIN_NAME: Demo.agencyDomainName
    },
    "a pod": {
      HC_CONTAINER_CREDENTIALS_FULL_URI: podUri,
      HC_CONTAINER_AUTHORIZATION_TOKEN_FILE: fileOf("pod-token", podToken)
    },
    "half a key": { HUAWEICLOUD_SDK_SK: secretKey },
    "a key that is too long": { HUAWEICLOUD_SDK_AK: "CANARYACCESSKEY00001", HUAWEICLOUD_SDK_SK: `${secretKey}x` }
  }
  return { credentials, environments, secrets }
})

/** Fails with the text before a secret, without the secret itself. */
const expectNone = (text: string, secrets: ReadonlySet<string>) => {
  const leaks = [...secrets]
    .flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)])
    .map((secret) => text.indexOf(secret))
    .filter((at) => at !== -1)
    .map((at) => text.slice(Math.max(0, at - 200), at))
  expect(leaks).toEqual([])
}

/** Runs the bundle of the command line and returns all its output. */
const execute = (args: ReadonlyArray<string>, env: Record<string, string>) =>
  Effect.map(executeBundle(args, env), ({ code, stderr, stdout }) => ({ code, text: stdout + stderr }))

/** The output of the command line, run in this process. */
const executeHere = (args: ReadonlyArray<string>, env: Record<string, string>) =>
  Effect.gen(function* () {
    const logged: Array<string> = []
    for (const method of ["debug", "error", "info", "log", "warn"] as const) {
      const spy = vi.spyOn(console, method).mockImplementation((...values) => void logged.push(values.join(" ")))
      yield* Effect.addFinalizer(() => Effect.sync(() => spy.mockRestore()))
    }
    const { code, stderr, stdout } = yield* run(args, env)
    return { code, text: [stdout, stderr, ...logged].join("\n") }
  }).pipe(Effect.scoped)

describe("no secret leaves", () => {
  for (const [faultIndex, fault] of faults.entries()) {
    it.scopedLive(`the library: ${fault === undefined ? "success" : JSON.stringify(fault)}`, () =>
      Effect.gen(function* () {
        const emulator = yield* Emulator.make({ count: 30 })
        const { credentials, secrets } = yield* everyKind(emulator)
        const iam: ReadonlyArray<Fault.Fault> =
          fault !== undefined && "status" in fault
            ? (["iam", "pod"] as const).map((target) => ({ ...fault, target, times: 1 }))
            : []
        const options: HotspotSession.Options = {
          endpoint: emulator.endpoint,
          retry: RetryPolicy.make({ attempts: 2, baseDelay: "1 millis" }),
          // Long enough for every response that comes.
          attemptTimeout: fault?.kind === "stall" || fault?.kind === "stallBody" ? "10 millis" : "1 second"
        }
        const recorded = Layer.effect(HttpClient.HttpClient, Effect.map(HttpClient.HttpClient, recording(secrets)))
        const clients = [
          HotspotSession.layer(options).pipe(
            Layer.provide(recorded),
            Layer.provide(NodeHotspotSession.layerHttpClient())
          ),
          NodeHotspotSession.layer(options)
        ]
        const sent = yield* recordingUndici(secrets)
        for (const [kindIndex, make] of Object.values(credentials).entries()) {
          // A third of the pairs of fault and credentials, so that each fault and each kind meets several of the others.
          if (!isWhole && kindIndex % 3 !== faultIndex % 3) continue
          for (const client of inTurn(clients, faultIndex + kindIndex)) {
            yield* emulator.clearFaults
            if (fault !== undefined) yield* emulator.inject([...iam, fault])
            const layer = client.pipe(
              Layer.provide(Layer.scoped(Credentials.Credentials, make)),
              Layer.provide(NodeHotspotSession.layerUndici())
            )
            const { exit, text } = yield* observe(
              Effect.gen(function* () {
                const { listHotspotSessionConfig } = yield* HotspotSession.HotspotSession
                return yield* Stream.runCount(listHotspotSessionConfig.items({ project_id: Demo.projectId, limit: 20 }))
              }).pipe(Effect.provide(layer))
            )
            expect(Exit.isInterrupted(exit)).toBe(false)
            expect(text).toContain("HotspotSession")
            expectNone(text, secrets)
          }
        }
        expectNone(yield* metrics, secrets)
        expect(sent.requests).toBeGreaterThan(isWhole ? 2 : 0)
        // Nine kinds hold eight secrets; the rest was seen on the way.
        expect(secrets.size).toBeGreaterThan(isWhole ? 10 : 8)
      })
    )
  }

  const ways: ReadonlyArray<Fault.Fault | undefined> = [
    undefined,
    { kind: "status", status: 401, body: "echo" },
    { kind: "status", status: 401, body: "echo", target: "iam" },
    { kind: "status", status: 401, body: "echo", target: "pod" }
  ]

  it.scopedLive(
    "the command line, with every kind of credentials",
    () =>
      Effect.gen(function* () {
        const emulator = yield* Emulator.make()
        const { environments, secrets } = yield* everyKind(emulator)
        const there = {
          HOTSPOT_SESSION_REGION: "cn-north-4",
          HOTSPOT_SESSION_ENDPOINT: emulator.endpoint,
          HUAWEICLOUD_SDK_IAM_ENDPOINT: emulator.endpoint
        }
        for (const [kind, environment] of Object.entries(environments)) {
          // As a process, the command runs the same code. Two show that nothing is printed besides.
          const cli = (args: ReadonlyArray<string>, asProcess: boolean) =>
            isWhole || (asProcess && kind === "an IAM user")
              ? execute(args, { ...there, ...environment })
              : executeHere(args, { ...there, ...environment })
          const config = yield* cli(["config"], false)
          const isUsable = kind !== "half a key" && kind !== "a key that is too long"
          expect([kind, config.code]).toEqual([kind, isUsable ? 0 : 4])
          expectNone(config.text, secrets)
          yield* emulator.clearFaults
          yield* emulator.inject([{ kind: "status", status: 401, body: "echo" }])
          const doctor = yield* cli(["doctor", "--timeout", "300ms", "--debug"], true)
          expect(doctor.code).toBe(1)
          expectNone(doctor.text, secrets)
          for (const fault of ways) {
            yield* emulator.clearFaults
            if (fault !== undefined) yield* emulator.inject([fault])
            const { code, text } = yield* cli(
              ["list", "--timeout", "300ms", "-o", "json", "--debug"],
              fault === ways[1]
            )
            expect(code).not.toBe(70)
            expect(text).not.toBe("")
            expectNone(text, secrets)
          }
        }
      }),
    60_000
  )

  it.scopedLive("what goes through a proxy, whether it works or not", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.make()
      const secrets = new Set(proxySecrets)
      const proxies = [
        yield* makeProxy({ credentials: `canary:${proxyPassword}` }),
        yield* makeProxy({ credentials: "other:password" }),
        yield* makeProxy({ connectStatus: 502, forwardedResponse: { status: 502, body: "<html>" } }),
        { port: 1 }
      ]
      for (const { port } of proxies) {
        for (const endpoint of [emulator.endpoint, "https://service.invalid"]) {
          for (const layerOf of [NodeHotspotSession.layerHttpClient, NodeHotspotSession.layerUndici]) {
            const client = HotspotSession.layer({ endpoint, retry: RetryPolicy.none }).pipe(
              Layer.provide([
                layerOf({
                  proxy: "environment",
                  environment: { http_proxy: proxyUrl(port), https_proxy: proxyUrl(port) }
                }),
                Credentials.layerToken(Redacted.make(Demo.token))
              ])
            )
            const { exit, text } = yield* observe(
              Effect.flatMap(HotspotSession.HotspotSession, ({ listHotspotSessionConfig }) =>
                listHotspotSessionConfig({ project_id: Demo.projectId })
              ).pipe(Effect.provide(client))
            )
            expect(Exit.isInterrupted(exit)).toBe(false)
            expectNone(text, secrets)
          }
          const environment = {
            HOTSPOT_SESSION_ENDPOINT: endpoint,
            HOTSPOT_SESSION_AUTH_TOKEN: Demo.token,
            HUAWEICLOUD_SDK_PROJECT_ID: Demo.projectId
          }
          for (const argv of [["list", "--debug"], ["list", "-o", "json"], ["doctor"], ["config"]]) {
            const timeout = argv[0] === "config" ? [] : ["--timeout", "100ms"]
            const proxy = { HOTSPOT_SESSION_PROXY: proxyUrl(port) }
            expectNone((yield* executeHere([...argv, ...timeout], { ...environment, ...proxy })).text, secrets)
          }
          const { text } = yield* executeHere(["list", "--proxy", proxyUrl(port)], environment)
          expect(text).toContain("contains a password")
          expectNone(text, secrets)
        }
      }
      expectNone(yield* metrics, secrets)
      for (const wrong of [
        `socks5://${proxyUrl(1).slice(7)}`,
        `${proxyUrl(1)}#@`,
        `http://canary:${proxyPassword}@h`
      ]) {
        const HOTSPOT_SESSION_PROXY = wrong
        const { code, text } = yield* executeHere(["list", "--endpoint", "https://h"], {
          HOTSPOT_SESSION_AUTH_TOKEN: Demo.token,
          HUAWEICLOUD_SDK_PROJECT_ID: Demo.projectId,
          HOTSPOT_SESSION_PROXY
        })
        expect(code).toBe(3)
        expectNone(text, secrets)
      }
    })
  )

  for (const mode of ["pass-through", "own"]) {
    it.scopedLive(
      `the HTTP service, ${mode}`,
      () =>
        Effect.gen(function* () {
          const emulator = yield* Emulator.make()
          const { secrets } = yield* everyKind(emulator)
          const token = yield* emulator.issueToken(Demo.projectId)
          secrets.add(token)
          for (const secret of [redisPassword, ...proxySecrets]) secrets.add(secret)
          const proxy = yield* makeProxy({ credentials: `canary:${proxyPassword}` })
          const answers: Array<string> = []
          const ask = async (endpoint: string, key: string) => {
            for (const fault of faults) {
              await Effect.runPromise(emulator.clearFaults)
              if (fault !== undefined) await Effect.runPromise(emulator.inject([fault]))
              for (const path of [`/v1/${Demo.projectId}/hotspot-session-config`, "/v1/a%00b/hotspot-session-config"]) {
                const answer = await fetch(`${endpoint}${path}`, {
                  headers: mode === "own" ? { "x-api-key": key } : { "x-auth-token": token }
                })
                answers.push(`${answer.status} ${JSON.stringify([...answer.headers])} ${await answer.text()}`)
              }
            }
          }
          const command = (isWhole || mode === "own" ? startProcess : startCommand)(
            [
              ...["--host", "127.0.0.1", "--port", "0", "--credentials", mode, "--timeout", "100ms"],
              // Each fault shall be seen.
              ...["--cache", "off", "--circuit-breaker", "off"]
            ],
            {
              HOTSPOT_SESSION_ENDPOINT: emulator.endpoint,
              HTTP_PROXY: proxyUrl(proxy.port),
              HOTSPOT_SESSION_HTTP_REDIS_URL: `redis://user:${redisPassword}@127.0.0.1:1`,
              HOTSPOT_SESSION_METADATA_ENDPOINT: "off",
              HOTSPOT_SESSION_AUTH_TOKEN: mode === "own" ? token : wrongToken
            }
          )
          yield* Effect.addFinalizer(() => Effect.sync(() => command.kill("SIGKILL")))
          yield* Effect.promise(async () => ask(await command.url, keyOf(command.output.stderr)))
          command.kill("SIGTERM")
          const { code, stderr, stdout } = yield* Effect.promise(() => command.ended)
          const text = stdout + stderr
          expect(code).toBe(0)
          expect(text).toContain("the shared store is unavailable")
          expect(answers).toHaveLength(2 * faults.length)
          expect(proxy.seen.length).toBeGreaterThan(0)
          expectNone(text + answers.join("\n"), secrets)
        }),
      60_000
    )
  }
})
