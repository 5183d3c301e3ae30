import { cloudOf } from "@hotspot-session/core"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import type { Profile, ProfileCredentials, ProfileLookup, SkippedSource, SourcedValue } from "./Profile.js"

/** The named values of one source. Empty values count as absent. */
export type Fields = (name: string) => SourcedValue<string> | undefined

/** The fields of a record. `describe` returns the source of a name. */
export const fieldsOf =
  (record: Readonly<Record<string, unknown>>, describe: (name: string) => string): Fields =>
  (name) => {
    const value = Object.hasOwn(record, name) ? record[name] : undefined
    return typeof value === "string" && value !== "" ? { value, source: describe(name) } : undefined
  }

/** The names that a source uses for the parts of a profile. */
export interface Names {
  readonly token?: string
  readonly accessKey: string
  readonly secretKey: string
  readonly securityToken: string
  readonly userName?: string
  readonly password?: string
  readonly domainName?: string
  readonly projectId?: string
  readonly region?: string
  readonly iamEndpoint?: string
  readonly idpId?: string
  readonly idTokenFile?: string
  readonly idToken?: string
}

const secret = ({ source, value }: SourcedValue<string>): SourcedValue<Redacted.Redacted<string>> => ({
  source,
  value: Redacted.make(value)
})

/** The region of a source, and the cloud that it implies: the European one has accounts of its own. */
export const placeOf = (region: SourcedValue<string> | undefined): Pick<Profile, "region" | "cloud"> => ({
  region,
  cloud:
    region === undefined || cloudOf(region.value) === cloudOf()
      ? undefined
      : { ...region, value: cloudOf(region.value), isImplied: true }
})

/** An identity provider and its ID token, both or none. Left is the reason why they cannot be used. */
const federationOf = (
  fields: Fields,
  { idToken, idTokenFile, idpId }: Names,
  location: string
): Either.Either<ProfileCredentials | undefined, { readonly reason: string; readonly refusal: string }> => {
  const get = (name: string | undefined) => (name === undefined ? undefined : fields(name))
  const [id, file, token] = [get(idpId), get(idTokenFile), get(idToken)]
  const tokenNames = [idTokenFile, idToken].filter((name) => name !== undefined).join(" or ")
  if (file !== undefined && token !== undefined) {
    return Either.left({
      reason: `${idTokenFile} and ${idToken} are both set${location}`,
      refusal: "Keep one of them."
    })
  }
  if (id === undefined && (file !== undefined || token !== undefined)) {
    const name = file === undefined ? idToken : idTokenFile
    return Either.left({
      reason: `${name}${location} is set, but ${idpId} is not`,
      refusal: `Set ${idpId} to the ID of the identity provider in IAM, or unset ${name}.`
    })
  }
  if (id === undefined) return Either.right(undefined)
  if (file !== undefined) return Either.right({ _tag: "Federation", idpId: id, idToken: { _tag: "File", path: file } })
  if (token !== undefined) {
    return Either.right({ _tag: "Federation", idpId: id, idToken: { _tag: "Value", token: secret(token) } })
  }
  return Either.left({
    reason: `${idpId}${location} is set, but ${tokenNames} is not`,
    refusal: `Set ${tokenNames} to the ID token of the identity provider, or unset ${idpId}.`
  })
}

/**
 * The profile in the fields of a source. It must have exactly one kind of credentials, and completely. As in the official
 * SDKs, an identity provider takes precedence over an access key of the same source.
 */
export const profileOf = (source: string, fields: Fields, names: Names, location = ""): ProfileLookup => {
  const get = (name: string | undefined) => (name === undefined ? undefined : fields(name))
  const skip = (reason: string, kind: Partial<SkippedSource> = {}) =>
    Either.left<SkippedSource>({ source, reason, ...kind })

  const token = get(names.token)
  const accessKey = fields(names.accessKey)
  const secretKey = fields(names.secretKey)
  const securityToken = fields(names.securityToken)
  const userName = get(names.userName)
  const password = get(names.password)
  const domainName = get(names.domainName)

  const found = federationOf(fields, names, location)
  if (Either.isLeft(found)) return skip(found.left.reason, { broken: true, refusal: found.left.refusal })
  const federation = found.right

  const firstSet = (...candidates: ReadonlyArray<string | undefined>) =>
    candidates.filter((name) => get(name) !== undefined).slice(0, 1)
  const kinds = [
    firstSet(names.token),
    federation === undefined ? firstSet(names.accessKey, names.secretKey, names.securityToken) : [names.idpId],
    firstSet(names.password, names.userName)
  ].flat()
  if (kinds.length > 1) {
    return skip(`more than one kind of credentials is set (${kinds.join(", ")}); keep one of them`, { ambiguous: true })
  }

  const profile = (credentials: Profile["credentials"]): ProfileLookup =>
    Either.right({
      source,
      credentials,
      projectId: get(names.projectId),
      ...placeOf(get(names.region)),
      iamEndpoint: get(names.iamEndpoint)
    })

  if (federation !== undefined) return profile(federation)
  if (token !== undefined) return profile({ _tag: "Token", token: secret(token) })
  if (accessKey !== undefined && secretKey !== undefined) {
    return profile({
      _tag: "AccessKey",
      accessKey,
      secretKey: secret(secretKey),
      securityToken: securityToken === undefined ? undefined : secret(securityToken)
    })
  }
  if (accessKey !== undefined) return skip(`${names.accessKey} is set, but ${names.secretKey} is not`, { broken: true })
  if (secretKey !== undefined) return skip(`${names.secretKey} is set, but ${names.accessKey} is not`, { broken: true })
  if (securityToken !== undefined) {
    return skip(`${names.securityToken} is set, but ${names.accessKey} and ${names.secretKey} are not`, {
      broken: true
    })
  }
  if (userName !== undefined && password !== undefined && domainName !== undefined) {
    return profile({ _tag: "Password", userName, password: secret(password), domainName })
  }
  if (userName !== undefined || password !== undefined) {
    const missing = [names.userName, names.password, names.domainName].filter((name) => get(name) === undefined)
    return skip(`${missing.join(" and ")} ${missing.length === 1 ? "is" : "are"} not set`, { broken: true })
  }
  const required = [names.token, `${names.accessKey} and ${names.secretKey}`].filter((name) => name !== undefined)
  return skip(`${required.join(", ")} not set${location}`)
}
