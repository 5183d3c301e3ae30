import { createHash } from "node:crypto"
import { describe, expect, it } from "@effect/vitest"
import { Credentials } from "@hotspot-session/client"
import { Demo, Emulator } from "@hotspot-session/emulator"
import type { NodeGateway } from "@hotspot-session/gateway/node"
import { BasicCredentials } from "@huaweicloud/huaweicloud-sdk-core/auth/BasicCredentials.js"
import { ClientBuilder } from "@huaweicloud/huaweicloud-sdk-core/ClientBuilder.js"
import { HcClient } from "@huaweicloud/huaweicloud-sdk-core/HcClient.js"
import { DefaultHttpClient } from "@huaweicloud/huaweicloud-sdk-core/http/DefaultHttpClient.js"
import { Logger4jInstance } from "@huaweicloud/huaweicloud-sdk-core/logger/log4jLogger.js"
import type { SdkResponse } from "@huaweicloud/huaweicloud-sdk-core/SdkResponse.js"
import { Effect, Redacted, type Scope } from "effect"
import { client, makeGateway } from "./support.js"

// The SDK would log errors to standard output, including signatures and tokens.
Logger4jInstance.level = "off"

/** What a client of the SDK sends with each request. */
interface Sdk {
  readonly client: HcClient
  readonly headers: Record<string, string>
  readonly pathParams: Record<string, string>
}

const byKey = (endpoint: string, keys: { ak: string; sk: string; securityToken?: string }): Sdk => ({
  client: new ClientBuilder((client) => client)
    // Without a user agent, the SDK generates one and stores it in the home directory.
    .withOptions({ customUserAgent: "test" })
    .withEndpoint(endpoint)
    .withCredential(new BasicCredentials({ projectId: Demo.projectId, ...keys }))
    .build(),
  headers: {},
  pathParams: {}
})

const byToken = (endpoint: string, token: string): Sdk => ({
  client: new HcClient(new DefaultHttpClient({}, [endpoint])).withEndpoints([endpoint]),
  headers: { "X-Auth-Token": token },
  pathParams: { project_id: Demo.projectId }
})

/** A request like those of the SDK's generated services; the service for this API is not on npm. */
const call = (
  { client, headers, pathParams }: Sdk,
  method: string,
  path: string,
  options: { readonly pathParams?: Record<string, string>; readonly queryParams?: object; readonly data?: object }
): Effect.Effect<unknown, unknown> =>
  Effect.tryPromise(() =>
    client.sendRequest<SdkResponse>({
      method,
      url: `/v1/{project_id}/hotspot-session-config${path}`,
      contentType: "application/json",
      queryParams: options.queryParams ?? {},
      headers,
      data: options.data ?? {},
      pathParams: { ...pathParams, ...options.pathParams }
    })
  )

const gateway = (options: NodeGateway.ServerOptions) =>
  Effect.gen(function* () {
    const emulator = yield* Emulator.make({ count: 2 })
    const isOwn = options.credentials === "own"
    const upstream = isOwn
      ? client(emulator.endpoint, {}, Credentials.layerToken(Redacted.make(Demo.token)))
      : client(emulator.endpoint)
    const { url } = yield* makeGateway(upstream, { writes: true, cache: {}, ...options })
    return url
  })

const permissions = ["read" as const, "write" as const]
const ownKeys = { ak: "GATEWAYKEY0000000001", sk: "gateway-secret-0123456789" }
const ownGateway = gateway({
  credentials: "own",
  apiKeys: [{ hash: createHash("sha256").update("gateway-key").digest("hex"), permissions }],
  accessKeys: [{ accessKey: ownKeys.ak, secretKey: Redacted.make(ownKeys.sk), permissions }]
})

const emulator = Effect.map(Emulator.make({ count: 2 }), ({ endpoint }) => endpoint)

const cases: Readonly<Record<string, Effect.Effect<Sdk, unknown, Scope.Scope>>> = {
  "the emulator with an access key": Effect.map(emulator, (endpoint) =>
    byKey(endpoint, { ak: Demo.accessKey, sk: Demo.secretKey })
  ),
  "the emulator with a temporary access key": Effect.gen(function* () {
    const { endpoint, issueTemporaryKey } = yield* Emulator.make({ count: 2 })
    const { accessKey: ak, secretKey: sk, securityToken } = yield* issueTemporaryKey()
    return byKey(endpoint, { ak, sk, securityToken })
  }),
  "the emulator with a token": Effect.map(emulator, (endpoint) => byToken(endpoint, Demo.token)),
  "the gateway with an access key": Effect.map(ownGateway, (url) => byKey(url, ownKeys)),
  "the gateway with an access key and a security token": Effect.map(ownGateway, (url) =>
    byKey(url, { ...ownKeys, securityToken: "any" })
  ),
  "the gateway with an API key as its token": Effect.map(ownGateway, (url) => byToken(url, "gateway-key")),
  "the gateway with a token of the cloud": Effect.map(gateway({}), (url) => byToken(url, Demo.token))
}

describe("the official SDK calls every operation of", () => {
  for (const [name, make] of Object.entries(cases)) {
    it.scopedLive(name, () =>
      Effect.gen(function* () {
        const sdk = yield* make
        const listed = yield* call(sdk, "GET", "", { queryParams: { offset: 1, limit: 20 } })
        expect(listed).toMatchObject({ httpStatusCode: 200, items: [{ id: expect.any(String) }] })
        const settings = { hotspot_session_migration_enable: true, hotspot_exit_session_num: 7 }
        const users = [{ user_id: "1", user_name: "李娜 & 'Zoë'" }, { user_name: "b" }]
        const created = yield* call(sdk, "POST", "", { data: { ...settings, non_migrate_users: users } })
        expect(created).toMatchObject({ httpStatusCode: 200, ...settings, non_migrate_users: users })
        const { id } = created as { readonly id: string }
        const pathParams = { config_id: id }
        const off = { hotspot_session_migration_enable: false, hotspot_exit_session_num: 0 }
        const updated = yield* call(sdk, "PATCH", "/{config_id}", { pathParams, data: off })
        expect(updated).toMatchObject({ httpStatusCode: 200, id, ...off })
        const update = (update_type: string, non_migrate_users: unknown) =>
          call(sdk, "PATCH", "/{config_id}/non-migration-users", {
            pathParams,
            data: { update_type, non_migrate_users }
          })
        expect(yield* update("ADD", [{ user_id: "1" }, { user_id: "2" }])).toMatchObject({ httpStatusCode: 200 })
        expect(yield* update("DELETE", [{ user_name: "b" }])).toMatchObject({ httpStatusCode: 200 })
        const listUsers = (queryParams: object) =>
          call(sdk, "GET", "/{config_id}/non-migration-users", { pathParams, queryParams })
        expect(yield* listUsers({ offset: 1, limit: 100 })).toMatchObject({
          total_count: 2,
          non_migrate_users: [{ user_id: "2" }]
        })
        expect(yield* listUsers({ user_name: "李娜 & 'Zoë'" })).toMatchObject({ total_count: 0, non_migrate_users: [] })
        // The list that was cached before the writes is not served after them.
        const after = yield* call(sdk, "GET", "", { queryParams: { offset: 1, limit: 20 } })
        expect(after).toMatchObject({
          items: [{}, { id, ...off, non_migrate_users: [{ user_id: "1" }, { user_id: "2" }] }]
        })
      })
    )
  }
})
