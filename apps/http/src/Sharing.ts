import { createHash } from "node:crypto"
import type { Profile } from "@hotspot-session/client"
import type { ConfigError } from "effect/ConfigError"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type { GatewaySettings } from "./GatewaySettings.js"
import type { RemoteEndpoint, Upstreams } from "./Upstreams.js"

const digest = (text: string): string => createHash("sha256").update(text).digest("hex")

/** Whose answers the cloud gives, for those who must not be served others'. Holds no secret that could be guessed. */
const identityOf = (profile: Profile | undefined): ReadonlyArray<string> => {
  if (profile === undefined) return ["pass-through"]
  const { credentials } = profile
  switch (credentials._tag) {
    case "Token":
      return ["token", digest(Redacted.value(credentials.token.value))]
    case "AccessKey":
      return ["access key", credentials.accessKey.value]
    case "Password":
      return ["user", credentials.domainName.value, credentials.userName.value]
    case "EcsMetadata":
      return ["agency"]
  }
}

/** The endpoints that regions have in place of their own here and might not have elsewhere. */
const overridesOf = (remoteEndpoints: ReadonlyArray<RemoteEndpoint>): ReadonlyArray<string> => {
  const endpoints = remoteEndpoints.flatMap(({ endpoint, region }) =>
    endpoint.isDefault ? [] : [`${region} ${endpoint.given.value}`]
  )
  return [...new Set(endpoints)].sort()
}

/** What several gateways share, where they do; what does so is not loaded otherwise. */
export const layer = (
  { redis, redisPrefix }: GatewaySettings,
  { endpoint, profile, remoteEndpoints }: Upstreams,
  password: Redacted.Redacted | undefined
): Layer.Layer<never, ConfigError> =>
  redis === undefined
    ? Layer.empty
    : Layer.unwrapEffect(
        Effect.map(
          Effect.promise(() => import("@hotspot-session/gateway/redis")),
          ({ RedisStore }) => {
            const cloud = endpoint.isDefault ? endpoint.region : endpoint.given.value
            const apart = digest(JSON.stringify([cloud, ...identityOf(profile), ...overridesOf(remoteEndpoints)]))
            return RedisStore.layer({
              url: redis,
              password,
              prefix: `${redisPrefix}:${apart.slice(0, 16)}`
            })
          }
        )
      )
