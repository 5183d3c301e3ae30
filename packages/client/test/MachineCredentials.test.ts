import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as HttpClient from "@effect/platform/HttpClient"
import { describe, expect, it } from "@effect/vitest"
import {
  Cloud,
  Credentials,
  Destination,
  type Environment,
  HotspotSession,
  type Profile,
  ProfileChain,
  RegionsFile
} from "@hotspot-session/client"
import { NodeHotspotSession, NodeMachine } from "@hotspot-session/client/node"
import { Demo, Emulator } from "@hotspot-session/emulator"
import { Duration, Effect, Either, Option } from "effect"
import { type Handler, script, server, shown } from "./support.js"

const home = "/home/someone"
const tokenPath = "/var/run/token"

const machine = (environment: Environment = {}, files: Record<string, string> = {}): ProfileChain.Machine => ({
  environment: { HOTSPOT_SESSION_METADATA_ENDPOINT: "off", ...environment },
  home: Effect.succeedSome(home),
  readFile: (path) => Effect.succeed(Option.fromNullable(files[path.replace(/^~(?=\/)/, home)]))
})

const offline = Effect.provideServiceEffect(
  HttpClient.HttpClient,
  Effect.map(server(script({ status: 404 })), ({ client }) => client)
)

const resolve = (environment: Environment, files: Record<string, string> = { [tokenPath]: "a.b.c\n" }) =>
  Effect.map(offline(ProfileChain.resolve(machine(environment, files))), ({ profile }) => profile)

const keys = { HW_ACCESS_KEY: "B".repeat(20), HW_SECRET_KEY: "b".repeat(40) }
const sdkKeys = { HUAWEICLOUD_SDK_AK: "A".repeat(20), HUAWEICLOUD_SDK_SK: "a".repeat(40) }
const pod = { HC_CONTAINER_CREDENTIALS_FULL_URI: "http://127.0.0.1/", HC_CONTAINER_AUTHORIZATION_TOKEN_FILE: tokenPath }
const role = { HW_ASSUME_ROLE_AGENCY_NAME: "agency", HW_ASSUME_ROLE_DOMAIN_NAME: "account" }
const federated = { HUAWEICLOUD_SDK_IDP_ID: "idp", HUAWEICLOUD_SDK_ID_TOKEN_FILE: tokenPath }
const kooCliPath = `${home}/.hcloud/config.json`
const kooCli = (more: object) =>
  JSON.stringify({
    current: "d",
    profiles: [{ name: "d", mode: "AKSK", accessKeyId: "D".repeat(20), secretAccessKey: "d".repeat(40), ...more }]
  })

describe("an identity provider", () => {
  it.effect("is found in the environment, in Terraform's and in the credentials file, before an access key", () =>
    Effect.gen(function* () {
      for (const more of [{}, sdkKeys, { HUAWEICLOUD_SDK_AK: "half" }]) {
        expect(yield* resolve({ ...federated, ...more })).toMatchObject({
          source: "environment",
          credentials: {
            _tag: "Federation",
            idpId: { value: "idp", source: "environment variable HUAWEICLOUD_SDK_IDP_ID" },
            idToken: { path: { value: tokenPath, source: "environment variable HUAWEICLOUD_SDK_ID_TOKEN_FILE" } }
          }
        })
      }
      const terraform = {
        HW_ASSUME_ROLE_IDP_ID: "idp",
        HW_ASSUME_ROLE_ID_TOKEN: "a.b.c",
        HW_ASSUME_ROLE_DURATION: "900"
      }
      const ofTerraform = yield* resolve(terraform)
      expect(ofTerraform.credentials).toMatchObject({ _tag: "Federation", idToken: { _tag: "Value" } })
      expect(shown(ofTerraform)).not.toContain("a.b.c")
      const file = yield* resolve(
        {},
        {
          [`${home}/.huaweicloud/credentials`]: `[basic]\nidp_id = idp\nid_token_file = ~/token\nak = x\n`,
          [`${home}/token`]: "a.b.c"
        }
      )
      expect(file.credentials).toMatchObject({
        _tag: "Federation",
        idToken: { path: { value: "~/token", source: "id_token_file in [basic] of ~/.huaweicloud/credentials" } }
      })
    })
  )

  const refused: ReadonlyArray<readonly [environment: Environment, words: string, files?: Record<string, string>]> = [
    [{ HUAWEICLOUD_SDK_IDP_ID: "secret" }, "HUAWEICLOUD_SDK_IDP_ID is set, but HUAWEICLOUD_SDK_ID_TOKEN_FILE is not"],
    [{ ...keys, HUAWEICLOUD_SDK_ID_TOKEN_FILE: "/x" }, "_ID_TOKEN_FILE is set, but HUAWEICLOUD_SDK_IDP_ID is not"],
    [{ HW_ASSUME_ROLE_IDP_ID: "secret", ...keys }, "HW_ASSUME_ROLE_ID_TOKEN_FILE or HW_ASSUME_ROLE_ID_TOKEN is not"],
    [{ HW_ASSUME_ROLE_ID_TOKEN: "secret" }, "HW_ASSUME_ROLE_ID_TOKEN is set, but HW_ASSUME_ROLE_IDP_ID is not"],
    [
      { HW_ASSUME_ROLE_IDP_ID: "i", HW_ASSUME_ROLE_ID_TOKEN: "secret", HW_ASSUME_ROLE_ID_TOKEN_FILE: "/x" },
      "are both set"
    ],
    [
      { HW_ASSUME_ROLE_IDP_ID: "i", HW_ASSUME_ROLE_ID_TOKEN: "secret", HW_ASSUME_ROLE_DURATION: "1h" },
      "_DURATION is not"
    ],
    [
      federated,
      "The token file /var/run/token (environment variable HUAWEICLOUD_SDK_ID_TOKEN_FILE) does not exist",
      {}
    ],
    [federated, "is empty", { [tokenPath]: "\r\n" }],
    [federated, "has more than one line", { [tokenPath]: "secret\nsecret" }],
    [{}, "idp_id in [basic] is set, but", { [`${home}/.huaweicloud/credentials`]: "[basic]\nidp_id = secret\n" }],
    [{ HC_CONTAINER_CREDENTIALS_FULL_URI: "http://127.0.0.1/" }, "but HC_CONTAINER_AUTHORIZATION_TOKEN_FILE is not"],
    [{ HC_CONTAINER_AUTHORIZATION_TOKEN_FILE: "/x" }, "but HC_CONTAINER_CREDENTIALS_FULL_URI is not"],
    [
      { HC_CONTAINER_CREDENTIALS_FULL_URI: "http://agent.example/", HC_CONTAINER_AUTHORIZATION_TOKEN_FILE: tokenPath },
      "HC_CONTAINER_CREDENTIALS_FULL_URI) must start with https://"
    ],
    [
      { HC_CONTAINER_CREDENTIALS_FULL_URI: "http://127.0.0.1/", HC_CONTAINER_AUTHORIZATION_TOKEN_FILE: "/nothing" },
      "HC_CONTAINER_AUTHORIZATION_TOKEN_FILE) does not exist"
    ],
    [
      { ...keys, HW_ASSUME_ROLE_AGENCY_NAME: "a" },
      "neither HW_ASSUME_ROLE_DOMAIN_NAME nor HW_ASSUME_ROLE_DOMAIN_ID is"
    ],
    [{ ...keys, HW_ASSUME_ROLE_DOMAIN_ID: "a" }, "but HW_ASSUME_ROLE_AGENCY_NAME is not"],
    ...["0", "899", "86401", "1h", "900.5", "-900", "1e3"].map((duration): readonly [Environment, string] => [
      {
        ...keys,
        HW_ASSUME_ROLE_AGENCY_NAME: "a",
        HW_ASSUME_ROLE_DOMAIN_NAME: "d",
        HW_ASSUME_ROLE_DURATION: duration
      },
      "HW_ASSUME_ROLE_DURATION is not a number of seconds from 900 to 86400"
    ]),
    [{}, "agencyName in profile d is set, but neither", { [kooCliPath]: kooCli({ agencyName: "a" }) }],
    [{}, "but agencyName is not", { [kooCliPath]: kooCli({ agencyDomainName: "a" }) }],
    ...["HW_ASSUME_ROLE_AGENCY_NAME", "HW_ASSUME_ROLE_DOMAIN_ID"].flatMap(
      (name): ReadonlyArray<readonly [Environment, string, Record<string, string>?]> => [
        [
          { [name]: "a" },
          `${name} is set, which is for`,
          { [`${home}/.huaweicloud/credentials`]: "[basic]\nak = AK\nsk = secret\n" }
        ],
        [{ [name]: "a" }, `${name} is set, which is for`, { [kooCliPath]: kooCli({}) }]
      ]
    ),
    ...[sdkKeys, { HOTSPOT_SESSION_AUTH_TOKEN: "secret" }, federated, pod].map(
      (environment): readonly [Environment, string, Record<string, string>] => [
        { ...environment, ...role },
        "HW_ASSUME_ROLE_AGENCY_NAME is set, which is for",
        { [tokenPath]: "secret" }
      ]
    ),
    [
      role,
      "HW_ASSUME_ROLE_AGENCY_NAME is set, which is for",
      { [kooCliPath]: kooCli({ agencyName: "koo", agencyDomainId: "id" }) }
    ],
    [
      { HW_PROFILE: "d", HW_ASSUME_ROLE_AGENCY_NAME: "a" },
      "neither HW_ASSUME_ROLE_DOMAIN_NAME nor HW_ASSUME_ROLE_DOMAIN_ID is",
      { [kooCliPath]: kooCli({ agencyName: "koo", agencyDomainId: "id" }) }
    ],
    ...[
      { HOTSPOT_SESSION_AUTH_TOKEN: "secret", HUAWEICLOUD_SDK_SECURITY_TOKEN: "secret" },
      { HW_AUTH_TOKEN: "secret", HW_SECURITY_TOKEN: "secret" },
      { HW_SECURITY_TOKEN: "secret", HW_USER_PASSWORD: "secret" },
      { HW_AUTH_TOKEN: "secret", HW_USER_NAME: "secret" }
    ].map((environment): readonly [Environment, string] => [environment, `(${Object.keys(environment).join(", ")})`]),
    ...["127.0.0.1:80", "localhost:80", "http://secret@127.0.0.1"].flatMap(
      (endpoint): ReadonlyArray<readonly [Environment, string, Record<string, string>]> => [
        [
          { ...pod, HOTSPOT_SESSION_METADATA_ENDPOINT: endpoint },
          "its endpoint (environment variable HOTSPOT_SESSION_METADATA_ENDPOINT) must",
          { [tokenPath]: "secret" }
        ],
        [
          { ...pod, HOTSPOT_SESSION_METADATA_ENDPOINT: endpoint },
          "its endpoint (environment variable HOTSPOT_SESSION_METADATA_ENDPOINT) must",
          { [tokenPath]: "secret", [kooCliPath]: kooCli({ mode: "ecsAgency" }) }
        ]
      ]
    ),
    [
      { HW_PROFILE: "d", HW_REGION_NAME: "cn-north-4" },
      "HW_REGION_NAME is a region of myhuaweicloud.com, but region in profile d of ~/.hcloud/config.json is one of myhuaweicloud.eu",
      { [kooCliPath]: kooCli({ region: "eu-west-101" }) }
    ],
    [
      { HW_PROFILE: "d", HW_REGION_NAME: "eu-west-101" },
      "HW_REGION_NAME is a region of myhuaweicloud.eu, but",
      { [kooCliPath]: kooCli({ region: "cn-north-4" }) }
    ],
    [{ ...keys, HW_CLOUD: "https://myhuaweicloud.eu" }, "HW_CLOUD must be a domain"],
    [{ ...keys, HW_CLOUD: "cloud" }, "HW_CLOUD must be a domain"]
  ]

  it.effect.each(refused)("in part, or with what cannot be used, ends the search: %#", ([environment, words, files]) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(resolve(environment, files))
      expect(error.refused).toBe(true)
      expect(error.message).toContain(words)
      expect(error.hint).toBeDefined()
      expect(shown(error)).not.toContain("secret")
    })
  )
})

describe("an agency", () => {
  it.effect("is assumed with the credentials of its source", () =>
    Effect.gen(function* () {
      const environment = { ...role, HW_ASSUME_ROLE_DURATION: "7200" }
      expect((yield* resolve({ ...keys, ...environment })).credentials).toMatchObject({
        _tag: "Agency",
        agencyName: { value: "agency", source: "environment variable HW_ASSUME_ROLE_AGENCY_NAME" },
        domainName: { value: "account" },
        base: { _tag: "AccessKey" }
      })
      const workload = { HW_ASSUME_ROLE_IDP_ID: "idp", HW_ASSUME_ROLE_ID_TOKEN_FILE: tokenPath }
      expect((yield* resolve({ ...workload, ...environment })).credentials).toMatchObject({
        base: { _tag: "Federation" }
      })
      const file = { [kooCliPath]: kooCli({ agencyName: "koo", agencyDomainId: "id" }) }
      const ofFile = { agencyName: { value: "koo" }, domainId: { value: "id" }, base: { _tag: "AccessKey" } }
      expect((yield* resolve({}, file)).credentials).toMatchObject(ofFile)
      for (const more of [environment, { HW_ASSUME_ROLE_DURATION: "7200" }]) {
        expect((yield* resolve({ HW_PROFILE: "d", ...more }, file)).credentials).toMatchObject({
          ...ofFile,
          lifetime: { value: Duration.hours(2), source: "environment variable HW_ASSUME_ROLE_DURATION" }
        })
      }
    })
  )

  it.effect("of Terraform is assumed with the agency of the ECS if there are no other credentials", () =>
    Effect.gen(function* () {
      const key = {
        access: "E".repeat(20),
        secret: "e".repeat(40),
        securitytoken: "t",
        expires_at: "2100-01-01T00:00:00Z"
      }
      const handler: Handler = ({ url }) =>
        Effect.succeed({
          status: 200,
          body: url.pathname.endsWith("token") ? "t" : JSON.stringify({ credential: key })
        })
      const { client } = yield* server(handler)
      const environment = {
        HOTSPOT_SESSION_METADATA_ENDPOINT: "",
        HW_ASSUME_ROLE_AGENCY_NAME: "agency",
        HW_ASSUME_ROLE_DOMAIN_ID: "id",
        HW_PROJECT_NAME: "p"
      }
      const { profile } = yield* Effect.provideService(
        ProfileChain.resolve(machine(environment)),
        HttpClient.HttpClient,
        client
      )
      expect(profile).toMatchObject({
        source: "ECS metadata service",
        projectName: { value: "p" },
        credentials: { _tag: "Agency", base: { _tag: "EcsMetadata" } }
      })
    })
  )
})

describe("Terraform's target", () => {
  it.effect("is that of its variables", () =>
    Effect.gen(function* () {
      for (const url of [
        "https://iam.example/v3",
        "https://iam.example/v3/",
        "https://iam.example/",
        "https://iam.example"
      ]) {
        expect((yield* resolve({ ...keys, HW_AUTH_URL: url })).iamEndpoint?.value).toBe("https://iam.example")
      }
      expect(yield* resolve({ ...keys, HW_CLOUD: "MyHuaweiCloud.EU", HW_PROJECT_NAME: "n" })).toMatchObject({
        cloud: { value: "myhuaweicloud.eu", source: "environment variable HW_CLOUD" },
        projectName: { value: "n", source: "environment variable HW_PROJECT_NAME" }
      })
      expect((yield* resolve({ ...keys, HW_REGION_NAME: "eu-west-101" })).cloud?.value).toBe("myhuaweicloud.eu")
      const file = { [kooCliPath]: kooCli({ projectId: "p" }) }
      const named = yield* resolve({ HW_PROFILE: "d", HW_PROJECT_NAME: "n" }, file)
      expect([named.projectId, named.projectName?.value]).toEqual([undefined, "n"])
      expect((yield* resolve({ HW_SHARED_CONFIG_FILE: "/x" }, { "/x": kooCli({}) })).source).toBe("/x")
    })
  )
})

describe("the cloud", () => {
  const at = (value: string, source = "a file") => ({ value, source })
  const com = "https://workspace.ap-southeast-1.myhuaweicloud.com"
  const eu = "https://appstream.eu-west-101.myhuaweicloud.eu"
  const iamCom = "https://iam.myhuaweicloud.com"
  const iamEu = "https://iam.eu-west-101.myhuaweicloud.eu"
  const naming = (value: string) => ({ value, source: "another file", namesCloud: true })

  it("of the service, of IAM and of the credentials must be the same, as far as it is known", () => {
    const cases: ReadonlyArray<readonly [Parameters<typeof Cloud.mismatch>[0], isMismatch: boolean]> = [
      [{ endpoint: at(com), iamEndpoint: at(iamCom) }, false],
      [{ endpoint: at(eu), iamEndpoint: at(iamEu) }, false],
      [{ endpoint: at(eu), iamEndpoint: at(iamCom) }, true],
      [{ endpoint: at(com), iamEndpoint: at(iamEu) }, true],
      [{ endpoint: at(com) }, false],
      [{ endpoint: at(com), profile: { cloud: at("myhuaweicloud.eu") } }, true],
      [{ endpoint: at("https://x.private.example"), profile: { cloud: at("private.example") } }, false],
      [{ endpoint: at(com), profile: { cloud: at("private.example") } }, true],
      [{ endpoint: at("http://127.0.0.1"), iamEndpoint: at(iamCom), profile: { cloud: at("private.example") } }, true],
      [{ endpoint: at("http://127.0.0.1"), iamEndpoint: at(iamCom) }, false],
      [{ endpoint: at(com), iamEndpoint: at("http://127.0.0.1") }, false],
      [{ endpoint: at(com), iamEndpoint: naming("https://iam.private.example") }, true],
      [{ endpoint: at("http://127.0.0.1"), iamEndpoint: naming("http://127.0.0.1") }, false],
      [{ endpoint: at(com), iamEndpoint: naming("http://10.0.0.1") }, true],
      [
        {
          endpoint: at("https://appstream.r.private.example"),
          iamEndpoint: naming("http://10.0.0.1"),
          profile: { cloud: at("private.example") }
        },
        false
      ],
      [
        {
          endpoint: at("https://appstream.r.private.example"),
          iamEndpoint: naming("https://iam.other.example"),
          profile: { cloud: at("private.example") }
        },
        true
      ],
      [{ endpoint: at("https://a.myhuaweicloud.com.evil.example"), iamEndpoint: at(iamCom) }, false],
      [
        {
          endpoint: at("http://127.0.0.1"),
          iamEndpoint: at(iamCom),
          profile: { iamEndpoint: naming("https://iam.private.example") }
        },
        true
      ],
      [{ endpoint: at("http://127.0.0.1"), iamEndpoint: at(iamCom), profile: { iamEndpoint: at(iamEu) } }, false],
      [{ endpoint: at(com), otherEndpoint: at(eu) }, true],
      [{ endpoint: at(com), otherEndpoint: at("http://127.0.0.1") }, false],
      [{ endpoint: at("http://127.0.0.1"), otherEndpoint: at(eu) }, false],
      [{ iamEndpoint: at(iamCom), profile: { cloud: at("myhuaweicloud.eu") } }, true],
      ...["http://127.0.0.1:2", "https://127.0.0.1:1", "http://127.0.0.1:1/x"].map(
        (url): readonly [Parameters<typeof Cloud.mismatch>[0], boolean] => [
          { iamEndpoint: at("http://127.0.0.1:1"), profile: { iamEndpoint: naming(url) } },
          true
        ]
      ),
      [{ iamEndpoint: at("https://iam.example./"), profile: { iamEndpoint: naming("https://iam.example:443") } }, false]
    ]
    for (const [addresses, isMismatch] of cases) {
      expect([addresses, Cloud.mismatch(addresses) !== undefined]).toEqual([addresses, isMismatch])
    }
    expect(Cloud.mismatch({ endpoint: at(eu), iamEndpoint: naming(iamCom) })).toBe(
      "the endpoint (a file) is of myhuaweicloud.eu, but the IAM endpoint (another file) is of myhuaweicloud.com"
    )
    expect(Cloud.mismatch({ endpoint: at(eu), iamEndpoint: naming("foo") })).toContain(
      "the IAM endpoint (another file) is not a URL"
    )
  })

  const connect = (environment: Environment, options: ProfileChain.Options, files: Record<string, string> = {}) =>
    Effect.gen(function* () {
      const { client, sent } = yield* server(script({ status: 401, body: "{}" }))
      const result = yield* ProfileChain.connection(
        machine(environment, { [tokenPath]: "a.b.c", ...files }),
        options
      ).pipe(
        Effect.tap(({ credentials }) => Effect.ignore(credentials.get)),
        Effect.provideService(HttpClient.HttpClient, client),
        Effect.either
      )
      return { result, hosts: (yield* sent).map(({ url }) => url.host) }
    }).pipe(Effect.scoped)

  it.effect("of the profile decides where the library sends secrets", () =>
    Effect.gen(function* () {
      const european = yield* connect({ ...keys, HW_CLOUD: "myhuaweicloud.eu" }, { region: "ap-southeast-1" })
      expect(european.result).toMatchObject({
        right: { endpoint: "https://workspace.ap-southeast-1.myhuaweicloud.eu" }
      })
      const workload = yield* connect(federated, { region: "ap-southeast-1" })
      expect(workload.hosts).toEqual(["iam.ap-southeast-1.myhuaweicloud.com"])
      const agency = yield* connect({ ...keys, ...role, HW_REGION_NAME: "eu-west-101" }, {})
      expect(agency.hosts).toEqual(["iam.eu-west-101.myhuaweicloud.eu"])
      expect(agency.result).toMatchObject({ right: { endpoint: eu } })
      // A region of the European cloud says whose key it is, in any source.
      const file = { [kooCliPath]: kooCli({ region: "eu-west-101" }) }
      const onEcs = { [kooCliPath]: kooCli({ region: "eu-west-101", mode: "ecsAgency" }) }
      for (const [environment, files] of [
        [{}, file],
        [{ HW_PROFILE: "d" }, file],
        [{ HOTSPOT_SESSION_METADATA_ENDPOINT: "http://127.0.0.1" }, onEcs],
        [{ ...sdkKeys, HOTSPOT_SESSION_REGION: "eu-west-101" }, {}],
        [{ ...keys, HW_REGION_NAME: "eu-west-101" }, {}]
      ] as const) {
        const { result } = yield* connect(environment, {}, files)
        expect(Either.map(result, ({ endpoint }) => endpoint)).toEqual(Either.right(eu))
        const atOther = yield* connect(environment, { endpoint: com }, files)
        expect(String(atOther.result)).toContain("is of myhuaweicloud.com, but the cloud (")
        expect(atOther.hosts).toEqual([])
      }
    })
  )

  it.effect("of another endpoint gets no secret", () =>
    Effect.gen(function* () {
      const cases: ReadonlyArray<readonly [Environment, ProfileChain.Options, string]> = [
        [federated, { endpoint: "https://gateway.example" }, "No IAM endpoint is set"],
        [{ ...keys, HW_CLOUD: "private.example" }, { endpoint: com }, "is of myhuaweicloud.com"],
        [{ ...keys, HW_AUTH_URL: "https://iam.private.example/v3" }, { region: "ap-southeast-1" }, "private.example"],
        [federated, { region: "ap-southeast-1", iamEndpoint: iamEu }, "myhuaweicloud.eu"],
        [federated, {}, "No IAM endpoint is set"],
        [
          { ...keys, HW_CLOUD: "myhuaweicloud.eu", HUAWEICLOUD_SDK_IAM_ENDPOINT: iamCom },
          {},
          "IAM_ENDPOINT) is of myhuaweicloud.com, but the cloud"
        ],
        [
          { ...keys, HW_AUTH_URL: `${iamEu}/v3`, HUAWEICLOUD_SDK_IAM_ENDPOINT: iamCom },
          {},
          "HW_AUTH_URL) is at https://iam.eu-west-101.myhuaweicloud.eu, but"
        ]
      ]
      for (const [environment, options, words] of cases) {
        const { hosts, result } = yield* connect(environment, options)
        expect(result).toMatchObject({ left: { _tag: "CredentialsError", refused: true } })
        expect(String(result)).toContain(words)
        expect(hosts).toEqual([])
      }
    })
  )
})

describe("a text that cannot be a region", () => {
  const cloud = { value: "cloud.example", source: "HW_CLOUD" }

  it.each(["evil.example/x", "eu-west-101/", "evil.example:1", "evil@x", "a..b", "", "-a", "a".repeat(64)])(
    "ends no host name: %s",
    (region) => {
      expect(Destination.endpointOf(region, { environment: {}, cloud })).toBeUndefined()
      const iam = Destination.iamEndpointOf({ environment: {}, profile: { cloud }, region, hasCustomEndpoint: false })
      expect(iam?.value).toBe("https://iam.cloud.example")
    }
  )
})

describe("the file of regions", () => {
  const path = `${home}/.huaweicloud/regions.yaml`
  const read = (text: string | undefined, environment: Environment = {}) =>
    RegionsFile.read(machine(environment, text === undefined ? {} : { [path]: text, "/regions": text }))

  it.effect("sets endpoints of the service, by its name in capitals or small letters", () =>
    Effect.gen(function* () {
      const text = (name: string) =>
        `# comment\nECS:\n  - id: r1\n    endpoint: https://ecs\n${name}:\n  - id: cn-north-4\n    endpoint: https://a.example\n  - id: mars-1\n    endpoints: [https://b.example, https://c.example]\n`
      for (const name of ["WORKSPACEAPP", "workspaceapp", "WorkspaceApp"]) {
        const regions = yield* read(text(name))
        const source = "WORKSPACEAPP in ~/.huaweicloud/regions.yaml"
        expect(Destination.endpointOf("cn-north-4", { environment: {}, regionsFile: regions })).toEqual({
          value: "https://a.example",
          source,
          origin: "machine"
        })
        expect(Destination.endpointOf("mars-1", { environment: {}, regionsFile: regions })?.value).toBe(
          "https://b.example"
        )
        expect(Destination.endpointOf("cn-north-9", { environment: {}, regionsFile: regions })?.origin).toBe("default")
        expect(Destination.endpointOf("mars-9", { environment: {}, regionsFile: regions })).toBeUndefined()
        const variable = { HUAWEICLOUD_SDK_REGION_WORKSPACEAPP_MARS_1: "https://v.example" }
        expect(Destination.endpointOf("mars-1", { environment: variable, regionsFile: regions })?.value).toBe(
          "https://v.example"
        )
      }
      const named = yield* read(text("WORKSPACEAPP"), { HUAWEICLOUD_SDK_REGIONS_FILE: "/regions" })
      expect(Destination.endpointOf("mars-1", { environment: {}, regionsFile: named })?.source).toBe(
        "WORKSPACEAPP in /regions (environment variable HUAWEICLOUD_SDK_REGIONS_FILE)"
      )
    })
  )

  it("sets no IAM, so secrets are sent only to that of a region of the cloud", () => {
    const iamOf = (region: string, profile?: Pick<Profile, "cloud">) =>
      Destination.iamEndpointOf({ environment: {}, profile, region, hasCustomEndpoint: false })?.value
    const cloud = { value: "cloud.example", source: "HW_CLOUD" }
    expect([iamOf("mars-1"), iamOf("cn-north-4"), iamOf("mars-1", { cloud })]).toEqual([
      undefined,
      "https://iam.cn-north-4.myhuaweicloud.com",
      expect.stringMatching(/^https:\/\/iam\.(?:mars-1\.)?cloud\.example$/)
    ])
  })

  it.effect("sets nothing if it does not exist, or has other services only", () =>
    Effect.gen(function* () {
      for (const text of [
        undefined,
        "",
        "\uFEFF",
        "ECS:\n- {id: a, endpoint: b}\n",
        "# WORKSPACEAPP:\n",
        "WORKSPACEAPP:\n"
      ]) {
        expect((yield* read(text)).size).toBe(0)
      }
    })
  )

  it.effect("is an error with its name and line if it cannot be used", () =>
    Effect.gen(function* () {
      for (const [text, words] of [
        ["WORKSPACEAPP:\n  - id: [a\nb: c\n", "not valid YAML in line"],
        ["- WORKSPACEAPP:\n    - id: cn-north-4\n", "must have WORKSPACEAPP as a key"],
        ["WORKSPACEAPP", "must have WORKSPACEAPP as a key"],
        ["WORKSPACEAPP: https://a.example\n", "must have a list of regions"],
        ["WORKSPACEAPP:\n  - cn-north-4\n", "must have a list of regions"],
        ["WORKSPACEAPP:\n  - id: 4\n    endpoint: https://a\n", "must have a list of regions"],
        ["WORKSPACEAPP:\n  - id: cn-north-4\n", "has no endpoint for cn-north-4"]
      ] as const) {
        const error = yield* Effect.flip(read(text))
        expect(error.message).toContain("The file of regions ~/.huaweicloud/regions.yaml")
        expect(error.message).toContain(words)
      }
      const missing = yield* Effect.flip(read(undefined, { HUAWEICLOUD_SDK_REGIONS_FILE: "/nothing" }))
      expect(missing.message).toContain("HUAWEICLOUD_SDK_REGIONS_FILE) does not exist")
    })
  )
})

describe("the client of a machine", () => {
  it.scopedLive("works with each kind of credentials that the emulator issues, and re-reads rotated tokens", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.make()
      const { endpoint } = emulator
      const folder = yield* Effect.acquireRelease(
        Effect.promise(() => mkdtemp(join(tmpdir(), "hotspot-session-"))),
        (folder) => Effect.promise(() => rm(folder, { recursive: true }))
      )
      const file = join(folder, "token")
      const write = (text: string) => Effect.promise(() => writeFile(file, text))
      const pod = { HC_CONTAINER_AUTHORIZATION_TOKEN_FILE: file }
      const role = {
        HW_ASSUME_ROLE_AGENCY_NAME: Demo.agencyName,
        HW_ASSUME_ROLE_DOMAIN_NAME: Demo.agencyDomainName,
        HW_AUTH_URL: `${endpoint}/v3`
      }
      const environments: ReadonlyArray<Environment> = [
        {
          HUAWEICLOUD_SDK_IDP_ID: Demo.idpId,
          HUAWEICLOUD_SDK_ID_TOKEN_FILE: file,
          HUAWEICLOUD_SDK_IAM_ENDPOINT: endpoint
        },
        { ...role, HW_ACCESS_KEY: Demo.accessKey, HW_SECRET_KEY: Demo.secretKey },
        { ...role, HW_ASSUME_ROLE_IDP_ID: Demo.idpId, HW_ASSUME_ROLE_ID_TOKEN_FILE: file },
        { ...pod, HC_CONTAINER_CREDENTIALS_FULL_URI: `${endpoint}/pod-identity/v1/credentials` },
        { ...pod, HC_CONTAINER_CREDENTIALS_FULL_URI: `${endpoint}/pod-identity/v2/credentials` }
      ]
      for (const environment of environments) {
        const isPod = "HC_CONTAINER_CREDENTIALS_FULL_URI" in environment
        yield* emulator.reset
        yield* write(`${isPod ? Demo.podToken : Demo.idToken}\r\n`)
        const variables = { HOME: folder, HOTSPOT_SESSION_METADATA_ENDPOINT: "off", ...environment }
        const { credentials } = yield* ProfileChain.connection(NodeMachine.make(variables), { endpoint })
        const { listHotspotSessionConfig } = yield* HotspotSession.make({ endpoint }).pipe(
          Effect.provideService(Credentials.Credentials, credentials)
        )
        const list = listHotspotSessionConfig({ project_id: Demo.projectId })
        expect((yield* list).items).toHaveLength(3)
        // The next key is issued for the token that the file has then.
        yield* isPod ? emulator.setPodToken("rotated-token") : emulator.setIdToken("rotated-token")
        yield* write("rotated-token\n")
        yield* credentials.invalidate(yield* credentials.get)
        expect((yield* list).items).toHaveLength(3)
      }
    }).pipe(Effect.provide(NodeHotspotSession.layerHttpClient()))
  )
})
