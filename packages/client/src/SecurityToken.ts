/**
 * Temporary access keys of IAM.
 *
 * Source: {@link https://support.huaweicloud.com/intl/en-us/api-iam/iam_04_0002.html Obtaining a Temporary Access Key and
 * Security Token Through a Token} and, for an agency, the page before it.
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type * as CachedCredentials from "./CachedCredentials.js"
import { DecodeError } from "./Core.js"
import * as Credentials from "./Credentials.js"
import { callIam, type IamError, type IamOperation } from "./IamCall.js"
import { readError } from "./ReadError.js"
import * as TemporaryKey from "./TemporaryKey.js"

/** How long before its expiry a temporary key is replaced. */
export const refreshBefore = Duration.minutes(10)

const minSeconds = 15 * 60
const maxSeconds = 24 * 60 * 60

/** Seconds of a lifetime that IAM accepts. Left is the problem, as the end of a sentence. */
export const secondsOf = (lifetime: unknown): Either.Either<number, string> => {
  const seconds = Option.match(Duration.decodeUnknown(lifetime), {
    onNone: () => Number.NaN,
    onSome: Duration.toSeconds
  })
  return Number.isInteger(seconds) && seconds >= minSeconds && seconds <= maxSeconds
    ? Either.right(seconds)
    : Either.left(`must be a whole number of seconds from ${minSeconds} (15 minutes) to ${maxSeconds} (24 hours)`)
}

const createTemporaryKey: IamOperation<CachedCredentials.Expiring> = {
  name: "CreateTemporaryAccessKey",
  method: "POST",
  path: "/v3.0/OS-CREDENTIAL/securitytokens",
  body: ["auth"],
  success: [200, 201],
  idempotency: "none",
  // `read` below decodes the response.
  decode: () => Either.left([])
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
  callIam(
    createTemporaryKey,
    { auth: { identity } },
    {
      ...options,
      // Never quotes the body of a success, which holds the key.
      read: (context) => (response) =>
        response.status >= 300
          ? Either.left(readError(response, context))
          : Either.mapBoth(TemporaryKey.read(response), {
              onLeft: (message) =>
                new DecodeError({ ...context, status: response.status, issues: [{ path: "", message }] }),
              onRight: ({ expiresAt, key }) => ({ credential: Credentials.signing(key, options.source), expiresAt })
            })
    }
  )
