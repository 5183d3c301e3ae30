import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import { Demo, Emulator } from "@hotspot-session/emulator"
import { Effect } from "effect"
import { makeProxy } from "../../../packages/client/test/proxyServer.js"
import { run } from "./support.js"

/** A home directory with the given files. */
const homeWith = (files: Record<string, string>) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const home = mkdtempSync(join(tmpdir(), "hotspot-session-"))
      for (const [name, text] of Object.entries(files)) {
        mkdirSync(dirname(join(home, name)), { recursive: true })
        writeFileSync(join(home, name), text, { mode: 0o600 })
      }
      return home
    }),
    (home) => Effect.sync(() => rmSync(home, { recursive: true }))
  )

const credentialsFile = `[basic]
ak = ${Demo.accessKey}
sk = ${Demo.secretKey}
project_id = ${Demo.projectId}

[other]
ak = ${Demo.temporaryKey.accessKey}
sk = ${Demo.temporaryKey.secretKey}
security_token = ${Demo.temporaryKey.securityToken}
`

const kooCli = JSON.stringify({
  current: "default",
  profiles: [
    {
      name: "default",
      mode: "AKSK",
      accessKeyId: Demo.accessKey,
      secretAccessKey: Demo.secretKey,
      region: "ap-southeast-1",
      projectId: Demo.projectId
    },
    {
      name: "encrypted",
      mode: "AKSK",
      accessKeyId: "c2VjcmV0".repeat(8),
      secretAccessKey: "ZW5jcnlwdGVk".repeat(8),
      region: "cn-north-4"
    }
  ]
})

const secrets = [
  Demo.secretKey,
  Demo.temporaryKey.secretKey,
  Demo.temporaryKey.securityToken,
  "top-secret-token",
  Demo.password
]

const golden = (name: string, text: string) => expect(text).toMatchFileSnapshot(`./golden/${name}`)

const cases: ReadonlyArray<
  readonly [
    name: string,
    argv: ReadonlyArray<string>,
    files: Record<string, string>,
    environment: Record<string, string>
  ]
> = [
  ["nothing", [], {}, {}],
  ["token", ["--region", "cn-north-4"], {}, { HOTSPOT_SESSION_AUTH_TOKEN: "top-secret-token" }],
  [
    "access-key",
    [],
    {},
    {
      HUAWEICLOUD_SDK_AK: Demo.accessKey,
      HUAWEICLOUD_SDK_SK: Demo.secretKey,
      HUAWEICLOUD_SDK_PROJECT_ID: Demo.projectId,
      HOTSPOT_SESSION_REGION: "ap-southeast-1",
      HUAWEICLOUD_SDK_REGION_WORKSPACEAPP_AP_SOUTHEAST_1: "https://workspace.example, https://other.example"
    }
  ],
  ["credentials-file", ["--endpoint", "http://127.0.0.1:8080"], { ".huaweicloud/credentials": credentialsFile }, {}],
  [
    "profile",
    ["--profile", "other"],
    { ".huaweicloud/credentials": credentialsFile, ".hcloud/config.json": kooCli },
    {}
  ],
  ["koocli", [], { ".hcloud/config.json": kooCli }, {}],
  ["koocli-encrypted", ["--profile", "encrypted"], { ".hcloud/config.json": kooCli }, {}],
  [
    "terraform-user",
    [],
    {},
    {
      HW_USER_NAME: Demo.userName,
      HW_USER_PASSWORD: Demo.password,
      HW_DOMAIN_NAME: Demo.domainName,
      HW_REGION_NAME: "tr-west-1"
    }
  ]
]

describe("hotspot-session config", () => {
  for (const [name, argv, files, environment] of cases) {
    it.scopedLive(`shows each setting and its source: ${name}`, () =>
      Effect.gen(function* () {
        const HOME = yield* homeWith(files)
        const text = yield* run(["config", ...argv], { HOME, ...environment })
        expect(text.code).toBe(name === "koocli-encrypted" ? 4 : 0)
        yield* Effect.promise(() => golden(`config.${name}.txt`, text.stdout + text.stderr))
        const json = yield* run(["config", ...argv, "-o", "json"], { HOME, ...environment })
        expect(JSON.parse(json.stdout)).toHaveProperty("settings")
        for (const secret of secrets) expect(text.stdout + json.stdout).not.toContain(secret)
      })
    )
  }
})

describe("credentials", () => {
  it.scopedLive("of each kind are accepted, and the project is looked up by region", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.make()
      const home = yield* homeWith({ ".huaweicloud/credentials": credentialsFile })
      const endpoints = { HOTSPOT_SESSION_ENDPOINT: emulator.endpoint, HUAWEICLOUD_SDK_IAM_ENDPOINT: emulator.endpoint }
      const region = { HOTSPOT_SESSION_REGION: "cn-north-4" }
      const environments: ReadonlyArray<Record<string, string>> = [
        { HOTSPOT_SESSION_AUTH_TOKEN: Demo.token },
        { HUAWEICLOUD_SDK_AK: Demo.accessKey, HUAWEICLOUD_SDK_SK: Demo.secretKey },
        {
          HUAWEICLOUD_SDK_AK: Demo.temporaryKey.accessKey,
          HUAWEICLOUD_SDK_SK: Demo.temporaryKey.secretKey,
          HUAWEICLOUD_SDK_SECURITY_TOKEN: Demo.temporaryKey.securityToken
        },
        { HW_ACCESS_KEY: Demo.accessKey, HW_SECRET_KEY: Demo.secretKey },
        { HW_USER_NAME: Demo.userName, HW_USER_PASSWORD: Demo.password, HW_DOMAIN_NAME: Demo.domainName },
        { HOME: home },
        { HOTSPOT_SESSION_METADATA_ENDPOINT: emulator.endpoint }
      ]
      for (const environment of environments) {
        const { code, stderr } = yield* run(["list"], { ...endpoints, ...region, ...environment })
        expect({ code, stderr }).toEqual({ code: 0, stderr: "3 configurations\n" })
      }
      const requests = yield* emulator.requests
      expect(requests.filter(({ method, path }) => method === "POST" && path === "/v3/projects")).toEqual([])
    })
  )

  it.scopedLive("without a project or with several in the region are reported differently", () =>
    Effect.gen(function* () {
      const key = { HUAWEICLOUD_SDK_AK: Demo.accessKey, HUAWEICLOUD_SDK_SK: Demo.secretKey }
      const outcome = (projects: ReadonlyArray<{ name: string; id: string }>) =>
        Effect.flatMap(Emulator.make({ projects }), ({ endpoint }) =>
          run(["list", "--region", "cn-north-4"], {
            ...key,
            HUAWEICLOUD_SDK_REGION_WORKSPACEAPP_CN_NORTH_4: endpoint,
            HUAWEICLOUD_SDK_IAM_ENDPOINT: endpoint
          })
        )
      const none = yield* outcome([])
      expect(none).toMatchObject({ code: 3, stderr: expect.stringContaining("no project in the region cn-north-4") })
      const two = ["a", "b"].map((id) => ({ name: "cn-north-4", id }))
      const several = yield* outcome(two)
      expect(several).toMatchObject({
        code: 3,
        stderr: expect.stringContaining("2 projects in the region cn-north-4: a, b")
      })
    })
  )

  it.scopedLive("that are incomplete end the command before anything is sent, and no others are used", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.make()
      const HOME = yield* homeWith({ ".huaweicloud/credentials": credentialsFile })
      const { code, stderr, stdout } = yield* run(["list", "--endpoint", emulator.endpoint], {
        HOME,
        HUAWEICLOUD_SDK_AK: Demo.accessKey
      })
      expect({ code, stdout }).toEqual({ code: 4, stdout: "" })
      expect(stderr).toContain("HUAWEICLOUD_SDK_AK is set, but HUAWEICLOUD_SDK_SK is not")
      expect(stderr).toContain("The credentials of ~/.huaweicloud/credentials are not used")
    })
  )

  it.scopedLive("of a user are not sent to the cloud's IAM if the endpoint is custom", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.make()
      const user = { HW_USER_NAME: Demo.userName, HW_USER_PASSWORD: Demo.password, HW_DOMAIN_NAME: Demo.domainName }
      const { code, stderr } = yield* run(
        ["list", "--endpoint", emulator.endpoint, "--project-id", Demo.projectId],
        user
      )
      expect({ code, stderr }).toEqual({ code: 3, stderr: expect.stringContaining("No IAM endpoint is set") })
      const url = "http://me:hunter2secret@127.0.0.1:1"
      const config = yield* run(["config", "--region", "cn-north-4"], { HUAWEICLOUD_SDK_IAM_ENDPOINT: url, ...user })
      expect(config.stdout).toContain("must not contain a user name")
      expect(config.stdout).not.toContain("hunter2secret")
    })
  )

  it.scopedLive("exit with the code for an unavailable service if IAM is unavailable", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.make({ faults: [{ kind: "status", status: 500, target: "iam" }] })
      const endpoints = { HOTSPOT_SESSION_ENDPOINT: emulator.endpoint, HUAWEICLOUD_SDK_IAM_ENDPOINT: emulator.endpoint }
      const user = { HW_USER_NAME: Demo.userName, HW_USER_PASSWORD: Demo.password, HW_DOMAIN_NAME: Demo.domainName }
      const failed = yield* run(["list", "--project-id", Demo.projectId], { ...endpoints, ...user })
      expect(failed).toMatchObject({ code: 6, stderr: expect.stringContaining("IAM issued no token") })
      yield* emulator.clearFaults
      yield* emulator.inject([{ kind: "stall", target: "iam" }])
      const stalled = yield* run(["list", "--region", "cn-north-4", "--timeout", "200ms"], {
        HUAWEICLOUD_SDK_REGION_WORKSPACEAPP_CN_NORTH_4: emulator.endpoint,
        HUAWEICLOUD_SDK_IAM_ENDPOINT: emulator.endpoint,
        HUAWEICLOUD_SDK_AK: Demo.accessKey,
        HUAWEICLOUD_SDK_SK: Demo.secretKey
      })
      expect(stalled).toMatchObject({
        code: 6,
        stderr: expect.stringContaining("IAM did not return a project within 200ms")
      })
      const badProject = yield* run(["list"], { ...endpoints, ...user, HUAWEICLOUD_SDK_PROJECT_ID: "bad id" })
      expect(badProject).toMatchObject({ code: 3, stderr: expect.stringContaining("HUAWEICLOUD_SDK_PROJECT_ID") })
    })
  )
})

describe("credentials that cannot be used as intended", () => {
  const user = { HW_USER_NAME: Demo.userName, HW_USER_PASSWORD: Demo.password, HW_DOMAIN_NAME: Demo.domainName }
  const agency = kooCli.replace('"mode":"AKSK"', '"mode":"AKSK","agencyName":"auditor"')
  const shifted = credentialsFile.replace("[other]", "[basic]")
  const pod = {
    HC_CONTAINER_CREDENTIALS_FULL_URI: "http://agent.example/",
    HC_CONTAINER_AUTHORIZATION_TOKEN_FILE: "/token"
  }

  const rejected: ReadonlyArray<
    readonly [name: string, files: Record<string, string>, environment: Record<string, string>, words: string]
  > = [
    ["auth-url", {}, { ...user, OS_AUTH_URL: "https://iam.private.example/v3" }, "OS_AUTH_URL is set"],
    ["agency", { ".hcloud/config.json": agency }, {}, "agencyName in profile default is set, but neither"],
    ["provider", {}, { HUAWEICLOUD_SDK_IDP_ID: "idp" }, "but HUAWEICLOUD_SDK_ID_TOKEN_FILE is not"],
    ["pod", {}, { HOTSPOT_SESSION_METADATA_ENDPOINT: "off", ...pod }, "must start with https://"],
    ["two-sections", { ".huaweicloud/credentials": shifted }, {}, "line 6 cannot be parsed"]
  ]

  for (const [name, files, environment, words] of rejected) {
    it.scopedLive(`are rejected by list, config and doctor without a request: ${name}`, () =>
      Effect.gen(function* () {
        const emulator = yield* Emulator.make()
        const HOME = yield* homeWith(files)
        const all = {
          HOME,
          HOTSPOT_SESSION_ENDPOINT: emulator.endpoint,
          HOTSPOT_SESSION_METADATA_ENDPOINT: emulator.endpoint,
          HUAWEICLOUD_SDK_PROJECT_ID: Demo.projectId,
          ...environment
        }
        const list = yield* run(["list"], all)
        expect(list).toMatchObject({ code: 4, stdout: "", stderr: expect.stringContaining(words) })
        const config = yield* run(["config", "--region", "cn-north-4"], all)
        expect(config).toMatchObject({ code: 4, stderr: list.stderr })
        yield* Effect.promise(() => golden(`config.refused-${name}.txt`, config.stdout + config.stderr))
        const json = yield* run(["config", "-o", "json"], all)
        expect(json).toMatchObject({ code: 4, stderr: expect.stringContaining(words) })
        expect(JSON.parse(json.stdout)).toMatchObject({ passed_over: [] })
        expect(yield* emulator.requests).toEqual([])
        const doctor = yield* run(["doctor"], all)
        expect(doctor).toMatchObject({ code: 1, stdout: expect.stringContaining(words) })
        for (const secret of secrets) {
          expect(JSON.stringify([list, config, json, doctor])).not.toContain(secret)
        }
      })
    )
  }

  it.scopedLive("are unavailable if the metadata service has a fault that may pass", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.make({ faults: [{ kind: "status", status: 500, target: "metadata" }] })
      const all = {
        HOME: yield* homeWith({}),
        HOTSPOT_SESSION_ENDPOINT: emulator.endpoint,
        HOTSPOT_SESSION_METADATA_ENDPOINT: emulator.endpoint,
        HUAWEICLOUD_SDK_PROJECT_ID: Demo.projectId
      }
      for (const args of [["list"], ["config"]]) {
        const { code, stderr } = yield* run(args, all)
        expect({ code, stderr }).toMatchObject({ code: 6, stderr: expect.stringContaining("failed with status 500") })
      }
      yield* emulator.clearFaults
      yield* emulator.inject([{ kind: "reset", target: "metadata", times: 1 }])
      expect(yield* run(["list"], all)).toMatchObject({ code: 0 })
    })
  )

  it.scopedLive("use the key of the intended section, whatever follows its header", () =>
    Effect.gen(function* () {
      const HOME = yield* homeWith({
        ".huaweicloud/credentials": credentialsFile.replace("[other]", "[global] ; account")
      })
      const { code, stdout } = yield* run(["config"], { HOME })
      expect(code).toBe(0)
      expect(stdout).toContain("EMUL…Y001")
      expect(stdout).not.toContain("temporary access key")
    })
  )
})

describe("credentials that are issued to a workload, a pod or an agency", () => {
  const token = (text: string) => homeWith({ token: text })
  const terraform = {
    HW_ACCESS_KEY: Demo.accessKey,
    HW_SECRET_KEY: Demo.secretKey,
    HW_ASSUME_ROLE_AGENCY_NAME: Demo.agencyName,
    HW_ASSUME_ROLE_DOMAIN_NAME: Demo.agencyDomainName,
    HW_ASSUME_ROLE_DURATION: "1800",
    HW_PROJECT_NAME: Demo.projectName,
    HW_REGION_NAME: "ap-southeast-1"
  }
  const kinds: ReadonlyArray<
    readonly [name: string, environment: (endpoint: string, HOME: string) => Record<string, string>, text: string]
  > = [
    [
      "provider",
      (endpoint, HOME) => ({
        HUAWEICLOUD_SDK_IDP_ID: Demo.idpId,
        HUAWEICLOUD_SDK_ID_TOKEN_FILE: `${HOME}/token`,
        HUAWEICLOUD_SDK_IAM_ENDPOINT: endpoint,
        HUAWEICLOUD_SDK_PROJECT_ID: Demo.projectId
      }),
      `${Demo.idToken}\r\n`
    ],
    [
      "pod-identity",
      (endpoint, HOME) => ({
        HC_CONTAINER_CREDENTIALS_FULL_URI: `${endpoint}/pod-identity/v1/credentials?secret`,
        HC_CONTAINER_AUTHORIZATION_TOKEN_FILE: `${HOME}/token`,
        HUAWEICLOUD_SDK_PROJECT_ID: Demo.projectId
      }),
      `\uFEFF${Demo.podToken}\n`
    ],
    ["assumed-agency", (endpoint) => ({ ...terraform, HW_AUTH_URL: `${endpoint}/v3` }), ""]
  ]

  for (const [name, environmentOf, text] of kinds) {
    it.scopedLive(`are shown by config and doctor, and used by list: ${name}`, () =>
      Effect.gen(function* () {
        const { endpoint } = yield* Emulator.make()
        const HOME = yield* token(text)
        const all = { HOME, HOTSPOT_SESSION_ENDPOINT: endpoint, ...environmentOf(endpoint, HOME) }
        expect(yield* run(["list", "--fields", "id"], all)).toMatchObject({ code: 0 })
        const config = yield* run(["config"], all)
        const shown = config.stdout
          .replaceAll(HOME, "/home")
          .replaceAll(endpoint, "http://emulator")
          .replaceAll(/ +/g, " ")
        yield* Effect.promise(() => golden(`config.${name}.txt`, shown))
        const doctor = yield* run(["doctor"], all)
        expect(doctor.stdout).toMatch(/ok +credentials.*\n(.*\n)*ok +permission/)
        for (const secret of [Demo.idToken, Demo.podToken, Demo.secretKey, "?secret"]) {
          expect(JSON.stringify([config, doctor])).not.toContain(secret)
        }
      })
    )
  }

  it.scopedLive("are not sent to another cloud", () =>
    Effect.gen(function* () {
      const HOME = yield* token("")
      for (const [environment, words] of [
        [
          { HW_CLOUD: "myhuaweicloud.eu", HOTSPOT_SESSION_ENDPOINT: "https://workspace.cn-north-4.myhuaweicloud.com" },
          "HW_CLOUD"
        ],
        [{ HW_AUTH_URL: "https://iam.private.example/v3" }, "HW_AUTH_URL"],
        [{ HOTSPOT_SESSION_ENDPOINT: "https://gateway.example" }, "No IAM endpoint is set for the key of the agency"]
      ] as const) {
        const result = yield* run(["list"], { HOME, ...terraform, ...environment })
        expect(result).toMatchObject({ code: 3, stdout: "", stderr: expect.stringContaining(words) })
      }
      const european = yield* run(["config"], { HOME, ...terraform, HW_REGION_NAME: "eu-west-101" })
      expect(european.stdout).toContain("https://appstream.eu-west-101.myhuaweicloud.eu")
      expect(european.stdout).toContain("https://iam.eu-west-101.myhuaweicloud.eu")
    })
  )
})

describe("the file of regions", () => {
  it.scopedLive("sets the endpoint of a region, and is shown as its source", () =>
    Effect.gen(function* () {
      const { endpoint } = yield* Emulator.make()
      const environment = { HUAWEICLOUD_SDK_PROJECT_ID: Demo.projectId, HOTSPOT_SESSION_AUTH_TOKEN: Demo.token }
      const withFile = (text: string) =>
        Effect.map(homeWith({ ".huaweicloud/regions.yaml": text }), (HOME) => ({ HOME, ...environment }))
      const all = yield* withFile(`workspaceapp:\n  - id: mars-1\n    endpoint: ${endpoint}\n`)
      expect(yield* run(["list", "--region", "mars-1"], all)).toMatchObject({ code: 0 })
      expect((yield* run(["config", "--region", "mars-1"], all)).stdout).toMatch(
        /^endpoint +\S+ +WORKSPACEAPP in ~\/\.huaweicloud\/regions\.yaml$/m
      )
      expect((yield* run(["list", "--region", "mars-2"], all)).stderr).toMatch(/Did you mean mars-1\? .*, mars-1\. For/)
      const broken = yield* withFile("WORKSPACEAPP: [\n")
      const result = yield* run(["list", "--region", "mars-1"], broken)
      expect(result).toMatchObject({
        code: 3,
        stderr: expect.stringContaining("regions.yaml is not valid YAML in line")
      })
      expect(yield* run(["list", "--endpoint", endpoint], broken)).toMatchObject({ code: 0 })
    })
  )
})

describe("a target", () => {
  it.scopedLive("whose endpoint and IAM are of another cloud than its region is shown by config, and listed", () =>
    Effect.gen(function* () {
      const { port, seen } = yield* makeProxy({ forwardedResponse: { status: 404 } })
      const HOME = yield* homeWith({
        ".huaweicloud/credentials": credentialsFile.replace(
          "[basic]\n",
          "$&iam_endpoint = http://iam.eu-west-101.myhuaweicloud.eu\n"
        ),
        ".huaweicloud/regions.yaml":
          "WORKSPACEAPP:\n  - id: cn-north-4\n    endpoint: http://workspace.eu-west-101.myhuaweicloud.eu\n"
      })
      const argv = ["--region", "cn-north-4", "--project-id", "p", "--proxy", `http://127.0.0.1:${port}`]
      expect(yield* run(["config", ...argv], { HOME })).toMatchObject({ code: 0 })
      expect(yield* run(["list", ...argv], { HOME })).toMatchObject({ code: 5 })
      expect(seen).toEqual(["GET http://workspace.eu-west-101.myhuaweicloud.eu/v1/p/hotspot-session-config"])
    })
  )
})

describe("HW_CLOUD", () => {
  it.scopedLive("is the cloud of Terraform's credentials, and of no others", () =>
    Effect.gen(function* () {
      const HOME = yield* homeWith({ ".huaweicloud/credentials": credentialsFile })
      const cloudOf = (environment: Record<string, string>) =>
        Effect.map(
          run(["config", "--region", "cn-north-4"], { HOME, HW_CLOUD: "myhuaweicloud.eu", ...environment }),
          ({ stdout }) => /^endpoint .*(myhuaweicloud\.\w+)/m.exec(stdout)?.[1]
        )
      expect(yield* cloudOf({})).toBe("myhuaweicloud.com")
      expect(yield* cloudOf({ HW_ACCESS_KEY: Demo.accessKey, HW_SECRET_KEY: Demo.secretKey })).toBe("myhuaweicloud.eu")
    })
  )
})

describe("--profile", () => {
  it.scopedLive("that is misspelt suggests the nearest profile", () =>
    Effect.gen(function* () {
      const HOME = yield* homeWith({ ".huaweicloud/credentials": `${credentialsFile}[production]\nak = a\nsk = b\n` })
      const { code, stderr } = yield* run(["list", "--region", "cn-north-4", "--profile", "prodution"], { HOME })
      expect(code).toBe(4)
      expect(stderr).toContain("Did you mean production? Known profiles: basic, other, production.")
      for (const command of ["config", "export"]) {
        const other = yield* run([command, "--region", "cn-north-4", "--profile", "prodution"], { HOME })
        expect({ command, code: other.code, stderr: other.stderr }).toEqual({ command, code: 4, stderr })
      }
      const dissimilar = yield* run(["list", "--region", "cn-north-4", "--profile", "nothing-alike"], { HOME })
      expect(dissimilar.stderr).toContain("  Known profiles: basic, other, production.")
    })
  )
})
