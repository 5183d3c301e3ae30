import type { Profile } from "@hotspot-session/client"
import * as Either from "effect/Either"
import { credentialsKinds } from "./CredentialSources.js"
import type { SourcedValue } from "./SourcedValue.js"
import type { Target } from "./Target.js"

/** A setting as it is shown: `value` is absent where there is none. */
export interface ExplainedSetting {
  readonly setting: string
  readonly value?: string | undefined
  /** Where the value comes from, or why there is none. */
  readonly origin: string
}

/** What stands for a secret. */
export const hidden = "********"

/** Enough of an access key to tell it from another. */
const masked = (key: string): string => (key.length < 12 ? hidden : `${key.slice(0, 4)}…${key.slice(-4)}`)

const explain = (setting: string, sourced: SourcedValue | undefined, fallback: string): ExplainedSetting =>
  sourced === undefined ? { setting, origin: fallback } : { setting, value: sourced.value, origin: sourced.origin }

/** A profile's credentials, without secrets. */
export const explainCredentials = ({ credentials, source }: Profile): ReadonlyArray<ExplainedSetting> => {
  const kind = (value: string): ExplainedSetting => ({ setting: "credentials", value, origin: source })
  const usual = credentialsKinds[credentials._tag]
  switch (credentials._tag) {
    case "Token":
      return [kind(usual), { setting: "token", value: hidden, origin: credentials.token.origin }]
    case "AccessKey": {
      const { accessKey, secretKey, securityToken } = credentials
      return [
        kind(securityToken === undefined ? usual : `temporary ${usual}`),
        { setting: "access key", value: masked(accessKey.value), origin: accessKey.origin },
        { setting: "secret key", value: hidden, origin: secretKey.origin },
        ...(securityToken === undefined
          ? []
          : [{ setting: "security token", value: hidden, origin: securityToken.origin }])
      ]
    }
    case "Password": {
      const { domainName, password, userName } = credentials
      return [
        kind(usual),
        explain("domain", domainName, ""),
        explain("user", userName, ""),
        { setting: "password", value: hidden, origin: password.origin }
      ]
    }
    case "EcsMetadata":
      return [{ setting: "credentials", value: usual, origin: credentials.origin }]
  }
}

/** What is asked for and where. */
export const explainTarget = ({
  endpoint,
  iamEndpoint,
  projectId,
  region
}: Target): ReadonlyArray<ExplainedSetting> => [
  explain(
    "project",
    projectId,
    region === undefined || Either.getOrUndefined(iamEndpoint) === undefined
      ? "not given"
      : `looked up by the region ${region.value}`
  ),
  explain("region", region, "not given"),
  Either.match(endpoint, {
    onLeft: ({ message }) => ({ setting: "endpoint", origin: message }),
    onRight: ({ given, url }) => ({ setting: "endpoint", value: url, origin: given.origin })
  }),
  Either.match(iamEndpoint, {
    onLeft: ({ message }) => ({ setting: "IAM endpoint", origin: message }),
    onRight: (sourced) => explain("IAM endpoint", sourced, "not given, and the endpoint is not a region's")
  })
]
