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

/** Who asks. */
export interface Caller {
  /** What no other caller has. Holds no secret. */
  readonly id: string
  /** What the cloud is asked with, where that is the caller's own. */
  readonly credentials: Credentials.Service | undefined
}

/** Whom the gateway answers, and with whose credentials. */
export interface Settings {
  readonly mode: Failure.CredentialsMode
  /** SHA-256 of the API keys of callers, in `own`. */
  readonly apiKeys: ReadonlyArray<string>
  /** Keys that callers may sign with, in `own`. */
  readonly accessKeys: ReadonlyArray<CallerKey>
  readonly digest: Digest
}

/** Tells callers apart. */
export interface Callers {
  /** Who asks, why nobody is answered, or that the signature has to be looked at, which takes the body. */
  readonly identify: (head: RequestHead) => Either.Either<Caller | "signed", Failure.Failure>
  readonly verify: (request: SignedRequest, now: number) => Either.Either<Caller, Failure.Failure>
  /** What a caller is told whose signature is of no use. */
  readonly needsKey: Failure.Failure
}

const isSigned = (authorization: string | undefined): boolean => /^(?:SDK|V11)-HMAC-/i.test(authorization ?? "")

/** The secret of `Authorization`: the one of `Bearer`, or the password of `Basic`, which is what browsers can send. */
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

const present = (text: string | undefined): string | undefined => (text === "" ? undefined : text)

/** Tokens that were seen are not hashed and checked anew for each request, as they are thousands of characters long. */
const mostTokens = 1_000

const passThrough = (digest: Digest): Callers["identify"] => {
  const known = new Map<string, Either.Either<Caller>>()
  const callerOf = (token: string): Either.Either<Caller> => {
    const before = known.get(token)
    if (before !== undefined) return before
    const caller = Either.right({
      id: digest(token),
      credentials: Credentials.token(Redacted.make(token), "header X-Auth-Token")
    })
    if (known.size >= mostTokens) known.clear()
    known.set(token, caller)
    return caller
  }
  return ({ headers }) => {
    const token = present(headers["x-auth-token"]) ?? present(secretOf(headers["authorization"]))
    if (token !== undefined) return callerOf(token)
    return Either.left(isSigned(headers["authorization"]) ? Failure.signedRequest : Failure.missingToken)
  }
}

const ownByKey = (settings: Settings): Callers["identify"] => {
  const keys = ApiKeys.make(settings.apiKeys, settings.digest)
  return ({ headers }) => {
    const given =
      present(headers["x-api-key"]) ?? present(secretOf(headers["authorization"])) ?? present(headers["x-auth-token"])
    const known = given === undefined ? undefined : keys.find(given)
    if (known !== undefined) return Either.right({ id: known, credentials: undefined })
    if (isSigned(headers["authorization"])) {
      return settings.accessKeys.length > 0 ? Either.right("signed" as const) : Either.left(Failure.signedForKeys)
    }
    return Either.left(given === undefined ? Failure.missingKey : Failure.wrongKey)
  }
}

/** What is wrong with the keys of a gateway with credentials of its own: without any, every request would be refused. */
export const keysProblem = ({
  accessKeys,
  apiKeys,
  mode
}: Pick<Settings, "accessKeys" | "apiKeys" | "mode">): ConfigError.ConfigError | undefined => {
  if (mode === "own" && apiKeys.length + accessKeys.length === 0) {
    return ConfigError.MissingData(
      ["apiKeys"],
      "a gateway with credentials of its own answers only callers with a key: give apiKeys or accessKeys"
    )
  }
  for (const [index, hash] of apiKeys.entries()) {
    const problem = ApiKeys.problemOf(hash)
    if (problem !== undefined) {
      return ConfigError.InvalidData(["apiKeys", String(index)], `not the SHA-256 of an API key: ${problem}`)
    }
  }
  const short = accessKeys.findIndex((key) => !isUsable(key))
  return short < 0
    ? undefined
    : ConfigError.InvalidData(
        ["accessKeys", String(short)],
        `needs an access key and a secret of at least ${minSecretLength} characters`
      )
}

/** Tells callers apart as the settings say. */
export const make = (settings: Settings): Callers => ({
  identify: settings.mode === "pass-through" ? passThrough(settings.digest) : ownByKey(settings),
  needsKey: settings.mode === "pass-through" ? Failure.missingToken : Failure.missingKey,
  verify: (request, now) =>
    Either.mapBoth(verify(request, settings.accessKeys, now), {
      onLeft: Failure.wrongSignature,
      onRight: (accessKey): Caller => ({ id: `access key ${accessKey}`, credentials: undefined })
    })
})
