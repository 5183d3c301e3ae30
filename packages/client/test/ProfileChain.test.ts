import { mkdtemp, rm, writeFile } from "node:fs/promises"
import * as Net from "node:net"
import { tmpdir, userInfo } from "node:os"
import { join } from "node:path"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { describe, expect, it, vi } from "@effect/vitest"
import {
  Credentials,
  type Environment,
  HotspotSession,
  ProfileChain,
  type ProfileLookup
} from "@hotspot-session/client"
import { NodeHotspotSession, NodeHttp, NodeMachine } from "@hotspot-session/client/node"
import { CredentialsError } from "@hotspot-session/core"
import { Demo, Emulator } from "@hotspot-session/emulator"
import { Context, Effect, Either, Fiber, Layer, Logger, Option, TestClock } from "effect"
import * as FC from "effect/FastCheck"
import { runs } from "../../../test/runs.js"
import { fromCredentialsFile, fromKooCli } from "../src/profile/ProfileFiles.js"
import { type Handler, pause, script, server, shown } from "./support.js"

const home = "/home/someone"
const credentialsPath = `${home}/.huaweicloud/credentials`
const kooCliPath = `${home}/.hcloud/config.json`

/** An access key of 20 characters and a secret key of 40, each made of one letter. */
const ak = (letter: string) => letter.repeat(20)
const sk = (letter: string) => `${letter.repeat(39)}9`

/** A secret key as KooCLI encrypts it. */
const encryptedKey = `${sk("d")}ENCRYPTED+IN+BASE6==`

const sdk = { HUAWEICLOUD_SDK_AK: ak("A"), HUAWEICLOUD_SDK_SK: sk("a") }
const terraform = { HW_ACCESS_KEY: ak("B"), HW_SECRET_KEY: sk("b") }
const credentialsFile = `[basic]\nak = ${ak("C")}\nsk = ${sk("c")}\nproject_id = project-c\niam_endpoint = https://iam.c\n`

const kooCliProfile = (name: string, letter: string, more: object = {}) => ({
  name,
  mode: "AKSK",
  accessKeyId: ak(letter),
  secretAccessKey: sk(letter.toLowerCase()),
  region: `region-${letter.toLowerCase()}`,
  projectId: `project-${letter.toLowerCase()}`,
  ...more
})

const kooCli = (current: string | undefined, ...profiles: ReadonlyArray<object>) =>
  JSON.stringify({ current, profiles })

const securityKey = JSON.stringify({
  credential: {
    access: ak("E"),
    secret: sk("e"),
    securitytoken: "security-token-of-the-ecs",
    expires_at: "2100-01-01T00:00:00.000000Z"
  }
})

/** A metadata service that returns a key. */
const ecs: Handler = ({ url }) =>
  Effect.succeed({ status: 200, body: url.pathname.endsWith("token") ? "metadata-token" : securityKey })

const machine = (environment: Environment = {}, files: Record<string, string> = {}): ProfileChain.Machine => ({
  environment,
  home: Effect.succeedSome(home),
  readFile: (path) => Effect.succeed(Option.fromNullable(files[path]))
})

const withMetadata =
  (handler: Handler) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    Effect.flatMap(server(handler), ({ client }) => Effect.provideService(effect, HttpClient.HttpClient, client))

const resolve = (machine: ProfileChain.Machine, profile?: string, metadata: Handler = script({ status: 404 })) =>
  withMetadata(metadata)(ProfileChain.resolve(machine, profile))

const resolveError = (machine: ProfileChain.Machine, profile?: string, metadata?: Handler) =>
  Effect.flip(resolve(machine, profile, metadata))

describe("the chain", () => {
  const kooCliFile = kooCli("d", kooCliProfile("d", "D"))
  const sources: ReadonlyArray<{
    readonly source: string
    readonly credentials: object
    readonly environment?: Environment
    readonly files?: Record<string, string>
  }> = [
    { source: "environment", credentials: { accessKey: { value: ak("A") } }, environment: sdk },
    { source: "Terraform's environment", credentials: { accessKey: { value: ak("B") } }, environment: terraform },
    {
      source: "~/.huaweicloud/credentials",
      credentials: { accessKey: { value: ak("C") } },
      files: { [credentialsPath]: credentialsFile }
    },
    {
      source: "~/.hcloud/config.json",
      credentials: { accessKey: { value: ak("D") } },
      files: { [kooCliPath]: kooCliFile }
    },
    { source: "ECS metadata service", credentials: { _tag: "EcsMetadata" } }
  ]
  const order = sources.map(({ source }) => source)

  for (const [index, { credentials, source }] of sources.entries()) {
    it.effect(`uses the first source with credentials: ${source}`, () =>
      Effect.gen(function* () {
        const available = sources.slice(index)
        const environment = Object.assign({}, ...available.map(({ environment }) => environment))
        const files = Object.assign({}, ...available.map(({ files }) => files))
        const { skipped, profile } = yield* resolve(machine(environment, files), undefined, ecs)
        expect(profile).toMatchObject({ source, credentials })
        expect(skipped.map(({ source }) => source)).toEqual(order.slice(0, index))
      })
    )
  }

  it.effect("takes project, region and IAM endpoint from the same source, each with its source", () =>
    Effect.gen(function* () {
      const environment = yield* resolve(
        machine({
          ...sdk,
          HUAWEICLOUD_SDK_SECURITY_TOKEN: "security-token-of-a-key",
          HUAWEICLOUD_SDK_PROJECT_ID: "project-a",
          HOTSPOT_SESSION_REGION: "region-a",
          HUAWEICLOUD_SDK_IAM_ENDPOINT: "https://iam.a",
          HW_PROJECT_ID: "project-b",
          HW_REGION_NAME: "region-b"
        })
      )
      expect(environment.profile).toMatchObject({
        credentials: {
          accessKey: { value: ak("A"), source: "environment variable HUAWEICLOUD_SDK_AK" },
          secretKey: { source: "environment variable HUAWEICLOUD_SDK_SK" },
          securityToken: { source: "environment variable HUAWEICLOUD_SDK_SECURITY_TOKEN" }
        },
        projectId: { value: "project-a", source: "environment variable HUAWEICLOUD_SDK_PROJECT_ID" },
        region: { value: "region-a", source: "environment variable HOTSPOT_SESSION_REGION" },
        iamEndpoint: { value: "https://iam.a", source: "environment variable HUAWEICLOUD_SDK_IAM_ENDPOINT" }
      })
      const file = yield* resolve(
        machine({ HUAWEICLOUD_SDK_PROJECT_ID: "project-a" }, { [credentialsPath]: credentialsFile })
      )
      expect(file.profile).toMatchObject({
        projectId: { value: "project-c", source: "project_id in [basic] of ~/.huaweicloud/credentials" },
        iamEndpoint: { value: "https://iam.c", source: "iam_endpoint in [basic] of ~/.huaweicloud/credentials" }
      })
      const koo = yield* resolve(machine({}, { [kooCliPath]: kooCli("d", kooCliProfile("d", "D")) }))
      expect(koo.profile).toMatchObject({
        projectId: { value: "project-d", source: "projectId in profile d of ~/.hcloud/config.json" },
        region: { value: "region-d", source: "region in profile d of ~/.hcloud/config.json" }
      })
    })
  )

  it.effect("uses the KooCLI profile of HW_PROFILE, with the project and region of Terraform's variables", () =>
    Effect.gen(function* () {
      const files = {
        "/shared.json": kooCli("other", kooCliProfile("other", "F"), kooCliProfile("d", "D")),
        [credentialsPath]: credentialsFile
      }
      const environment = { HW_PROFILE: "d", HW_SHARED_CONFIG_FILE: "/shared.json" }
      const plain = yield* resolve(machine(environment, files))
      expect(plain.profile).toMatchObject({ source: "/shared.json", projectId: { value: "project-d" } })
      const replaced = yield* resolve(
        machine({ ...environment, HW_REGION_NAME: "region-b", HW_PROJECT_ID: "project-b" }, files)
      )
      expect(replaced.profile).toMatchObject({
        credentials: { accessKey: { value: ak("D") } },
        projectId: { value: "project-b", source: "environment variable HW_PROJECT_ID" },
        region: { value: "region-b", source: "environment variable HW_REGION_NAME" }
      })
      expect((yield* resolve(machine({ ...environment, ...terraform }, files))).profile.source).toBe(
        "Terraform's environment"
      )
    })
  )

  it.effect("skips incomplete and invalid sources, and lists each in order with the reason", () =>
    Effect.gen(function* () {
      const environment = {
        HUAWEICLOUD_SDK_AK: ak("A"),
        HUAWEICLOUD_SDK_SK: `${sk("a")}\n`,
        HW_USER_NAME: "someone",
        HW_USER_PASSWORD: "password-of-someone"
      }
      const error = yield* resolveError(
        machine(environment, {
          [credentialsPath]: `[basic]\nak = ${ak("C")}\n\n[other]\nsk = ${sk("c")}\n`,
          [kooCliPath]: kooCli("d", kooCliProfile("d", "D", { secretAccessKey: encryptedKey }))
        }),
        undefined,
        script({ status: 200, body: "metadata-token" }, { status: 403, body: "internal-secret-of-the-ecs" })
      )
      // What is asked over the network would not be used.
      expect(error.attempted.map(({ source }) => source)).toEqual(order.slice(0, 4))
      expect(error.attempted.map(({ reason }) => reason)).toEqual([
        "The access key (environment variable HUAWEICLOUD_SDK_AK) is not valid: the secret key contains whitespace or a line break",
        "HW_DOMAIN_NAME is not set",
        "ak is set, but sk is not",
        expect.stringContaining("the keys of profile d are encrypted")
      ])
      for (const { reason } of error.attempted) expect(error.message).toContain(reason)
      for (const secret of [sk("a"), "password-of-someone", sk("c"), sk("d"), "metadata-token", "internal-secret"]) {
        expect(shown(error)).not.toContain(secret)
      }
    })
  )

  it.effect("fails with a hint if no source has credentials", () =>
    Effect.gen(function* () {
      const error = yield* resolveError(machine({ HOTSPOT_SESSION_METADATA_ENDPOINT: "off" }))
      expect(error.message).toBe(
        "No credentials were found: environment: HOTSPOT_SESSION_AUTH_TOKEN, HUAWEICLOUD_SDK_AK and HUAWEICLOUD_SDK_SK not set; Terraform's environment: HW_AUTH_TOKEN, HW_ACCESS_KEY and HW_SECRET_KEY not set; ~/.huaweicloud/credentials: file not found; ~/.hcloud/config.json: file not found; ECS metadata service: disabled by HOTSPOT_SESSION_METADATA_ENDPOINT; pod identity: HC_CONTAINER_CREDENTIALS_FULL_URI and HC_CONTAINER_AUTHORIZATION_TOKEN_FILE not set"
      )
      expect(error.hint).toContain("Set HUAWEICLOUD_SDK_AK and HUAWEICLOUD_SDK_SK")
      expect(error.retryable).toBe(false)
    })
  )

  const incomplete: ReadonlyArray<readonly [what: string, environment: Environment, reason: string]> = [
    ["only an access key", { HUAWEICLOUD_SDK_AK: ak("A") }, "HUAWEICLOUD_SDK_AK is set, but HUAWEICLOUD_SDK_SK is not"],
    ["only a secret key", { HUAWEICLOUD_SDK_SK: sk("a") }, "HUAWEICLOUD_SDK_SK is set, but HUAWEICLOUD_SDK_AK is not"],
    [
      "only a security token",
      { HUAWEICLOUD_SDK_SECURITY_TOKEN: "security-token-of-a-key" },
      "HUAWEICLOUD_SDK_SECURITY_TOKEN is set, but HUAWEICLOUD_SDK_AK and HUAWEICLOUD_SDK_SK are not"
    ],
    ["a blank secret", { ...sdk, HUAWEICLOUD_SDK_SK: " " }, "the secret key is blank"],
    ["a token with a line break", { HOTSPOT_SESSION_AUTH_TOKEN: "token-of-someone\n" }, "line break"],
    ["swapped key and secret", { HUAWEICLOUD_SDK_AK: sk("a"), HUAWEICLOUD_SDK_SK: ak("A") }, "swapped"]
  ]

  for (const [what, environment, reason] of incomplete) {
    it.effect(`uses no other credentials after ${what}, and says why`, () =>
      Effect.gen(function* () {
        const error = yield* resolveError(machine(environment, { [credentialsPath]: credentialsFile }))
        expect(error.refused).toBe(true)
        expect(error.message).toMatch(
          /^The credentials of ~\/\.huaweicloud\/credentials are not used, because of a source that takes precedence: environment: /
        )
        expect(error.message).toContain(reason)
        expect(error.attempted).toHaveLength(1)
        for (const secret of [sk("a"), "security-token-of-a-key", "token-of-someone"]) {
          expect(shown(error)).not.toContain(secret)
        }
      })
    )
  }

  const named: ReadonlyArray<
    readonly [what: string, environment: Environment, files: Record<string, string>, reason: string]
  > = [
    [
      "a file that is missing",
      { HUAWEICLOUD_SDK_CREDENTIALS_FILE: "/prod" },
      {},
      "/prod (environment variable HUAWEICLOUD_SDK_CREDENTIALS_FILE): file not found"
    ],
    [
      "an empty file",
      { HUAWEICLOUD_SDK_CREDENTIALS_FILE: "/prod" },
      { "/prod": "" },
      "/prod (environment variable HUAWEICLOUD_SDK_CREDENTIALS_FILE): no section [basic]"
    ],
    [
      "a file without the section",
      { HUAWEICLOUD_SDK_CREDENTIALS_FILE: "/prod" },
      { "/prod": "[global]\n" },
      "/prod (environment variable HUAWEICLOUD_SDK_CREDENTIALS_FILE): no section [basic], only [global]"
    ],
    [
      "a file that is not filled in",
      { HUAWEICLOUD_SDK_CREDENTIALS_FILE: "/prod" },
      { "/prod": "[basic]\nak =\nsk =\n" },
      "/prod (environment variable HUAWEICLOUD_SDK_CREDENTIALS_FILE): ak and sk not set in [basic]"
    ],
    [
      "a profile that is empty",
      { HW_PROFILE: "d" },
      { [kooCliPath]: kooCli("d", { name: "d" }) },
      "~/.hcloud/config.json (environment variable HW_PROFILE): accessKeyId and secretAccessKey not set in profile d"
    ],
    [
      "a profile without its file",
      { HW_PROFILE: "d" },
      {},
      "~/.hcloud/config.json (environment variable HW_PROFILE): file not found"
    ],
    [
      "a profile that is missing",
      { HW_PROFILE: "d", HW_SHARED_CONFIG_FILE: "/shared.json" },
      { "/shared.json": kooCli("e", kooCliProfile("e", "E")) },
      "/shared.json (environment variables HW_SHARED_CONFIG_FILE and HW_PROFILE): no profile d, only e"
    ],
    [
      "a profile that is encrypted",
      { HW_PROFILE: "d", HW_SHARED_CONFIG_FILE: "/shared.json" },
      { "/shared.json": kooCli("d", kooCliProfile("d", "D", { secretAccessKey: encryptedKey })) },
      "/shared.json (environment variables HW_SHARED_CONFIG_FILE and HW_PROFILE): the keys of profile d are encrypted"
    ]
  ]

  for (const [what, environment, files, reason] of named) {
    it.effect(`uses no other credentials if a variable names ${what}`, () =>
      Effect.gen(function* () {
        const error = yield* resolveError(machine(environment, files), undefined, ecs)
        expect(error.refused).toBe(true)
        expect(error.message).toContain("No credentials were found")
        expect(error.message).toContain(reason)
        // Its credentials would not be used, so it is not asked.
        expect(error.message).not.toContain("ECS metadata service")
      })
    )
  }

  it.effect("names the variable of a metadata service that is not a URL", () =>
    Effect.gen(function* () {
      const error = yield* resolveError(machine({ HOTSPOT_SESSION_METADATA_ENDPOINT: "foo" }))
      expect(error.message).toContain(
        "its endpoint (environment variable HOTSPOT_SESSION_METADATA_ENDPOINT) must be a URL"
      )
    })
  )

  it.effect("uses no other credentials if a file cannot be read", () =>
    Effect.gen(function* () {
      const unreadable = {
        ...machine(),
        readFile: () => Effect.fail({ _tag: "Unreadable" as const, reason: "EACCES" })
      }
      const error = yield* resolveError(unreadable, undefined, ecs)
      expect(error.message).toContain("~/.huaweicloud/credentials: cannot be read: EACCES")
    })
  )

  it.scoped("passes over sections for other tools and encrypted keys with a warning", () =>
    Effect.gen(function* () {
      const warnings: Array<string> = []
      const logger = Logger.make<unknown, void>(({ message }) => {
        warnings.push(String(message))
      })
      const files = {
        [credentialsPath]: `[global]\nak = ${ak("C")}\nsk = ${sk("c")}\n`,
        [kooCliPath]: kooCli("d", kooCliProfile("d", "D", { secretAccessKey: encryptedKey }))
      }
      const context = yield* Layer.build(ProfileChain.layer(machine({}, files))).pipe(
        withMetadata(ecs),
        Effect.provide(Logger.replace(Logger.defaultLogger, logger))
      )
      expect(Context.get(context, Credentials.Credentials)).toBeDefined()
      expect(warnings).toEqual([
        "credentials of ~/.huaweicloud/credentials skipped: no section [basic], only [global]",
        expect.stringContaining("the keys of profile d are encrypted")
      ])
    })
  )

  it.effect("has no use for a KooCLI file without profiles, or whose current profile has no credentials", () =>
    Effect.gen(function* () {
      for (const file of ["{}", kooCli("d", { name: "d", mode: "AKSK", accessKeyId: "", secretAccessKey: "" })]) {
        const { profile } = yield* resolve(machine({}, { [kooCliPath]: file }), undefined, ecs)
        expect(profile.source).toBe("ECS metadata service")
      }
    })
  )

  it.effect("uses no other credentials if [basic] is not filled in", () =>
    Effect.gen(function* () {
      const files = { [credentialsPath]: "[basic]\nak =\nsk =\n", [kooCliPath]: kooCli("d", kooCliProfile("d", "D")) }
      const error = yield* resolveError(machine({}, files), undefined, ecs)
      expect(error).toMatchObject({ refused: true, attempted: [{ reason: "ak and sk not set in [basic]" }] })
    })
  )
})

describe("a user of Terraform's environment", () => {
  const environment = { HW_USER_NAME: Demo.userName, HW_USER_PASSWORD: Demo.password, HW_DOMAIN_NAME: Demo.domainName }

  it.scopedLive("gets a token for the project, or else for the project of the region", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.make()
      for (const target of [{ HW_PROJECT_ID: Demo.projectId }, { HW_REGION_NAME: "ap-southeast-1" }]) {
        const context = yield* Layer.build(
          HotspotSession.layer({ endpoint: emulator.endpoint }).pipe(
            Layer.provide(
              ProfileChain.layer(machine({ ...environment, ...target }), { iamEndpoint: emulator.endpoint })
            ),
            Layer.provide(NodeHotspotSession.layerHttpClient())
          )
        )
        const { listHotspotSessionConfig } = Context.get(context, HotspotSession.HotspotSession)
        expect((yield* listHotspotSessionConfig({ project_id: Demo.projectId })).items).toHaveLength(3)
      }
    })
  )

  it.scoped("fails without a project and a region", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(
        withMetadata(script({ status: 404 }))(Layer.build(ProfileChain.layer(machine(environment))))
      )
      expect(error.message).toBe("No IAM endpoint is set for the credentials of Terraform's environment")
      expect(shown(error)).not.toContain(Demo.password)
    })
  )
})

describe("the client of this machine", () => {
  const variables = {
    HOTSPOT_SESSION_AUTH_TOKEN: "",
    HUAWEICLOUD_SDK_AK: "",
    HUAWEICLOUD_SDK_SK: "",
    HUAWEICLOUD_SDK_SECURITY_TOKEN: "",
    HW_AUTH_TOKEN: "",
    HW_ACCESS_KEY: "",
    HW_SECRET_KEY: "",
    HW_SECURITY_TOKEN: "",
    HW_USER_NAME: "",
    HW_USER_PASSWORD: "",
    HW_DOMAIN_NAME: "",
    HW_PROFILE: "",
    HOME: "/nowhere",
    HOTSPOT_SESSION_METADATA_ENDPOINT: "off"
  }
  const inEnvironment = (more: Environment) => {
    for (const [name, value] of Object.entries({ ...variables, ...more })) vi.stubEnv(name, value)
    return Effect.addFinalizer(() => Effect.sync(() => vi.unstubAllEnvs()))
  }
  const build = (options: Parameters<typeof NodeHotspotSession.layerMachine>[0]) =>
    Effect.map(Layer.build(NodeHotspotSession.layerMachine(options)), Context.get(HotspotSession.HotspotSession))

  it.scopedLive("needs only a region or an endpoint, and requests a user's token from IAM", () =>
    Effect.gen(function* () {
      yield* inEnvironment({
        HW_USER_NAME: Demo.userName,
        HW_USER_PASSWORD: Demo.password,
        HW_DOMAIN_NAME: Demo.domainName
      })
      const { endpoint, requests } = yield* Emulator.make()
      const session = yield* build({ endpoint, iamEndpoint: endpoint, projectId: Demo.projectId })
      expect((yield* session.listHotspotSessionConfig({ project_id: Demo.projectId })).items).toHaveLength(3)
      expect((yield* requests).map(({ method }) => method)).toEqual(["POST", "GET"])
    })
  )

  it.scopedLive("has its credentials in the environment that is given", () =>
    Effect.gen(function* () {
      yield* inEnvironment({ HW_AUTH_TOKEN: "token-of-the-process" })
      const { endpoint } = yield* Emulator.make()
      const session = yield* build({ endpoint, environment: { ...variables, HW_AUTH_TOKEN: Demo.token } })
      expect((yield* session.listHotspotSessionConfig({ project_id: Demo.projectId })).items).toHaveLength(3)
    })
  )

  it.scopedLive("sends a call to its region in the cloud of the credentials, and nothing to another cloud", () =>
    Effect.gen(function* () {
      const internal = "https://workspace.internal.example"
      yield* inEnvironment({
        HW_AUTH_TOKEN: "european-token",
        HW_CLOUD: "myhuaweicloud.eu",
        HUAWEICLOUD_SDK_REGION_WORKSPACEAPP_CN_NORTH_4: internal
      })
      const hosts: Array<string> = []
      const { listHotspotSessionConfig } = yield* build({
        region: "ap-southeast-1",
        regionEndpoint: (region) => (region === "ap-southeast-3" ? "https://gateway.example" : undefined),
        transformClient: () =>
          HttpClient.make((request, { host }) => {
            hosts.push(host)
            return Effect.succeed(HttpClientResponse.fromWeb(request, new Response('{"items":[]}')))
          })
      })
      const list = (options?: HotspotSession.CallOptions) =>
        listHotspotSessionConfig({ project_id: Demo.projectId }, options)
      yield* list()
      for (const region of ["ap-southeast-2", "ap-southeast-3", "cn-north-4"] as const) yield* list({ region })
      expect(hosts).toEqual([
        "workspace.ap-southeast-1.myhuaweicloud.eu",
        "workspace.ap-southeast-2.myhuaweicloud.eu",
        "gateway.example",
        "workspace.internal.example"
      ])
      for (const endpoint of [
        "https://workspace.ap-southeast-1.myhuaweicloud.com",
        "https://a.myhuaweicloud.com:444"
      ]) {
        const error = yield* Effect.flip(list({ endpoint }))
        expect(error).toMatchObject({ _tag: "CredentialsError", refused: true })
        expect(error.message).toContain("(the request) is of myhuaweicloud.com")
      }
      expect(hosts).toHaveLength(4)
      // Without the region, the credentials alone prevent it.
      const client = yield* HotspotSession.make({ region: "ap-southeast-1" }).pipe(
        Effect.provide(ProfileChain.layer(NodeMachine.make()).pipe(Layer.provideMerge(NodeHttp.layer())))
      )
      expect(yield* Effect.flip(client.listHotspotSessionConfig({ project_id: Demo.projectId }))).toMatchObject({
        _tag: "CredentialsError"
      })
    })
  )

  it.scopedLive("sends a token to one cloud: that of its endpoint, else the first that it is sent to", () =>
    Effect.gen(function* () {
      yield* inEnvironment({ HOTSPOT_SESSION_AUTH_TOKEN: "token" })
      const [com, eu] = ["https://workspace.myhuaweicloud.com", "https://workspace.myhuaweicloud.eu"]
      for (const [endpoint, calls] of [
        [eu, [[com, false]]],
        [
          "https://gateway.example",
          [
            [com, true],
            [eu, false],
            [com, true],
            ["https://gateway.example", true]
          ]
        ]
      ] as const) {
        const { listHotspotSessionConfig } = yield* build({
          endpoint,
          transformClient: () =>
            HttpClient.make((request) =>
              Effect.succeed(HttpClientResponse.fromWeb(request, new Response('{"items":[]}')))
            )
        })
        for (const [endpoint, isSent] of calls) {
          const sent = yield* Effect.either(listHotspotSessionConfig({ project_id: Demo.projectId }, { endpoint }))
          expect([endpoint, Either.isRight(sent)]).toEqual([endpoint, isSent])
        }
      }
    })
  )

  it.scopedLive("fails with a ConfigError if an option is of another type", () =>
    Effect.gen(function* () {
      yield* inEnvironment({ HW_AUTH_TOKEN: "token" })
      const errorOf = (options: unknown) => Effect.flip(build(options as never))
      expect(yield* errorOf({ region: "ap-southeast-1", regionEndpoint: "https://gateway.example" })).toMatchObject({
        _op: "InvalidData",
        path: ["regionEndpoint"]
      })
      expect(yield* errorOf({ region: "ap-southeast-1", regionEndpoint: () => "gateway" })).toMatchObject({
        _op: "InvalidData",
        path: ["endpoint"]
      })
      expect(yield* errorOf(undefined)).toMatchObject({ _op: "MissingData", path: ["endpoint"] })
    })
  )

  it.scopedLive("reads the environment when the layer is built, not when it is written", () =>
    Effect.gen(function* () {
      yield* inEnvironment({})
      const written = NodeHotspotSession.layerMachine({ region: "ap-southeast-1" })
      yield* inEnvironment({ HOTSPOT_SESSION_AUTH_TOKEN: "token" })
      yield* Layer.build(written)
    })
  )

  it.scopedLive("fails for an unknown region", () =>
    Effect.gen(function* () {
      yield* inEnvironment({ HOTSPOT_SESSION_AUTH_TOKEN: "token" })
      for (const region of ["eu-nowhere-1", "constructor"]) {
        const error = yield* Effect.flip(build({ region: region as never }))
        expect(error).toMatchObject({ _op: "InvalidData", path: ["region"] })
        expect(String(error)).toContain("must be one of af-north-1")
      }
    })
  )

  it.scopedLive("fails without credentials", () =>
    Effect.gen(function* () {
      yield* inEnvironment({})
      const error = yield* Effect.flip(build({ region: "ap-southeast-1" }))
      expect(error).toMatchObject({ _tag: "CredentialsError" })
      expect(error.message).toContain("No credentials were found")
    })
  )
})

describe("an ambiguous source ends the search", () => {
  const cases: ReadonlyArray<readonly [what: string, machine: ProfileChain.Machine, reason: string]> = [
    [
      "a token and a key in the environment",
      machine({ ...sdk, HOTSPOT_SESSION_AUTH_TOKEN: "token-of-someone" }, { [credentialsPath]: credentialsFile }),
      "HOTSPOT_SESSION_AUTH_TOKEN, HUAWEICLOUD_SDK_AK"
    ],
    [
      "a key and a user in Terraform's environment",
      machine(
        { ...terraform, HW_USER_NAME: "someone", HW_USER_PASSWORD: "password-of-someone", HW_DOMAIN_NAME: "account" },
        { [credentialsPath]: credentialsFile }
      ),
      "HW_ACCESS_KEY, HW_USER_PASSWORD"
    ],
    [
      "two profiles of KooCLI without a current one",
      machine({}, { [kooCliPath]: kooCli(undefined, kooCliProfile("d", "D"), kooCliProfile("f", "F")) }),
      "none of the profiles (d, f) is the current one"
    ],
    [
      "two profiles of KooCLI with the same name",
      machine({}, { [kooCliPath]: kooCli("d", kooCliProfile("d", "D"), kooCliProfile("d", "F")) }),
      "2 profiles are named d"
    ]
  ]

  for (const [what, machine, reason] of cases) {
    it.effect(what, () =>
      Effect.gen(function* () {
        const error = yield* resolveError(machine, undefined, ecs)
        expect(error.message).toContain("ambiguous")
        expect(error.message).toContain(reason)
        expect(error.attempted).toHaveLength(1)
        for (const secret of [sk("a"), sk("b"), sk("d"), "token-of-someone", "password-of-someone"]) {
          expect(shown(error)).not.toContain(secret)
        }
      })
    )
  }

  it.effect("a profile in both files", () =>
    Effect.gen(function* () {
      const files = {
        [credentialsPath]: `[prod]\nak = ${ak("C")}\nsk = ${sk("c")}\n`,
        [kooCliPath]: kooCli("d", kooCliProfile("prod", "D"))
      }
      const error = yield* resolveError(machine(sdk, files), "prod", ecs)
      expect(error.message).toContain("The profile prod is ambiguous")
      expect(error.message).toContain("~/.huaweicloud/credentials and in ~/.hcloud/config.json")
      expect(error.hint).toBe("Rename one of them.")
    })
  )
})

describe("the credentials file", () => {
  const inFile = (text: string) =>
    machine({}, { [credentialsPath]: text, [kooCliPath]: kooCli("d", kooCliProfile("d", "D")) })
  const section = (name: string, letter: string) => `[${name}]\nak = ${ak(letter)}\nsk = ${sk(letter.toLowerCase())}\n`

  it.effect("provides the key of the selected section, with text after headers and names", () =>
    Effect.gen(function* () {
      for (const text of [
        `${section("basic", "C")}${section("global] ; account [x", "F").replace(" [x]", "")}`,
        `${section("global", "F").replace("]", "]  # account")}${section("basic", "C").replace("]", "] ; project")}`,
        `[basic]\nAK: ${ak("C")}\nSk : ${sk("c")}\n[global]\nak = ${ak("F")}\n`,
        `\uFEFF${section("basic", "C")}${section("global", "F")}`.replaceAll("\n", "\r\n"),
        `[DEFAULT]\nsk = ${sk("c")}\n[basic]\nak = ${ak("C")}\n[global]\nak = ${ak("F")}\n`
      ]) {
        const { profile } = yield* resolve(inFile(text), undefined, ecs)
        expect(profile.credentials).toMatchObject({ accessKey: { value: ak("C") } })
        expect(shown(profile)).not.toContain(sk("f"))
      }
    })
  )

  it.effect("fails with the line if it cannot be parsed, and no other credentials are used", () =>
    Effect.gen(function* () {
      const cases: ReadonlyArray<readonly [text: string, line: number]> = [
        [`ak = ${ak("C")}\nsk = ${sk("c")}\n`, 1],
        [`${section("basic", "C")}${sk("f")}\n`, 4],
        [`${section("basic", "C")}[global\nak = ${ak("F")}\n`, 4],
        [`${section("basic", "C")}${section("basic", "F")}`, 4],
        [`${section("basic", "C")}sk = ${sk("f")}\n`, 4],
        [`${section("basic", "C")}security_token = 5%${sk("f")}\n`, 4]
      ]
      for (const [text, line] of cases) {
        for (const profile of [undefined, "basic", "d"]) {
          // An invalid value matters only if its section is selected.
          if (profile === "d" && text.includes("5%")) continue
          const error = yield* resolveError(inFile(text), profile, ecs)
          expect(error).toMatchObject({ refused: true, attempted: [{ source: "~/.huaweicloud/credentials" }] })
          expect(error.attempted[0]?.reason).toMatch(new RegExp(`^line ${line} cannot be parsed: expected `))
          for (const secret of [ak("C"), sk("c"), ak("F"), sk("f")]) expect(shown(error)).not.toContain(secret)
        }
      }
    })
  )

  it.effect("is not read if an earlier source has credentials", () =>
    Effect.gen(function* () {
      const { profile } = yield* resolve(machine(sdk, { [credentialsPath]: "no section" }))
      expect(profile.source).toBe("environment")
    })
  )
})

describe("unsupported settings of other tools", () => {
  const user = { HW_USER_NAME: "someone", HW_USER_PASSWORD: "password-of-someone", HW_DOMAIN_NAME: "account" }
  const { HW_DOMAIN_NAME: _, ...withoutDomain } = user
  const { HW_USER_NAME: __, ...withoutName } = user
  const federated = credentialsFile.replace("[basic]\n", "[basic]\nIdP_ID = idp\n")
  const koo = (more: object) => ({ [kooCliPath]: kooCli("d", kooCliProfile("d", "D", more)) })
  const otherSources = { [credentialsPath]: credentialsFile, ...koo({}) }

  const refused: ReadonlyArray<
    readonly [setting: string, environment: Environment, changes: string, files?: Record<string, string>]
  > = [
    ["OS_AUTH_URL", { ...terraform, OS_AUTH_URL: "https://secret/v3" }, "IAM endpoint"],
    ["OS_PROJECT_ID", { ...terraform, OS_PROJECT_ID: "secret" }, "project"],
    ["OS_PROJECT_ID", { ...terraform, OS_PROJECT_ID: "secret", HW_PROJECT_NAME: "n" }, "project"],
    ["OS_AGENCY_NAME", { ...terraform, OS_AGENCY_NAME: "secret" }, "identity"],
    ["OS_AUTH_TOKEN", { ...terraform, OS_AUTH_TOKEN: "secret" }, "identity"],
    ["HW_USER_ID", { ...withoutName, HW_USER_ID: "secret" }, "identity"],
    ["HW_DOMAIN_ID", { ...withoutDomain, HW_DOMAIN_ID: "secret" }, "identity"],
    ["HUAWEICLOUD_OIDC_AGENCY_URN", { HUAWEICLOUD_OIDC_AGENCY_URN: "secret" }, "identity", {}]
  ]

  for (const [setting, environment, changes, files = otherSources] of refused) {
    const others = Object.keys(environment).filter((name) => name !== setting)
    it.effect(`end the search: ${setting}${others.length === 0 ? "" : ` beside ${others.join(", ")}`}`, () =>
      Effect.gen(function* () {
        const error = yield* resolveError(machine(environment, files), undefined, ecs)
        expect(error.reason).toBe("The credentials cannot be used")
        expect(error.refused).toBe(true)
        expect(error.message).toContain(setting)
        expect(error.message).toContain(`changes the ${changes} and is not supported`)
        expect(error.hint).toBeDefined()
        for (const secret of ["secret", "password-of-someone", sk("a"), sk("b"), sk("c"), sk("d")]) {
          expect(shown(error).replaceAll("secret key", "")).not.toContain(secret)
        }
      })
    )
  }

  const ignored: ReadonlyArray<
    readonly [what: string, environment: Environment, source: string, files?: Record<string, string>]
  > = [
    [
      "of Terraform, if the official SDKs' variables have credentials",
      { ...sdk, HW_AUTH_URL: "https://other/v3", HW_CLOUD: "other", HW_ASSUME_ROLE_IDP_ID: "other" },
      "environment"
    ],
    [
      "of Terraform's target, if Terraform's variables have no credentials",
      { HW_AUTH_URL: "u", HW_CLOUD: "c" },
      "~/.huaweicloud/credentials"
    ],
    ["of a pod, if a file has credentials", { HC_CONTAINER_CREDENTIALS_FULL_URI: "u" }, "~/.huaweicloud/credentials"],
    [
      "of an identity in an unused section",
      {},
      "~/.huaweicloud/credentials",
      {
        [credentialsPath]: `${credentialsFile}[other]\nidp_id = other\n`
      }
    ],
    [
      "of an agency in an unused profile",
      {},
      "~/.hcloud/config.json",
      {
        [kooCliPath]: kooCli("d", kooCliProfile("d", "D"), kooCliProfile("e", "E", { agencyName: "other" }))
      }
    ],
    [
      "that are replaced by supported ones",
      {
        ...terraform,
        HW_AUTH_URL: "https://other/v3",
        HUAWEICLOUD_SDK_IAM_ENDPOINT: "https://other",
        HW_PROJECT_NAME: "other",
        HW_PROJECT_ID: "project-b"
      },
      "Terraform's environment"
    ],
    [
      "with the values that are used anyway",
      {
        ...user,
        HW_REGION_NAME: "ap-southeast-1",
        HW_PROJECT_NAME: "ap-southeast-1",
        HW_AUTH_URL: "https://iam.ap-southeast-1.myhuaweicloud.com:443/v3",
        HW_CLOUD: "myhuaweicloud.com",
        OS_PROJECT_NAME: "ap-southeast-1",
        OS_AUTH_URL: "https://iam.ap-southeast-1.myhuaweicloud.com:443/v3",
        HW_DOMAIN_ID: "account-id"
      },
      "Terraform's environment"
    ],
    [
      "that change neither the identity nor an endpoint",
      {
        ...terraform,
        HW_USER_ID: "other",
        HW_DOMAIN_ID: "other",
        HW_ENTERPRISE_PROJECT_ID: "other",
        HW_INSECURE: "true",
        HW_MAX_RETRIES: "1",
        HUAWEICLOUD_SDK_DOMAIN_ID: "other"
      },
      "Terraform's environment"
    ]
  ]

  for (const [what, environment, source, files = otherSources] of ignored) {
    it.effect(`are ignored: those ${what}`, () =>
      Effect.gen(function* () {
        expect((yield* resolve(machine(environment, files))).profile.source).toBe(source)
      })
    )
  }

  it.effect("are reported together, after the broken sources before them", () =>
    Effect.gen(function* () {
      const error = yield* resolveError(
        machine({ HUAWEICLOUD_SDK_AK: ak("A"), ...user, OS_AUTH_URL: "other", OS_PROJECT_NAME: "other" })
      )
      expect(error.attempted).toEqual([
        { source: "environment", reason: "HUAWEICLOUD_SDK_AK is set, but HUAWEICLOUD_SDK_SK is not" },
        {
          source: "Terraform's environment",
          reason:
            "OS_PROJECT_NAME is set, which changes the project and is not supported; OS_AUTH_URL is set, which changes the IAM endpoint and is not supported"
        }
      ])
    })
  )

  it.effect("are ignored for a profile by name, except its own", () =>
    Effect.gen(function* () {
      const environment = { ...terraform, HW_CLOUD: "other", HUAWEICLOUD_SDK_IDP_ID: "other" }
      expect((yield* resolve(machine(environment, otherSources), "basic")).profile.source).toBe(
        "~/.huaweicloud/credentials"
      )
      const error = yield* resolveError(machine({}, { [credentialsPath]: federated, ...koo({}) }), "basic")
      expect(error.message).toContain("The profile basic cannot be used: ~/.huaweicloud/credentials: idp_id in [basic]")
    })
  )
})

describe("Terraform's shared file", () => {
  const path = "/shared.json"
  const files = {
    [path]: kooCli("e", kooCliProfile("d", "D"), kooCliProfile("e", "E")),
    [credentialsPath]: credentialsFile
  }

  it.effect("provides the current profile if none is named", () =>
    Effect.gen(function* () {
      const { profile } = yield* resolve(machine({ HW_SHARED_CONFIG_FILE: path, HW_REGION_NAME: "region-b" }, files))
      expect(profile).toMatchObject({
        source: path,
        credentials: { accessKey: { value: ak("E") } },
        region: { value: "region-b" }
      })
    })
  )

  it.effect("fails without a current profile, without a file and if it cannot be parsed", () =>
    Effect.gen(function* () {
      const environment = { HW_SHARED_CONFIG_FILE: path }
      const none = { [path]: kooCli(undefined, kooCliProfile("d", "D"), kooCliProfile("e", "E")) }
      expect((yield* resolveError(machine(environment, none))).message).toContain("select one with HW_PROFILE")
      expect((yield* resolveError(machine(environment, { [path]: "{" }))).message).toContain("not valid KooCLI JSON")
      const error = yield* resolveError(machine(environment, { [credentialsPath]: credentialsFile }))
      expect(error.message).toContain(`${path} (environment variable HW_SHARED_CONFIG_FILE): file not found`)
    })
  )
})

describe("a profile by name", () => {
  const files = {
    [credentialsPath]: `${credentialsFile}\n[my.profile]\nak = ${ak("F")}\nsk = ${sk("f")}\n`,
    [kooCliPath]: kooCli("d", kooCliProfile("d", "D"), kooCliProfile("e", "E"))
  }

  it.effect("is used, whatever the environment has", () =>
    Effect.gen(function* () {
      for (const [name, letter] of [
        ["basic", "C"],
        ["my.profile", "F"],
        ["d", "D"],
        ["e", "E"]
      ] as const) {
        const { profile } = yield* resolve(machine(sdk, files), name)
        expect(profile.credentials).toMatchObject({ accessKey: { value: ak(letter) } })
      }
    })
  )

  it.effect("is not replaced by one of the other file if it has no credentials", () =>
    Effect.gen(function* () {
      const files = { [credentialsPath]: "[d]\nak =\nsk =\n", [kooCliPath]: kooCli("d", kooCliProfile("d", "D")) }
      const error = yield* resolveError(machine({}, files), "d", ecs)
      expect(error).toMatchObject({ refused: true, reason: "The profile d cannot be used" })
      expect(error.message).toContain("ak and sk not set in [d]")
    })
  )

  it.effect("is refused if Terraform's variables name an agency, which it would not assume", () =>
    Effect.gen(function* () {
      const role = { HW_ASSUME_ROLE_AGENCY_NAME: "a", HW_ASSUME_ROLE_DOMAIN_NAME: "d" }
      for (const name of ["basic", "d"]) {
        const error = yield* resolveError(machine(role, files), name)
        expect(error).toMatchObject({ refused: true, reason: `The profile ${name} cannot be used` })
        expect(error.message).toContain("HW_ASSUME_ROLE_AGENCY_NAME is set, which is for")
        expect(error.hint).toContain("Unset HW_ASSUME_ROLE_AGENCY_NAME")
      }
    })
  )

  it.effect("fails with the names of the existing profiles if it does not exist, and uses no other credentials", () =>
    Effect.gen(function* () {
      const error = yield* resolveError(machine(sdk, files), "nowhere", ecs)
      expect(error.message).toBe(
        "The profile nowhere cannot be used: ~/.huaweicloud/credentials: no section [nowhere], only [basic], [my.profile]; ~/.hcloud/config.json: no profile nowhere, only d, e"
      )
    })
  )
})

describe("KooCLI's file", () => {
  const lookup = (text: string, name?: string) => fromKooCli(text, "config.json", name)
  const reasonOf = (lookup: ProfileLookup) =>
    Either.match(lookup, { onLeft: ({ reason }) => reason, onRight: () => "none" })

  it("is skipped with a hint if its keys are encrypted", () => {
    for (const encrypted of [
      { accessKeyId: "MDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDA=" },
      { secretAccessKey: "MDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAw" }
    ]) {
      const reason = reasonOf(lookup(kooCli("d", kooCliProfile("d", "D", encrypted))))
      expect(reason).toContain("encrypted")
      expect(reason).toContain("--cli-auth-encrypt=false")
      for (const value of Object.values(encrypted)) expect(reason).not.toContain(value)
    }
  })

  it.effect("fails with the problem of unencrypted invalid keys", () =>
    Effect.gen(function* () {
      for (const [damaged, words] of [
        [sk("d").slice(1), "39 characters"],
        [`${sk("d")}d`, "41 characters"],
        [`${sk("d")}123456789`, "49 characters"],
        [`${sk("d")}\n`, "whitespace"],
        ["", "secretAccessKey is not"]
      ] as const) {
        const file = kooCli("d", kooCliProfile("d", "D", { secretAccessKey: damaged }))
        const error = yield* resolveError(machine({}, { [kooCliPath]: file }), undefined, ecs)
        expect(error.refused).toBe(true)
        expect(error.message).toContain(words)
        expect(shown(error)).not.toContain(sk("d").slice(1))
      }
    })
  )

  it("provides its only profile if there is no current one", () => {
    for (const current of [undefined, ""]) {
      expect(Either.isRight(lookup(kooCli(current, kooCliProfile("d", "D"))))).toBe(true)
    }
  })

  it("is skipped without such a profile, without any profile, and for another mode", () => {
    expect(reasonOf(lookup("{}"))).toBe("no profiles")
    expect(reasonOf(lookup("[]"))).toBe("not valid KooCLI JSON")
    expect(reasonOf(lookup(kooCli("x", kooCliProfile("d", "D"))))).toBe("no profile x, only d")
    expect(reasonOf(lookup(kooCli("d", kooCliProfile("d", "D", { mode: "SSO" }))))).toContain("SSO")
  })

  it.effect("is not skipped for other credentials if it cannot be parsed or has a mode that only KooCLI supports", () =>
    Effect.gen(function* () {
      for (const [file, words] of [
        ["{", "not valid KooCLI JSON"],
        [kooCli("d", kooCliProfile("d", "D", { mode: "SSO" })), "profile d uses SSO"],
        [kooCli("d", kooCliProfile("d", "D", { mode: "agency" })), "profile d uses agency"]
      ] as const) {
        const error = yield* resolveError(machine({}, { [kooCliPath]: file }), undefined, ecs)
        expect(error.message).toContain(words)
        expect(error.refused).toBe(true)
      }
    })
  )

  it.effect("may select the agency of an ECS, unless the metadata service is disabled", () =>
    Effect.gen(function* () {
      const files = { [kooCliPath]: kooCli("d", { name: "d", mode: "ecsAgency", region: "region-d" }) }
      const { profile } = yield* resolve(machine({}, files), undefined, ecs)
      expect(profile).toMatchObject({ credentials: { _tag: "EcsMetadata" }, region: { value: "region-d" } })
      const error = yield* resolveError(machine({ HOTSPOT_SESSION_METADATA_ENDPOINT: "off" }, files))
      expect(error.attempted[3]?.reason).toContain("HOTSPOT_SESSION_METADATA_ENDPOINT")
    })
  )
})

describe("parsing any file", () => {
  const names = FC.constantFrom("current", "profiles", "name", "mode", "accessKeyId", "secretAccessKey", "toString")
  const json = FC.oneof(
    FC.json(),
    FC.record({ current: FC.jsonValue(), profiles: FC.array(FC.dictionary(names, FC.jsonValue())) }).map((value) =>
      JSON.stringify(value)
    )
  )
  const line = FC.oneof(
    FC.string(),
    FC.constantFrom("[basic]", "[a.b]", "ak=1", "[__proto__]", "'null'=1", "a=1\n[a]", "['{}']", "sk[]=1", "\uFEFF"),
    FC.json().map((json) => `'${json}' = ${json}`),
    FC.json().map((json) => `[${json}]`)
  )
  const anything = FC.oneof(FC.string(), FC.fullUnicodeString(), json)
  const expectEither = (lookup: ProfileLookup) => {
    expect(Either.isEither(lookup)).toBe(true)
  }

  it.prop(
    "of KooCLI never throws",
    [anything, FC.option(FC.string(), { nil: undefined })],
    ([text, name]) => expectEither(fromKooCli(text, "config.json", name)),
    { fastCheck: { numRuns: runs(400) } }
  )

  it.prop(
    "of the official SDKs never throws",
    [
      FC.oneof(
        anything,
        FC.array(line).map((lines) => lines.join("\n"))
      ),
      FC.option(FC.string(), { nil: undefined })
    ],
    ([text, section]) => expectEither(fromCredentialsFile(text, "credentials", section)),
    { fastCheck: { numRuns: runs(400) } }
  )

  it("does not throw for inputs that have caused failures before", () => {
    for (const text of [
      "'null'=1",
      "'{\"length\":5}'=1",
      "a=1\n[a]\nb=2",
      `'${"[".repeat(20_000)}${"]".repeat(20_000)}'=1`
    ]) {
      expectEither(fromCredentialsFile(text, "credentials"))
    }
    for (const name of ['{"toString":1,"valueOf":1}', `${"[".repeat(20_000)}${"]".repeat(20_000)}`]) {
      expectEither(fromKooCli(`{"profiles":[{"name":${name}},{"name":${name}}]}`, "config.json"))
      expectEither(fromKooCli(`{"current":"d","profiles":[{"name":"d","mode":${name}}]}`, "config.json"))
    }
  })
})

describe("this machine", () => {
  const directory = Effect.acquireRelease(
    Effect.promise(() => mkdtemp(join(tmpdir(), "hotspot-session-"))),
    (path) => Effect.promise(() => rm(path, { recursive: true }))
  )

  it.scopedLive("has readable, missing and unreadable files", () =>
    Effect.gen(function* () {
      const path = yield* directory
      const { readFile } = NodeMachine.make({})
      yield* Effect.promise(() => writeFile(join(path, "file"), "\uFEFF[basic]\r\nak = 1\r\n"))
      expect(yield* readFile(join(path, "file"))).toEqual(Option.some("[basic]\nak = 1\n"))
      expect(yield* readFile(join(path, "none"))).toEqual(Option.none())
      expect(yield* readFile(join(path, "file", "below"))).toEqual(Option.none())
      expect(yield* Effect.flip(readFile(path))).toEqual({ _tag: "Unreadable", reason: "EISDIR" })
      expect(yield* Effect.flip(readFile("nul\0byte"))).toEqual({
        _tag: "Unreadable",
        reason: "ERR_INVALID_ARG_VALUE"
      })
    })
  )

  it.effect("has the home directory of the environment, or else of the system", () =>
    Effect.gen(function* () {
      const homeIn = (environment: Environment) => NodeMachine.make(environment).home
      const systems = Option.some(userInfo().homedir)
      expect(yield* homeIn({ HOME: "/home/a", USERPROFILE: "C:\\Users\\a" })).toEqual(Option.some("/home/a"))
      expect(yield* homeIn({ USERPROFILE: "C:\\Users\\a" })).toEqual(Option.some("C:\\Users\\a"))
      expect(yield* homeIn({})).toEqual(systems)
      expect(yield* homeIn({ HOME: "", USERPROFILE: "" })).toEqual(systems)
    })
  )

  it.effect("has no home directory if the system does not know the user", () =>
    Effect.gen(function* () {
      const noHome = { ...machine(), home: Effect.succeedNone }
      const { attempted } = yield* resolveError(noHome)
      const reasons = attempted.filter(({ source }) => source.startsWith("~")).map(({ reason }) => reason)
      expect(reasons).toEqual(["no home directory", "no home directory"])
      const named = { ...noHome, environment: { HUAWEICLOUD_SDK_CREDENTIALS_FILE: "/etc/credentials" } }
      const { profile } = yield* resolve({
        ...named,
        readFile: (path) => Effect.succeed(path === "/etc/credentials" ? Option.some(credentialsFile) : Option.none())
      })
      expect(profile.source).toBe("/etc/credentials")
    })
  )

  it.scopedLive("skips a home directory that does not exist, with the reason if the user can correct it", () =>
    Effect.gen(function* () {
      const folder = yield* directory
      yield* Effect.promise(() => writeFile(join(folder, "file"), ""))
      const reasonsIn = (HOME: string) =>
        Effect.map(
          resolveError(NodeMachine.make({ HOME, HOTSPOT_SESSION_METADATA_ENDPOINT: "off" })),
          ({ attempted }) =>
            new Set(attempted.filter(({ source }) => source.startsWith("~")).map(({ reason }) => reason))
        )
      for (const path of ["/nonexistent", "/dev/null", join(folder, "file"), "not-here"]) {
        expect(yield* reasonsIn(path)).toEqual(new Set(["file not found"]))
      }
      expect(yield* reasonsIn("nul\0byte")).toEqual(new Set(["cannot be read: ERR_INVALID_ARG_VALUE"]))
    })
  )

  it.scoped("fails within three seconds, as unavailable, if the metadata service accepts connections only", () =>
    Effect.gen(function* () {
      const sockets = new Set<Net.Socket>()
      const unresponsive = yield* Effect.acquireRelease(
        Effect.async<Net.Server>((resume) => {
          const server = Net.createServer((socket) => sockets.add(socket.on("error", () => {})))
          server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
        }),
        (server) =>
          Effect.sync(() => {
            for (const socket of sockets) socket.destroy()
            server.close()
          })
      )
      const endpoint = `http://127.0.0.1:${(unresponsive.address() as Net.AddressInfo).port}`
      const environment = { HOME: yield* directory, HOTSPOT_SESSION_METADATA_ENDPOINT: endpoint }
      const fiber = yield* ProfileChain.resolve(NodeMachine.make(environment)).pipe(
        Effect.flip,
        Effect.provide(NodeHotspotSession.layerHttpClient()),
        Effect.fork
      )
      yield* Effect.repeat(pause, { until: () => sockets.size > 0 })
      yield* TestClock.adjust("3 seconds")
      const error = yield* Fiber.join(fiber)
      expect(error).toBeInstanceOf(CredentialsError)
      expect(error).toMatchObject({ reason: "The ECS metadata service cannot be used now", unavailable: true })
      expect(error.attempted.at(-1)?.reason).toContain("no response within")
      expect(error.hint).toContain("HOTSPOT_SESSION_METADATA_ENDPOINT to off")
    })
  )

  it.scopedLive("has no credentials if the metadata service accepts no connection", () =>
    Effect.gen(function* () {
      const environment = { HOME: yield* directory, HOTSPOT_SESSION_METADATA_ENDPOINT: "http://127.0.0.1:9" }
      const error = yield* Effect.flip(ProfileChain.resolve(NodeMachine.make(environment))).pipe(
        Effect.provide(NodeHotspotSession.layerHttpClient())
      )
      expect(error).toMatchObject({ reason: "No credentials were found", unavailable: false })
      expect(error.attempted.at(-2)?.reason).toContain("ECONNREFUSED 127.0.0.1:9; not an ECS")
      expect(error.hint).toContain("Set HUAWEICLOUD_SDK_AK")
    })
  )
})
