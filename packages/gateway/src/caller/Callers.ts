import { Credentials } from "@hotspot-session/client"
import * as ConfigError from "effect/ConfigError"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import type { Digest } from "../Digest.js"
import * as Failure from "../Failure.js"
import type { RequestHead } from "../RequestHead.js"
import * as ApiKeys from "./ApiKeys.js"
import { type CallerKey, isUsable, minSecretLength } from "./CallerKeys.js"
import { type SignedRequest, verify } from "./SignedCaller.js"

export interface Caller {
  /** Unique to the caller, and not secret. */
  readonly id: string
  readonly credentials: Credentials.Service | undefined
}

/** Who may call the gateway, and with whose credentials. */
export interface Settings {
  readonly mode: Failure.CredentialsMode
  /** SHA-256 of the callers' API keys, in `own`. */
  readonly apiKeys: ReadonlyArray<string>
  /** Keys that callers may sign with, in `own`. */
  readonly accessKeys: ReadonlyArray<CallerKey>
  readonly digest: Digest
}

export interface Callers {
  /** The caller; `signed` if there is a signature to verify, for which the body is needed. */
  readonly identify: (head: RequestHead) => Either.Either<Caller | "signed", Failure.Failure>
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

/** Tokens are thousands of characters long, so the digests of this many are cached. */
const maxCachedTokens = 1_000

const identifyByToken = (digest: Digest): Callers["identify"] => {
  const cache = new Map<string, Either.Either<Caller>>()
  const callerOf = (token: string): Either.Either<Caller> => {
    const cached = cache.get(token)
    if (cached !== undefined) return cached
    const caller = Either.right({
      id: digest(token),
      credentials: Credentials.token(Redacted.make(token), "header X-Auth-Token")
    })
    if (cache.size >= maxCachedTokens) cache.clear()
    cache.set(token, caller)
    return caller
  }
  return ({ headers }) => {
    const token = nonEmpty(headers["x-auth-token"]) ?? nonEmpty(secretOf(headers["authorization"]))
    if (token !== undefined) return callerOf(token)
    return Either.left(isSigned(headers["authorization"]) ? Failure.signedRequest : Failure.missingToken)
  }
}

const identifyByKey = (settings: Settings): Callers["identify"] => {
  const keys = ApiKeys.make(settings.apiKeys, settings.digest)
  return ({ headers }) => {
    const key =
      nonEmpty(headers["x-api-key"]) ??
      nonEmpty(secretOf(headers["authorization"])) ??
      nonEmpty(headers["x-auth-token"])
    const id = key === undefined ? undefined : keys.find(key)
    if (id !== undefined) return Either.right({ id, credentials: undefined })
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
  for (const [index, hash] of apiKeys.entries()) {
    const problem = ApiKeys.problemOf(hash)
    if (problem !== undefined) {
      return ConfigError.InvalidData(["apiKeys", String(index)], `not the SHA-256 of an API key: ${problem}`)
    }
  }
  const unusable = accessKeys.findIndex((key) => !isUsable(key))
  return unusable < 0
    ? undefined
    : ConfigError.InvalidData(
        ["accessKeys", String(unusable)],
        `must have an access key and a secret of at least ${minSecretLength} characters`
      )
}

/** Authenticates callers by token in `pass-through`, and by key or signature in `own`. */
export const make = (settings: Settings): Callers => ({
  identify: settings.mode === "pass-through" ? identifyByToken(settings.digest) : identifyByKey(settings),
  missingCredentials: settings.mode === "pass-through" ? Failure.missingToken : Failure.missingKey,
  verify: (request, now) =>
    Either.mapBoth(verify(request, settings.accessKeys, now), {
      onLeft: Failure.invalidSignature,
      onRight: (accessKey): Caller => ({ id: `access key ${accessKey}`, credentials: undefined })
    })
})
