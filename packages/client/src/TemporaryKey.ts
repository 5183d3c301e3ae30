/** Reads temporary access keys, which IAM, the metadata service and the agent of a pod return in nearly the same format. */
import * as Duration from "effect/Duration"
import * as Either from "effect/Either"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import { parseJson } from "./Json.js"
import { clockSkewOf, type Response } from "./Response.js"
import { isHeaderSafe } from "./SensitiveHeaders.js"
import type { SigningKey } from "./Signature.js"

export interface TemporaryKey {
  /** Its secrets are redacted immediately, because tracers can read the result of a span's effect. */
  readonly key: SigningKey
  /** Epoch milliseconds by this machine's clock. */
  readonly expiresAt: number
}

/** How long before its expiry a temporary key is replaced. */
export const refreshBefore = Duration.minutes(10)

/** A response with a key is smaller than 10 kB. */
const maxLength = 256 * 1024

type Fields = Readonly<Record<string, unknown>>

/** The value of the first name that the credential has. No message quotes a value. */
const field = (fields: Fields, ...names: readonly [string, ...Array<string>]): Either.Either<string, string> => {
  const name = names.find((name) => fields[name] !== undefined && fields[name] !== null) ?? names[0]
  const value = fields[name]
  if (value === undefined || value === null || value === "") return Either.left(`${name} is missing`)
  return typeof value === "string" && isHeaderSafe(value) ? Either.right(value) : Either.left(`${name} is not valid`)
}

/** The time of `2020-01-04T09:05:22.701000Z`. A time without a zone is UTC. */
const timeOf = (text: string): Either.Either<number, string> => {
  const time = /^\d{4}-\d\d-\d\dT/.test(text)
    ? Date.parse(/(?:Z|[+-]\d\d:?\d\d)$/i.test(text) ? text : `${text}Z`)
    : NaN
  return Number.isNaN(time)
    ? Either.left("the expiry is not a time such as 2026-01-04T09:05:22.701000Z")
    : Either.right(time)
}

const decode = (json: unknown): Either.Either<TemporaryKey, string> =>
  Either.gen(function* () {
    const fields = Predicate.isRecord(json) ? (json["credential"] ?? json["credentials"]) : undefined
    if (!Predicate.isRecord(fields)) return yield* Either.left("credential is missing")
    const accessKey = yield* field(fields, "access", "accessKeyId")
    const secretKey = yield* field(fields, "secret", "secretAccessKey")
    const securityToken = yield* field(fields, "securitytoken", "securityToken")
    const expiresAt = yield* Either.flatMap(field(fields, "expires_at", "expiration"), timeOf)
    return {
      key: { accessKey, secretKey: Redacted.make(secretKey), securityToken: Redacted.make(securityToken) },
      expiresAt
    }
  })

/** The key in a response with a status of success. Left is what is wrong, as the end of a sentence. */
export const read = (response: Response): Either.Either<TemporaryKey, string> => {
  const text = (response.text ?? "").replace(/^\uFEFF/, "")
  if (text.length > maxLength)
    return Either.left(`the response has more than ${maxLength / 1024} KiB, too much for a key`)
  if (text.trim() === "") return Either.left("the response is empty")
  return Either.mapLeft(parseJson(text), () => "it is not JSON").pipe(
    Either.flatMap(decode),
    Either.mapLeft((problem) => `the response is not in the documented format: ${problem}`),
    // Converts the server's time to this machine's clock, which may be off by more than the lifetime of a key.
    Either.map((found) => ({ ...found, expiresAt: found.expiresAt - clockSkewOf(response) })),
    Either.filterOrLeft(
      ({ expiresAt }) => expiresAt > response.receivedAt,
      ({ expiresAt }) =>
        `the key has already expired, at ${new Date(expiresAt).toISOString()} by this machine's clock, which may be wrong`
    )
  )
}
