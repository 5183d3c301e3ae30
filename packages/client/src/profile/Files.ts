import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { accessKeyLength, secretKeyLength } from "../Credentials.js"
import { parseJson } from "../Response.js"
import { type ParseProblem, parse, valuesOf } from "./ConfigParser.js"
import { fieldsOf, type Names, profileOf } from "./Fields.js"
import type { ProfileLookup, SkippedSource } from "./Profile.js"
import { refuseUnsupported } from "./Unsupported.js"

const fileNames: Names = {
  accessKey: "ak",
  secretKey: "sk",
  securityToken: "security_token",
  projectId: "project_id",
  iamEndpoint: "iam_endpoint"
}

/** A file that cannot be parsed may hold the credentials that are meant: those of another source are not used instead. */
const unparsable = (path: string, { expected, line }: ParseProblem): ProfileLookup =>
  Either.left({
    source: path,
    reason: `line ${line} cannot be parsed: expected ${expected}`,
    refusal: "Correct the file; it is read as the official SDK for Python reads it."
  })

/** A section of the official SDKs' `~/.huaweicloud/credentials`, by default `basic`. */
export const fromCredentialsFile = (text: string, path: string, name = "basic"): ProfileLookup => {
  const sections = parse(text)
  if (Either.isLeft(sections)) return unparsable(path, sections.left)
  const section = sections.right.get(name)
  if (section === undefined) {
    const others = [...sections.right.keys()]
    const only = others.length === 0 ? "" : `, only ${others.map((name) => `[${name}]`).join(", ")}`
    return Either.left({ source: path, reason: `it has no section [${name}]${only}`, others, broken: true })
  }
  const values = valuesOf(section)
  if (Either.isLeft(values)) return unparsable(path, values.left)
  const fields = fieldsOf(values.right, (option) => `${option} in [${name}] of ${path}`)
  return refuseUnsupported("credentialsFile", fields, profileOf(path, fields, fileNames), ` in [${name}]`)
}

/** `null` and absent read alike, and fields of other types as absent. */
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

/** A value for people. Only strings, because others may not be turned into text. */
const shown = (value: unknown, otherwise: string): string => (typeof value === "string" ? value : otherwise)

/** Encrypted keys are longer than keys; what else is wrong with a key is not told here. */
const isEncrypted = (key: string, length: number): boolean => key.trim().length > length

/**
 * A profile of KooCLI's `~/.hcloud/config.json`, by default the current one. `choice` is what names another.
 */
export const fromKooCli = (text: string, path: string, name?: string, choice = "--profile"): ProfileLookup => {
  const miss = (reason: string, kind: Partial<SkippedSource> = { broken: true }): ProfileLookup =>
    Either.left({ source: path, reason, ...kind })
  const config = Option.flatMap(Either.getRight(parseJson(text)), decodeKooCliConfig)
  if (Option.isNone(config)) {
    return miss("it is not the JSON that KooCLI writes", {
      refusal: "Correct the file, or remove it if it is not KooCLI's."
    })
  }
  const profiles = config.value.profiles ?? []
  const names = profiles.map(({ name }) => shown(name, "one without a name")).join(", ")
  const current = config.value.current || undefined
  const wanted = name ?? current ?? (profiles.length === 1 ? profiles[0]?.["name"] : undefined)
  if (profiles.length === 0) return miss("it has no profile")
  if (typeof wanted !== "string" || wanted === "") {
    return miss(`none of its profiles (${names}) is the current one; choose one with ${choice}`, { ambiguous: true })
  }
  const matching = profiles.filter((profile) => profile["name"] === wanted)
  const [profile] = matching
  if (profile === undefined) {
    const others = profiles.flatMap(({ name }) => (typeof name === "string" ? [name] : []))
    return miss(`it has no profile ${wanted}, only ${names}`, { broken: true, others })
  }
  if (matching.length > 1) return miss(`it has ${matching.length} profiles named ${wanted}`, { ambiguous: true })

  const label = `profile ${wanted}`
  const mode = profile["mode"]
  const fields = fieldsOf(profile, (field) => `${field} in ${label} of ${path}`)
  const checked = (lookup: ProfileLookup) => refuseUnsupported("kooCli", fields, lookup, ` in ${label}`)
  if (mode === "ecsAgency") {
    return checked(
      Either.right({
        source: path,
        credentials: { _tag: "EcsMetadata", source: `${label} of ${path}` },
        projectId: fields("projectId"),
        region: fields("region")
      })
    )
  }
  if (mode !== undefined && mode !== null && mode !== "" && mode !== "AKSK") {
    return miss(`${label} uses ${shown(mode, "another mode")}, which works in KooCLI only`, {
      refusal: `Choose a profile of mode AKSK or ecsAgency with ${choice}, or put the credentials into the environment.`
    })
  }
  return Either.filterOrLeft(
    checked(profileOf(path, fields, kooCliNames)),
    ({ credentials }) =>
      credentials._tag !== "AccessKey" ||
      !(
        isEncrypted(credentials.accessKey.value, accessKeyLength) ||
        isEncrypted(Redacted.value(credentials.secretKey.value), secretKeyLength)
      ),
    (): SkippedSource => ({
      source: path,
      reason: `the keys of ${label} are encrypted, which only KooCLI can read; store them with "hcloud configure set --cli-auth-encrypt=false", or put them into the environment`,
      broken: true
    })
  )
}
