import { assert, describe, it } from "@effect/vitest"
import { BasicCredentials } from "@huaweicloud/huaweicloud-sdk-core/auth/BasicCredentials.js"
import { ClientBuilder } from "@huaweicloud/huaweicloud-sdk-core/ClientBuilder.js"
import { HcClient } from "@huaweicloud/huaweicloud-sdk-core/HcClient.js"
import { DefaultHttpClient } from "@huaweicloud/huaweicloud-sdk-core/http/DefaultHttpClient.js"
import { Logger4jInstance } from "@huaweicloud/huaweicloud-sdk-core/logger/log4jLogger.js"
import { Region } from "@huaweicloud/huaweicloud-sdk-core/region/region.js"
import type { SdkResponse } from "@huaweicloud/huaweicloud-sdk-core/SdkResponse.js"
import * as Effect from "effect/Effect"
import { Dataset, Demo, Emulator } from "../src/index.js"

// The SDK would log errors to standard output, including signatures and tokens.
Logger4jInstance.level = "off"

interface Page extends SdkResponse {
  readonly items: ReadonlyArray<Dataset.Config>
}

/**
 * A request like those of the SDK's generated services; the service for this API is not on npm. `data` is sent and signed as
 * the body `{}` of the GET.
 */
const request = (headers: Record<string, string> = {}) => ({
  method: "GET",
  url: "/v1/{project_id}/hotspot-session-config",
  contentType: "application/json",
  queryParams: { offset: 1, limit: 20, "a b*": ["ü+1", "~(x)"] },
  pathParams: {},
  headers,
  data: {}
})

const builder = () =>
  // Without a user agent, the SDK generates one and stores it in the home directory.
  new ClientBuilder((client) => client).withOptions({ customUserAgent: "test" })

/** A client with keys, which also sends the project ID. */
const withKeys = (endpoint: string, keys: Partial<BasicCredentials>) =>
  builder()
    .withEndpoint(endpoint)
    .withCredential(new BasicCredentials({ projectId: Demo.projectId, ...keys }))
    .build()

const keys = { ak: Demo.accessKey, sk: Demo.secretKey }

const list = (client: HcClient, headers?: Record<string, string>) =>
  Effect.tryPromise({ try: () => client.sendRequest<Page>(request(headers)), catch: (error) => error })

const all = Dataset.seeded({ seed: 1, count: 12, projectId: Demo.projectId }).slice(1, 20)

describe("the official SDK", () => {
  it.live("lists configurations with an access key", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.make({ count: 12 })
      const page = yield* list(withKeys(emulator.endpoint, keys))
      assert.deepStrictEqual(page.items, all)
      assert.strictEqual(page.httpStatusCode, 200)
      const { data: _, ...withoutBody } = request()
      const client = withKeys(emulator.endpoint, keys)
      const other = yield* Effect.tryPromise(() => client.sendRequest<Page>(withoutBody))
      assert.deepStrictEqual(other.items, all)
      const [seen] = yield* emulator.requests
      assert.include(seen?.headers, { "x-project-id": Demo.projectId, authorization: "<redacted>" })
    }).pipe(Effect.scoped)
  )

  it.live("lists configurations with a temporary access key", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.make({ count: 12 })
      for (const key of [Demo.temporaryKey, yield* emulator.issueTemporaryKey()]) {
        const { accessKey: ak, secretKey: sk, securityToken } = key
        assert.deepStrictEqual((yield* list(withKeys(emulator.endpoint, { ak, sk, securityToken }))).items, all)
        const error = yield* Effect.flip(list(withKeys(emulator.endpoint, { ak, sk })))
        assert.include(error, { httpStatusCode: 401, errorCode: "APIGW.0301" })
      }
    }).pipe(Effect.scoped)
  )

  it.live("lists configurations with a token", () =>
    Effect.gen(function* () {
      const { endpoint } = yield* Emulator.make({ count: 12 })
      const client = new HcClient(new DefaultHttpClient({}, [endpoint])).withEndpoints([endpoint])
      const listWithToken = (token: string) =>
        Effect.tryPromise({
          try: () =>
            client.sendRequest<Page>({
              ...request({ "X-Auth-Token": token }),
              pathParams: { project_id: Demo.projectId }
            }),
          catch: (error) => error
        })
      assert.deepStrictEqual((yield* listWithToken(Demo.token)).items, all)
      const error = yield* Effect.flip(listWithToken("guess"))
      assert.include(error, { httpStatusCode: 401, errorCode: "APIGW.0301" })
    }).pipe(Effect.scoped)
  )

  it.live("looks up the project of a region", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.make({ count: 12 })
      const credentials = new BasicCredentials({ ...keys, iamEndpoint: emulator.endpoint })
      const client = builder()
        .withRegion(new Region("cn-north-4", emulator.endpoint))
        .withCredential(credentials)
        .build()
      assert.deepStrictEqual((yield* list(client)).items, all)
      assert.strictEqual(credentials.projectId, Demo.projectId)
      assert.deepStrictEqual(
        (yield* emulator.requests).map((_) => `${_.method} ${_.path}`),
        ["GET /v3/projects", `GET /v1/${Demo.projectId}/hotspot-session-config`]
      )
    }).pipe(Effect.scoped)
  )

  it.live("gets the errors of the emulator", () =>
    Effect.gen(function* () {
      const { endpoint } = yield* Emulator.make()
      const wrong = yield* Effect.flip(list(withKeys(endpoint, { ...keys, sk: "wrong" })))
      assert.include(wrong, { httpStatusCode: 401, errorCode: "APIGW.0301" })
      assert.match(String(wrong), /verify aksk signature fail, canonicalRequest:GET\|\/v1\//)
      const unknown = yield* Effect.flip(list(withKeys(endpoint, { ...keys, ak: "UNKNOWN" })))
      assert.include(String(unknown), "ak UNKNOWN not exist")
      const late = yield* Emulator.make({ clockSkew: { ahead: "16 minutes" } })
      const expired = yield* Effect.flip(list(withKeys(late.endpoint, keys)))
      assert.include(String(expired), "signature expired, signature time:")
    }).pipe(Effect.scoped)
  )
})
