import { createHash } from "node:crypto"
import type { ProfileCredentials } from "@hotspot-session/client"
import type { ConfigError } from "effect/ConfigError"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type { GatewaySettings } from "./GatewaySettings.js"
import type { Upstreams } from "./ResolvedUpstreams.js"

const digest = (text: string): string => createHash("sha256").update(text).digest("hex")

/** Identifies the credentials, so that gateways share responses only if they use the same. Contains no secret that could be guessed. */
const identityOf = (credentials: ProfileCredentials | undefined): ReadonlyArray<string> => {
  if (credentials === undefined) return ["pass-through"]
  switch (credentials._tag) {
    case "Token":
      return ["token", digest(Redacted.value(credentials.token.value))]
    case "AccessKey":
      return ["access key", credentials.accessKey.value]
    case "Password":
      return ["user", credentials.domainName.value, credentials.userName.value]
    case "EcsMetadata":
      return ["agency"]
    case "Federation": {
      // An ID token is rotated, and names its workload nowhere else.
      const { idToken, idpId } = credentials
      return [
        "provider",
        idpId.value,
        idToken._tag === "File" ? idToken.path.value : digest(Redacted.value(idToken.token.value))
      ]
    }
    case "PodIdentity":
      return ["pod", credentials.uri.value, credentials.tokenFile.value]
    case "Agency": {
      const { agencyName, base, domainId, domainName } = credentials
      return ["delegated", agencyName.value, domainName?.value ?? "", domainId?.value ?? "", ...identityOf(base)]
    }
  }
}

/** The Redis store that several gateways share, loaded only if it is configured. */
export const layer = (
  { redis, redisPrefix }: GatewaySettings,
  { endpoint, profile }: Pick<Upstreams, "endpoint" | "profile">,
  password: Redacted.Redacted | undefined
): Layer.Layer<never, ConfigError> =>
  redis === undefined
    ? Layer.empty
    : Layer.unwrapEffect(
        Effect.map(
          Effect.promise(() => import("@hotspot-session/gateway/redis")),
          ({ RedisStore }) => {
            const cloud = endpoint.isDefault ? endpoint.region : endpoint.configured.value
            const identity = digest(JSON.stringify([cloud, ...identityOf(profile?.credentials)]))
            return RedisStore.layer({
              url: redis,
              password,
              prefix: `${redisPrefix}:${identity.slice(0, 16)}`
            })
          }
        )
      )
