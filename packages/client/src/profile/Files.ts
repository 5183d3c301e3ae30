import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Ini from "ini"
import { parseJson } from "../Answer.js"
import { accessKeyLength, secretKeyLength } from "../Credentials.js"
import { fieldsOf, type Names, profileOf } from "./Fields.js"
import type { Look, Miss } from "./Profile.js"

const fileNames: Names = {
  accessKey: "ak",
  secretKey: "sk",
  securityToken: "security_token",
  projectId: "project_id",
  iamEndpoint: "iam_endpoint"
}

/** The sections of an INI file. The SDKs know no nesting, as which `ini` reads a dot; and it throws on odd quotes. */
const sectionsOf = (text: string) =>
  Either.try(() =>
    Object.entries(Ini.parse(text.replace(/^\[.*\]\s*$/gm, (header) => header.replaceAll(".", "\\.")))).filter(
      ([, values]) => Predicate.isRecord(values)
    )
  )

/** A section of the official SDKs' `~/.huaweicloud/credentials`, by default `basic`. */
export const fromCredentialsFile = (text: string, path: string, section = "basic"): Look => {
  const read = sectionsOf(text)
  if (Either.isLeft(read)) return Either.left({ source: path, reason: "it is not an INI file", broken: true })
  const sections = read.right
  const values = sections.find(([name]) => name === section)?.[1]
  if (values === undefined) {
    const others = sections.map(([name]) => name)
    const only = others.length === 0 ? "" : `, only ${others.map((name) => `[${name}]`).join(", ")}`
    return Either.left({ source: path, reason: `it has no section [${section}]${only}`, others, broken: true })
  }
  return profileOf(
    path,
    fieldsOf(values, (name) => `${name} in [${section}] of ${path}`),
    fileNames
  )
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

/** A profile of KooCLI's `~/.hcloud/config.json`, by default the current one. */
export const fromKooCli = (text: string, path: string, name?: string): Look => {
  const miss = (reason: string, kind: Partial<Miss> = { broken: true }): Look =>
    Either.left({ source: path, reason, ...kind })
  const config = Option.flatMap(Either.getRight(parseJson(text)), decodeKooCliConfig)
  if (Option.isNone(config)) return miss("it is not the JSON that KooCLI writes")
  const profiles = config.value.profiles ?? []
  const names = profiles.map(({ name }) => shown(name, "one without a name")).join(", ")
  const current = config.value.current || undefined
  const wanted = name ?? current ?? (profiles.length === 1 ? profiles[0]?.["name"] : undefined)
  if (profiles.length === 0) return miss("it has no profile")
  if (typeof wanted !== "string" || wanted === "") {
    return miss(`none of its profiles (${names}) is the current one; choose one with --profile`, { ambiguous: true })
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
  if (mode === "ecsAgency") {
    return Either.right({
      source: path,
      credentials: { _tag: "EcsMetadata", origin: `${label} of ${path}` },
      projectId: fields("projectId"),
      region: fields("region")
    })
  }
  if (mode !== undefined && mode !== null && mode !== "" && mode !== "AKSK") {
    return miss(`${label} uses ${shown(mode, "another mode")}, which works in KooCLI only`)
  }
  return Either.filterOrLeft(
    profileOf(path, fields, kooCliNames),
    ({ credentials }) =>
      credentials._tag !== "AccessKey" ||
      !(
        isEncrypted(credentials.accessKey.value, accessKeyLength) ||
        isEncrypted(Redacted.value(credentials.secretKey.value), secretKeyLength)
      ),
    (): Miss => ({
      source: path,
      reason: `the keys of ${label} are encrypted, which only KooCLI can read; store them with "hcloud configure set --cli-auth-encrypt=false", or put them into the environment`,
      broken: true
    })
  )
}
