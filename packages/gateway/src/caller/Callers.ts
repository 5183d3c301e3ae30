import { Credentials } from "@hotspot-session/client"
import * as ConfigError from "effect/ConfigError"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import type { Digest } from "../Digest.js"
import * as Failure from "../Failure.js"
import type { RequestHead } from "../RequestHead.js"
import * as ApiKeys from "./ApiKeys.js"
import { type CallerKey, isUsable, minSecretLength } from "./CallerKeys.js"
import * as KeyGrant from "./KeyGrant.js"
import { accessKeyOf, type SignedRequest, verify } from "./SignedCaller.js"
import type { TokenVerdicts } from "./TokenVerdicts.js"

export interface Caller {
  /** Unique to the caller, and not secret. */
  readonly id: string
  readonly credentials: Credentials.Service | undefined
  /** The name of the caller's key, if it has one. */
  readonly name: string | undefined
  readonly permissions: ReadonlySet<KeyGrant.Permission>
  /** The only projects that the caller's key opens; absent if it opens all. */
  readonly projects: ReadonlySet<string> | undefined
}

/** Who may call the gateway, and with whose credentials. */
export interface Settings {
  readonly mode: Failure.CredentialsMode
  /** The callers' API keys, in `own`. */
  readonly apiKeys: ReadonlyArray<ApiKeys.ApiKey>
  /** Keys that callers may sign with, in `own`. */
  readonly accessKeys: ReadonlyArray<CallerKey>
  readonly digest: Digest
  readonly verdicts: Pick<TokenVerdicts, "isAccepted">
}

export interface Callers {
  /** The caller; `signed` if there is a signature to verify, for which the body is needed. */
  readonly identify: (head: RequestHead, now: number) => Either.Either<Caller | "signed", Failure.Failure>
  /** Who a signed request claims to be, before it is verified: the same for all access keys that are not known. */
  readonly signerOf: (headers: RequestHead["headers"]) => string
  readonly verify: (request: SignedRequest, now: number) => Either.Either<Caller, Failure.Failure>
  /** The failure for a signed request to a route that does not verify signatures. */
  readonly missingCredentials: Failure.Failure
}

const isSigned = (authorization: string | undefined): boolean => /^(?:SDK|V11)-HMAC-/i.test(authorization ?? "")

/** The token of `Bearer`, or the password of `Basic`, which browsers can prompt for. */
const secretOf = (authorization: string | undefined): string | undefined => {
  const [, scheme = "", value = ""] = /^(Bearer|Basic) +(\S+) *$/i.exec(authorization ?? "") ?? []
  if (scheme.toLowerCase() === "bearer") return value
  if (scheme === "") return undefined
  try {
    return atob(value).replace(/^[^:]*:?/, "")
  } catch {
    return undefined
  }
}

const nonEmpty = (text: string | undefined): string | undefined => (text === "" ? undefined : text)

const readOnly: ReadonlySet<KeyGrant.Permission> = new Set(["read"])

/** A token of the cloud: the cloud decides what it permits. */
const everything: ReadonlySet<KeyGrant.Permission> = new Set(["read", "write"])

const holderOf = (id: string, { name, permissions, projects }: KeyGrant.KeyGrant): Caller => ({
  id,
  credentials: undefined,
  name,
  permissions: permissions === undefined ? readOnly : new Set(permissions),
  projects: projects === undefined ? undefined : new Set(projects)
})

/** Tokens are thousands of characters long, so the digests of this many that the cloud has accepted are cached. */
const maxCachedTokens = 1_000

const identifyByToken = ({ digest, verdicts }: Pick<Settings, "digest" | "verdicts">): Callers["identify"] => {
  const cache = new Map<string, Either.Either<Caller>>()
  const callerOf = (token: string, now: number): Either.Either<Caller> => {
    const cached = cache.get(token)
    if (cached !== undefined) return cached
    const id = digest(token)
    const caller = Either.right({
      id,
      credentials: Credentials.token(Redacted.make(token), "header X-Auth-Token"),
      name: undefined,
      permissions: everything,
      projects: undefined
    })
    if (verdicts.isAccepted(id, now)) {
      if (cache.size >= maxCachedTokens) cache.clear()
      cache.set(token, caller)
    }
    return caller
  }
  return ({ headers }, now) => {
    const token = nonEmpty(headers["x-auth-token"]) ?? nonEmpty(secretOf(headers["authorization"]))
    if (token !== undefined) return callerOf(token, now)
    return Either.left(isSigned(headers["authorization"]) ? Failure.signedRequest : Failure.missingToken)
  }
}

const identifyByKey = (settings: Settings): Callers["identify"] => {
  const hashes = settings.apiKeys.map(({ hash }) => hash.toLowerCase())
  const keys = ApiKeys.make(hashes, settings.digest)
  const holders = new Map(
    settings.apiKeys.map((key, index) => {
      const id = hashes[index] ?? ""
      return [id, Either.right(holderOf(id, key))]
    })
  )
  return ({ headers }) => {
    const key =
      nonEmpty(headers["x-api-key"]) ??
      nonEmpty(secretOf(headers["authorization"])) ??
      nonEmpty(headers["x-auth-token"])
    const holder = key === undefined ? undefined : holders.get(keys.find(key) ?? "")
    if (holder !== undefined) return holder
    if (isSigned(headers["authorization"])) {
      return settings.accessKeys.length > 0
        ? Either.right("signed" as const)
        : Either.left(Failure.signatureUnsupported)
    }
    return Either.left(key === undefined ? Failure.missingKey : Failure.unknownKey)
  }
}

/** What is wrong with the keys in `own`. Without keys, every request would be rejected. */
export const keysProblem = ({
  accessKeys,
  apiKeys,
  mode
}: Pick<Settings, "accessKeys" | "apiKeys" | "mode">): ConfigError.ConfigError | undefined => {
  if (mode === "own" && apiKeys.length + accessKeys.length === 0) {
    return ConfigError.MissingData(
      ["apiKeys"],
      "a gateway with its own credentials requires callers to have a key: set apiKeys or accessKeys"
    )
  }
  const invalid = (list: string, index: number, problem: string) =>
    ConfigError.InvalidData([list, String(index)], problem)
  for (const [index, key] of apiKeys.entries()) {
    const problem = ApiKeys.problemOf(key.hash)
    if (problem !== undefined) return invalid("apiKeys", index, `not the SHA-256 of an API key: ${problem}`)
  }
  const unusable = accessKeys.findIndex((key) => !isUsable(key))
  if (unusable >= 0) {
    return invalid(
      "accessKeys",
      unusable,
      `must have an access key and a secret of at least ${minSecretLength} characters`
    )
  }
  const lists = {
    apiKeys: apiKeys.map((key) => ({ key, id: key.hash.toLowerCase() })),
    accessKeys: accessKeys.map((key) => ({ key, id: key.accessKey }))
  }
  for (const [list, keys] of Object.entries(lists)) {
    const grants = new Map<string, string>()
    for (const [index, { id, key }] of keys.entries()) {
      const problem = KeyGrant.problemOf(key)
      if (problem !== undefined) return invalid(list, index, `invalid: ${problem}`)
      const grant = KeyGrant.format(key)
      if ((grants.get(id) ?? grant) !== grant) {
        return invalid(list, index, "listed twice, with different names, permissions or projects")
      }
      grants.set(id, grant)
    }
  }
  return undefined
}

const verifySignatures = ({ accessKeys }: Settings): Pick<Callers, "signerOf" | "verify"> => {
  const holders = new Map(accessKeys.map((key) => [key.accessKey, holderOf(`access key ${key.accessKey}`, key)]))
  return {
    signerOf: ({ authorization = "" }) => holders.get(accessKeyOf(authorization))?.id ?? "unknown access key",
    verify: (request, now) =>
      Either.flatMap(Either.mapLeft(verify(request, accessKeys, now), Failure.invalidSignature), (accessKey) =>
        Either.fromNullable(holders.get(accessKey), () => Failure.unknownKey)
      )
  }
}

/** Authenticates callers by token in `pass-through`, and by key or signature in `own`. */
export const make = (settings: Settings): Callers => ({
  identify: settings.mode === "pass-through" ? identifyByToken(settings) : identifyByKey(settings),
  missingCredentials: settings.mode === "pass-through" ? Failure.missingToken : Failure.missingKey,
  ...verifySignatures(settings)
})
