/**
 * Temporary access keys of IAM.
 *
 * Source: {@link https://support.huaweicloud.com/intl/en-us/api-iam/iam_04_0002.html Obtaining a Temporary Access Key and
 * Security Token Through a Token} and, for an agency, the page before it.
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type * as CachedCredentials from "./CachedCredentials.js"
import { CredentialsError } from "./Core.js"
import * as Credentials from "./Credentials.js"
import { callIam, type IamError, type IamOperation } from "./IamCall.js"
import * as TemporaryKey from "./TemporaryKey.js"

const minSeconds = 15 * 60
const maxSeconds = 24 * 60 * 60

/** An option that makes a request pointless. The message contains no secret. */
export const invalid = (reason: string): Either.Either<never, CredentialsError> =>
  Either.left(new CredentialsError({ reason }))

/** Seconds of a lifetime that IAM accepts. */
export const secondsOf = (lifetime: unknown): Either.Either<number, CredentialsError> => {
  const seconds = Option.match(Duration.decodeUnknown(lifetime), {
    onNone: () => Number.NaN,
    onSome: Duration.toSeconds
  })
  return Number.isInteger(seconds) && seconds >= minSeconds && seconds <= maxSeconds
    ? Either.right(seconds)
    : invalid(
        `The lifetime of the key must be a whole number of seconds from ${minSeconds} (15 minutes) to ${maxSeconds} (24 hours)`
      )
}

const createTemporaryKey: IamOperation<TemporaryKey.TemporaryKey> = {
  name: "CreateTemporaryAccessKey",
  method: "POST",
  path: "/v3.0/OS-CREDENTIAL/securitytokens",
  body: ["auth"],
  success: [200, 201],
  idempotency: "none",
  ignoresBody: true,
  decode: (_, response) => Either.mapLeft(TemporaryKey.read(response), (message) => [{ path: "", message }])
}

/** Requests a key. `identity` is the `auth.identity` of the request. */
export const create = (
  identity: Readonly<Record<string, unknown>>,
  options: {
    readonly endpoint: string
    readonly credential?: Credentials.Credential
    readonly secrets?: ReadonlyArray<string>
    /** The source of the key, for messages. */
    readonly source: string
  }
): Effect.Effect<CachedCredentials.Expiring, IamError, HttpClient.HttpClient> =>
  Effect.map(callIam(createTemporaryKey, { auth: { identity } }, options), ({ expiresAt, key }) => ({
    credential: Credentials.signing(key, options.source),
    expiresAt
  }))
