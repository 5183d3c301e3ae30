import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { accessKeyLength, secretKeyLength } from "../Credentials.js"
import { parseJson } from "../Json.js"
import * as Agencies from "./Agencies.js"
import { type ParseProblem, parse, valuesOf } from "./ConfigParser.js"
import type { ProfileLookup, SkippedSource } from "./Profile.js"
import { fieldsOf, type Names, placeOf, profileOf } from "./ProfileFields.js"

const fileNames: Names = {
  accessKey: "ak",
  secretKey: "sk",
  securityToken: "security_token",
  projectId: "project_id",
  iamEndpoint: "iam_endpoint",
  idpId: "idp_id",
  idTokenFile: "id_token_file"
}

/** A file that cannot be parsed may contain the intended credentials, so the search must not continue with other sources. */
const unparsable = (path: string, { expected, line }: ParseProblem): ProfileLookup =>
  Either.left({
    source: path,
    reason: `line ${line} cannot be parsed: expected ${expected}`,
    refusal: "Correct the file; its syntax is that of the official SDK for Python."
  })

/** The profile in a section of the official SDKs' `~/.huaweicloud/credentials`, by default `basic`. */
export const fromCredentialsFile = (text: string, path: string, name = "basic"): ProfileLookup => {
  const sections = parse(text)
  if (Either.isLeft(sections)) return unparsable(path, sections.left)
  const section = sections.right.get(name)
  if (section === undefined) {
    const others = [...sections.right.keys()]
    const existing = others.length === 0 ? "" : `, only ${others.map((name) => `[${name}]`).join(", ")}`
    return Either.left({ source: path, reason: `no section [${name}]${existing}`, others, broken: true })
  }
  const values = valuesOf(section)
  if (Either.isLeft(values)) return unparsable(path, values.left)
  const fields = fieldsOf(values.right, (option) => `${option} in [${name}] of ${path}`)
  // A section that exists is meant: if it is not filled in, no other identity replaces it.
  return Either.mapLeft(profileOf(path, fields, fileNames, ` in [${name}]`), (skipped) => ({
    ...skipped,
    broken: true
  }))
}

/** `null` and fields of other types count as absent. */
const KooCliProfile = Schema.Record({ key: Schema.String, value: Schema.Unknown })

const KooCliConfig = Schema.Struct({
  current: Schema.optional(Schema.NullOr(Schema.String)),
  profiles: Schema.optional(Schema.NullOr(Schema.Array(KooCliProfile)))
})

const decodeKooCliConfig = Schema.decodeUnknownOption(KooCliConfig)

const kooCliNames: Names = {
  accessKey: "accessKeyId",
  secretKey: "secretAccessKey",
  securityToken: "securityToken",
  projectId: "projectId",
  region: "region"
}

const agencyNames: Agencies.Names = {
  agencyName: "agencyName",
  domainName: "agencyDomainName",
  domainId: "agencyDomainId"
}

/** Formats a value for messages. Only strings, because converting other values to text may fail. */
const textOf = (value: unknown, fallback: string): string => (typeof value === "string" ? value : fallback)

/**
 * Whether a key is ciphertext, whose format is not documented: it is much longer than a plain key. One with a few characters
 * too many is not skipped as an encrypted one is.
 */
const isEncrypted = (key: string, length: number): boolean => key.trim().length >= 1.25 * length

/**
 * A profile of KooCLI's `~/.hcloud/config.json`, by default the current one. `selector` is the option or variable with which
 * the user selects another one.
 */
export const fromKooCli = (text: string, path: string, name?: string, selector = "--profile"): ProfileLookup => {
  const skip = (reason: string, kind: Partial<SkippedSource> = { broken: true }): ProfileLookup =>
    Either.left({ source: path, reason, ...kind })
  const config = Option.flatMap(Either.getRight(parseJson(text)), decodeKooCliConfig)
  if (Option.isNone(config)) {
    return skip("not valid KooCLI JSON", {
      refusal: "Correct the file, or remove it if it is not KooCLI's."
    })
  }
  const profiles = config.value.profiles ?? []
  const names = profiles.map(({ name }) => textOf(name, "one without a name")).join(", ")
  const current = config.value.current || undefined
  const selected = name ?? current ?? (profiles.length === 1 ? profiles[0]?.["name"] : undefined)
  if (profiles.length === 0) return skip("no profiles", {})
  if (typeof selected !== "string" || selected === "") {
    return skip(`none of the profiles (${names}) is the current one; select one with ${selector}`, { ambiguous: true })
  }
  const matching = profiles.filter((profile) => profile["name"] === selected)
  const [profile] = matching
  if (profile === undefined) {
    const others = profiles.flatMap(({ name }) => (typeof name === "string" ? [name] : []))
    return skip(`no profile ${selected}, only ${names}`, { broken: true, others })
  }
  if (matching.length > 1) return skip(`${matching.length} profiles are named ${selected}`, { ambiguous: true })

  const label = `profile ${selected}`
  const mode = profile["mode"]
  const fields = fieldsOf(profile, (field) => `${field} in ${label} of ${path}`)
  const withAgency = (lookup: ProfileLookup) => Agencies.withAgency(fields, agencyNames, lookup, ` in ${label}`)
  if (mode === "ecsAgency") {
    return withAgency(
      Either.right({
        source: path,
        credentials: { _tag: "EcsMetadata", source: `${label} of ${path}` },
        projectId: fields("projectId"),
        ...placeOf(fields("region"))
      })
    )
  }
  if (mode !== undefined && mode !== null && mode !== "" && mode !== "AKSK") {
    return skip(`${label} uses ${textOf(mode, "another mode")}, which works only in KooCLI`, {
      refusal: `Select a profile of mode AKSK or ecsAgency with ${selector}, or set the credentials in the environment.`
    })
  }
  return withAgency(
    Either.filterOrLeft(
      Either.mapLeft(profileOf(path, fields, kooCliNames, ` in ${label}`), (skipped) =>
        // As in KooCLI, an ECS's agency may replace a current profile without credentials, but not one that is named.
        name === undefined ? skipped : { ...skipped, broken: true }
      ),
      ({ credentials }) =>
        credentials._tag !== "AccessKey" ||
        !(
          isEncrypted(credentials.accessKey.value, accessKeyLength) ||
          isEncrypted(Redacted.value(credentials.secretKey.value), secretKeyLength)
        ),
      (): SkippedSource => ({
        source: path,
        reason: `the keys of ${label} are encrypted, which only KooCLI can decrypt; store them with "hcloud configure set --cli-auth-encrypt=false", or set them in the environment`,
        broken: true,
        passedOver: true
      })
    )
  )
}
