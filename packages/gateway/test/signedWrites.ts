import * as Http from "node:http"
import { Demo } from "@hotspot-session/emulator"
import { BasicCredentials } from "@huaweicloud/huaweicloud-sdk-core/auth/BasicCredentials.js"
import { ClientBuilder } from "@huaweicloud/huaweicloud-sdk-core/ClientBuilder.js"
import { Logger4jInstance } from "@huaweicloud/huaweicloud-sdk-core/logger/log4jLogger.js"
import type { SdkResponse } from "@huaweicloud/huaweicloud-sdk-core/SdkResponse.js"
import { Effect, Redacted } from "effect"
import { makeUpstream, page } from "./support.js"

// The SDK would log errors to standard output, including signatures and tokens.
Logger4jInstance.level = "off"

const path = `/v1/${Demo.projectId}/hotspot-session-config`

/** The holder of an access key of the gateway, who may write. */
export const signer = {
  accessKey: "WRITER00000000000001",
  secretKey: Redacted.make("gateway-secret-0123456789"),
  name: "sdk",
  permissions: ["read" as const, "write" as const]
}

/** Signs like the official SDK for Node.js, and returns what it would send. */
const sdkOf = (endpoint: string) =>
  new ClientBuilder((client) => client)
    .withOptions({ customUserAgent: "test" })
    .withEndpoint(endpoint)
    .withCredential(
      new BasicCredentials({ projectId: Demo.projectId, ak: signer.accessKey, sk: Redacted.value(signer.secretKey) })
    )
    .build()

/** A signed write of the official SDK. */
export const sdkCreate = (endpoint: string, data: object) =>
  Effect.tryPromise({
    try: () =>
      sdkOf(endpoint).sendRequest<SdkResponse>({
        method: "POST",
        url: "/v1/{project_id}/hotspot-session-config",
        contentType: "application/json",
        queryParams: {},
        pathParams: {},
        headers: {},
        data
      }),
    catch: (error) => error as { readonly httpStatusCode?: number; readonly errorCode?: string }
  })

/** A signed write of the official SDK, as it was captured on its way. */
export const captured = (data: object) =>
  Effect.gen(function* () {
    const upstream = yield* makeUpstream(() => page({ id: "1" }))
    yield* sdkCreate(upstream.endpoint, data)
    const [request] = upstream.requests
    return Object.fromEntries(
      Object.entries(request?.headers ?? {}).filter(([name]) => !/^(?:connection|content-length|transfer)/.test(name))
    ) as Record<string, string>
  })

/** Sends it with the captured `Host`, which `fetch` would replace. */
export const replay = (url: string, headers: Record<string, string>, data: object) =>
  Effect.async<readonly [number | undefined, string]>((resume) => {
    const body = JSON.stringify(data)
    const request = Http.request(`${url}${path}`, {
      method: "POST",
      headers: { ...headers, "content-length": Buffer.byteLength(body) }
    })
    request.on("response", (response) => {
      let text = ""
      response.on("data", (chunk) => {
        text += chunk
      })
      response.on("end", () => resume(Effect.succeed([response.statusCode, text] as const)))
    })
    request.end(body)
  })
