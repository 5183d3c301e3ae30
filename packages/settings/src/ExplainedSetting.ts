import type { Profile, ProfileCredentials } from "@hotspot-session/client"
import * as Duration from "effect/Duration"
import * as Either from "effect/Either"
import { credentialsKinds } from "./CredentialSources.js"
import type { SourcedValue } from "./SourcedValue.js"
import type { Target } from "./Target.js"

/** A setting for display; `value` is absent if it is not set. */
export interface ExplainedSetting {
  readonly setting: string
  readonly value?: string | undefined
  /** Where the value comes from, or why there is none. */
  readonly source: string
}

export const hidden = "********"

/** Enough of an access key to identify it. */
const masked = (key: string): string => (key.length < 12 ? hidden : `${key.slice(0, 4)}…${key.slice(-4)}`)

type SourcedLifetime = Extract<ProfileCredentials, { readonly _tag: "Agency" }>["lifetime"]

const explain = (setting: string, sourced: SourcedValue | undefined, fallback: string): ExplainedSetting =>
  sourced === undefined ? { setting, source: fallback } : { setting, value: sourced.value, source: sourced.source }

const explainLifetime = (lifetime: SourcedLifetime): ReadonlyArray<ExplainedSetting> =>
  lifetime === undefined
    ? []
    : [{ setting: "lifetime of the key", value: `${Duration.toSeconds(lifetime.value)} s`, source: lifetime.source }]

/** A query may contain a secret. */
const withoutQuery = (url: string): string => url.replace(/[?#].*$/s, "")

/** A profile's credentials, without secrets. */
export const explainCredentials = ({
  credentials,
  source
}: Pick<Profile, "credentials" | "source">): ReadonlyArray<ExplainedSetting> => {
  const kind = (value: string): ExplainedSetting => ({ setting: "credentials", value, source })
  const name = credentialsKinds[credentials._tag]
  switch (credentials._tag) {
    case "Token":
      return [kind(name), { setting: "token", value: hidden, source: credentials.token.source }]
    case "AccessKey": {
      const { accessKey, secretKey, securityToken } = credentials
      return [
        kind(securityToken === undefined ? name : `temporary ${name}`),
        { setting: "access key", value: masked(accessKey.value), source: accessKey.source },
        { setting: "secret key", value: hidden, source: secretKey.source },
        ...(securityToken === undefined
          ? []
          : [{ setting: "security token", value: hidden, source: securityToken.source }])
      ]
    }
    case "Password": {
      const { domainName, password, userName } = credentials
      return [
        kind(name),
        explain("domain", domainName, ""),
        explain("user", userName, ""),
        { setting: "password", value: hidden, source: password.source }
      ]
    }
    case "EcsMetadata":
      return [{ setting: "credentials", value: name, source: credentials.source }]
    case "Federation": {
      const { idToken, idpId, lifetime } = credentials
      return [
        kind(name),
        explain("identity provider", idpId, ""),
        idToken._tag === "File"
          ? explain("ID token file", idToken.path, "")
          : { setting: "ID token", value: hidden, source: idToken.token.source },
        ...explainLifetime(lifetime)
      ]
    }
    case "PodIdentity": {
      const { tokenFile, uri } = credentials
      return [
        kind(name),
        { ...uri, setting: "agent", value: withoutQuery(uri.value) },
        explain("token file", tokenFile, "")
      ]
    }
    case "Agency": {
      const { agencyName, base, domainId, domainName, lifetime } = credentials
      return [
        kind(name),
        explain("agency", agencyName, ""),
        ...(domainName === undefined ? [] : [explain("delegating account", domainName, "")]),
        ...(domainId === undefined ? [] : [explain("delegating account ID", domainId, "")]),
        ...explainLifetime(lifetime),
        ...explainCredentials({ source, credentials: base }).map((row) =>
          row.setting === "credentials" ? { ...row, setting: "assumed with" } : row
        )
      ]
    }
  }
}

export const explainTarget = ({
  endpoint,
  iamEndpoint,
  projectId,
  projectName,
  region
}: Target): ReadonlyArray<ExplainedSetting> => [
  explain(
    "project",
    projectId,
    region === undefined || Either.getOrUndefined(iamEndpoint) === undefined
      ? "not set"
      : projectName === undefined
        ? `looked up by region ${region.value}`
        : `looked up by name ${projectName.value} (${projectName.source})`
  ),
  explain("region", region, "not set"),
  Either.match(endpoint, {
    onLeft: ({ message }) => ({ setting: "endpoint", source: message }),
    onRight: ({ configured, url }) => ({ setting: "endpoint", value: url, source: configured.source })
  }),
  Either.match(iamEndpoint, {
    onLeft: ({ message }) => ({ setting: "IAM endpoint", source: message }),
    onRight: (sourced) => explain("IAM endpoint", sourced, "not set, and the endpoint is not a region's")
  })
]
