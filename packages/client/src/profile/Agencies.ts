import * as Duration from "effect/Duration"
import * as Either from "effect/Either"
import type { ProfileCredentials, ProfileLookup, SourcedValue } from "./Profile.js"
import type { Fields } from "./ProfileFields.js"

/** The names that a source uses for an agency. */
export interface Names {
  readonly agencyName: string
  readonly domainName: string
  readonly domainId: string
  readonly lifetime?: string
}

interface Problem {
  readonly reason: string
  readonly refusal: string
}

/** A lifetime in seconds. */
const lifetimeOf = (
  fields: Fields,
  name: string | undefined,
  location: string
): Either.Either<SourcedValue<Duration.Duration> | undefined, Problem> => {
  const text = name === undefined ? undefined : fields(name)
  if (text === undefined) return Either.right(undefined)
  const seconds = /^\d{1,6}$/.test(text.value) ? Number(text.value) : Number.NaN
  return seconds >= 900 && seconds <= 86_400
    ? Either.right({ value: Duration.seconds(seconds), source: text.source })
    : Either.left({
        reason: `${name}${location} is not a number of seconds from 900 to 86400`,
        refusal: `Set ${name} to the lifetime of the key in seconds, such as 3600, or unset it.`
      })
}

/** The agency that the credentials assume, if the source names one. */
const agencyOf = (
  fields: Fields,
  names: Names,
  base: ProfileCredentials,
  location: string
): Either.Either<ProfileCredentials, Problem> => {
  const agencyName = fields(names.agencyName)
  const domainName = fields(names.domainName)
  const domainId = fields(names.domainId)
  const isNone = agencyName === undefined && domainName === undefined && domainId === undefined
  if (isNone && base._tag !== "Federation" && base._tag !== "Agency") return Either.right(base)
  const withLifetime = <A extends ProfileCredentials>(credentials: A) =>
    Either.map(lifetimeOf(fields, names.lifetime, location), (lifetime) => ({ ...credentials, lifetime }))
  if (isNone) return withLifetime(base)
  if (agencyName === undefined) {
    const name = domainName === undefined ? names.domainId : names.domainName
    return Either.left({
      reason: `${name}${location} is set, but ${names.agencyName} is not`,
      refusal: `Set ${names.agencyName} to the name of the agency, or unset ${name}.`
    })
  }
  if (domainName === undefined && domainId === undefined) {
    return Either.left({
      reason: `${names.agencyName}${location} is set, but neither ${names.domainName} nor ${names.domainId} is`,
      refusal: `Set ${names.domainName} to the name of the account that delegates, or unset ${names.agencyName}.`
    })
  }
  // The agency of a file takes precedence over that of the environment, as in Terraform.
  return withLifetime(base._tag === "Agency" ? base : { _tag: "Agency", agencyName, domainName, domainId, base })
}

/** The profile with the agency that its source names. `location` is appended to a name, such as ` in profile p`. */
export const withAgency = (fields: Fields, names: Names, lookup: ProfileLookup, location = ""): ProfileLookup =>
  Either.flatMap(lookup, (profile) =>
    Either.mapBoth(agencyOf(fields, names, profile.credentials, location), {
      onLeft: (problem) => ({ source: profile.source, broken: true, ...problem }),
      onRight: (credentials) => ({ ...profile, credentials })
    })
  )
