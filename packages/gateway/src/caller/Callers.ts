import { Credentials } from "@hotspot-session/client"
import * as ConfigError from "effect/ConfigError"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import type { Digest } from "../Digest.js"
import * as Failure from "../Failure.js"
import * as RateLimit from "../RateLimit.js"
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
  /** The beginning of the digest of the caller's key or token, for logs. */
  readonly shortDigest: string
  readonly permissions: ReadonlySet<KeyGrant.Permission>
  /** The only projects that the caller's key opens; absent if it opens all. */
  readonly projects: ReadonlySet<string> | undefined
  /** When the caller's key expires, epoch milliseconds; infinite if it does not. */
  readonly expiresAt: number
}

/** The keys of callers, in `own`. */
export interface Keys {
  readonly apiKeys: ReadonlyArray<ApiKeys.ApiKey>
  /** Keys that callers may sign with. */
  readonly accessKeys: ReadonlyArray<CallerKey>
}

/** Which callers the gateway accepts, and whose credentials are used. */
export interface Settings extends Keys {
  readonly mode: Failure.CredentialsMode
  readonly digest: Digest
  readonly verdicts: Pick<TokenVerdicts, "isAccepted">
  /** Called for each request that is rejected because its address has sent too many wrong keys. */
  readonly onThrottled: () => void
}

/** A caller, or the failure for a request without one. */
type Identified = Either.Either<Caller | "signed", Failure.Failure>

/** `now` is milliseconds on a monotonic clock, `wallNow` epoch milliseconds, by which keys expire. */
export interface Callers {
  /** The caller; `signed` if there is a signature to verify, for which the body is needed. */
  readonly identify: (head: RequestHead, now: number, wallNow: number) => Identified
  /** The ID of the caller that a signed request names, before it is verified: the same for all access keys that are not known. */
  readonly signerOf: (headers: RequestHead["headers"]) => string
  readonly verify: (
    request: SignedRequest,
    address: string | undefined,
    now: number,
    wallNow: number
  ) => Either.Either<Caller, Failure.Failure>
  /** The failure for a signed request to a route that does not verify signatures. */
  readonly missingCredentials: Failure.Failure
  /** Replaces the keys, which have been checked: the others are rejected from now on. */
  readonly replace: (keys: Keys) => void
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

const shortDigestOf = (hash: string): string => hash.slice(0, 12)

const holderOf = (id: string, hash: string, { expires, name, permissions, projects }: KeyGrant.KeyGrant): Caller => ({
  id,
  credentials: undefined,
  name,
  shortDigest: shortDigestOf(hash),
  permissions: permissions === undefined ? readOnly : new Set(permissions),
  projects: projects === undefined ? undefined : new Set(projects),
  expiresAt: (expires === undefined ? undefined : KeyGrant.parseExpiry(expires)) ?? Number.POSITIVE_INFINITY
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
      shortDigest: shortDigestOf(id),
      permissions: everything,
      projects: undefined,
      expiresAt: Number.POSITIVE_INFINITY
    })
    if (verdicts.isAccepted(id, now)) {
      if (cache.size >= maxCachedTokens) cache.clear()
      cache.set(token, caller)
    }
    return caller
  }
  return ({ headers }, now) => {
    if (isSigned(headers["authorization"])) return Either.left(Failure.signedRequest)
    const token = nonEmpty(headers["x-auth-token"]) ?? nonEmpty(secretOf(headers["authorization"]))
    return token === undefined ? Either.left(Failure.missingToken) : callerOf(token, now)
  }
}

/** The holders of keys, each key found in a time that does not depend on how many there are. */
const indexOf = ({ accessKeys, apiKeys }: Keys, digest: Digest) => ({
  byHash: new Map(
    apiKeys.map((key) => {
      const id = key.hash.toLowerCase()
      const caller = holderOf(id, id, key)
      return [id, { caller, identified: Either.right(caller) }]
    })
  ),
  accessKeys: new Map(accessKeys.map((key) => [key.accessKey, key])),
  byAccessKey: new Map(
    accessKeys.map((key) => [key.accessKey, holderOf(`access key ${key.accessKey}`, digest(key.accessKey), key)])
  )
})

/** How many wrong keys an address may send at once, and in which time it gets them back. */
const wrongKeys: RateLimit.Settings = { requests: 20, seconds: 60 }

/** The network that an address belongs to: an IPv6 client has a /64 of its own. */
const networkOf = (address: string): string => {
  if (!address.includes(":")) return address
  const [head = [], tail = []] = address.split("::").map((part) => (part === "" ? [] : part.split(":")))
  const zeros = Array.from({ length: Math.max(0, 8 - head.length - tail.length) }, () => "0")
  return [...head, ...zeros, ...tail].slice(0, 4).join(":")
}

const unknownSigner = "unknown access key"

const makeByKey = (settings: Settings): Omit<Callers, "missingCredentials"> => {
  const wrong = RateLimit.make(wrongKeys)
  let keys = indexOf(settings, settings.digest)

  /** Counts a wrong key. Keys that are right are accepted from each address, so that none can lock out others. */
  const reject = (failure: Failure.Failure, address: string | undefined, now: number): Failure.Failure => {
    if (address === undefined) return failure
    const { allowed, retryAfter } = wrong.take(networkOf(address), false, now)
    if (allowed) return failure
    settings.onThrottled()
    return Failure.tooManyWrongKeys(retryAfter)
  }

  return {
    identify: ({ address, headers }, now, wallNow) => {
      const key =
        nonEmpty(headers["x-api-key"]) ??
        nonEmpty(secretOf(headers["authorization"])) ??
        nonEmpty(headers["x-auth-token"])
      const holder = key === undefined ? undefined : keys.byHash.get(settings.digest(key))
      if (holder !== undefined) {
        return holder.caller.expiresAt > wallNow ? holder.identified : Either.left(Failure.expiredKey)
      }
      if (isSigned(headers["authorization"])) {
        return keys.accessKeys.size > 0 ? Either.right("signed" as const) : Either.left(Failure.signatureUnsupported)
      }
      return Either.left(key === undefined ? Failure.missingKey : reject(Failure.unknownKey, address, now))
    },
    signerOf: ({ authorization = "" }) => keys.byAccessKey.get(accessKeyOf(authorization))?.id ?? unknownSigner,
    verify: (request, address, now, wallNow) => {
      const verified = verify(request, keys.accessKeys, wallNow)
      if (Either.isLeft(verified)) return Either.left(reject(Failure.invalidSignature(verified.left), address, now))
      const holder = keys.byAccessKey.get(verified.right)
      if (holder === undefined) return Either.left(reject(Failure.unknownKey, address, now))
      return holder.expiresAt > wallNow ? Either.right(holder) : Either.left(Failure.expiredKey)
    },
    replace: (replacement) => {
      keys = indexOf(replacement, settings.digest)
    }
  }
}

/** What is wrong with the keys in `own`. Without keys, every request would be rejected. */
export const keysProblem = ({
  accessKeys,
  apiKeys,
  mode
}: Keys & Pick<Settings, "mode">): ConfigError.ConfigError | undefined => {
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
      `must have an access key and a secret of at least ${minSecretLength} characters, both in visible ASCII characters`
    )
  }
  const lists = {
    apiKeys: apiKeys.map((key) => ({ key, id: key.hash.toLowerCase(), secret: "" })),
    accessKeys: accessKeys.map((key) => ({ key, id: key.accessKey, secret: Redacted.value(key.secretKey) }))
  }
  for (const [list, keys] of Object.entries(lists)) {
    const grants = new Map<string, string>()
    for (const [index, { id, key, secret }] of keys.entries()) {
      const problem = KeyGrant.problemOf(key)
      if (problem !== undefined) return invalid(list, index, `invalid: ${problem}`)
      const grant = `${KeyGrant.format(key)} ${secret}`
      if ((grants.get(id) ?? grant) !== grant) {
        return invalid(list, index, "listed twice, with different secrets, names, permissions, projects or expiries")
      }
      grants.set(id, grant)
    }
  }
  return undefined
}

const makeByToken = (settings: Settings): Omit<Callers, "missingCredentials"> => ({
  identify: identifyByToken(settings),
  signerOf: () => unknownSigner,
  // No request of `pass-through` is identified by a signature.
  verify: () => Either.left(Failure.signedRequest),
  replace: () => {}
})

/** Authenticates callers by token in `pass-through`, and by key or signature in `own`. */
export const make = (settings: Settings): Callers =>
  settings.mode === "pass-through"
    ? { ...makeByToken(settings), missingCredentials: Failure.missingToken }
    : { ...makeByKey(settings), missingCredentials: Failure.missingKey }
