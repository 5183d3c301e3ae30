import * as Either from "effect/Either"
import * as HashMap from "effect/HashMap"
import * as GatewayError from "./GatewayError.js"
import * as Lockout from "./Lockout.js"
import * as SignatureCheck from "./SignatureCheck.js"

/**
 * A temporary access key, as IAM and the metadata service issue it.
 *
 * @category models
 * @since 0.1.0
 */
export interface TemporaryKey {
  readonly accessKey: string
  readonly secretKey: string
  /** The value of `X-Security-Token`. */
  readonly securityToken: string
  /** Epoch milliseconds from which the key is rejected. */
  readonly expiresAt: number
}

/** An access key as the emulator stores it, under its name. */
export interface AccessKey {
  readonly secretKey: string
  /** `undefined` for a permanent key. */
  readonly securityToken: string | undefined
  /** Epoch milliseconds from which the key is rejected; `Infinity` if it does not expire. */
  readonly expiresAt: number
  readonly lockout: Lockout.Lockout
}

export type AccessKeys = HashMap.HashMap<string, AccessKey>

/**
 * Five consecutive failures lock an access key for five minutes.
 *
 * Source: Common Errors Related to IAM Authentication Information of the
 * {@link https://support.huaweicloud.com/intl/en-us/devg-apisign/api-sign-0001.html API Request Signing Guide}.
 */
const lockPolicy: Lockout.Policy = { limit: 5, duration: 5 * 60 * 1000 }

export const permanent = (secretKey: string): AccessKey => ({
  secretKey,
  securityToken: undefined,
  expiresAt: Number.POSITIVE_INFINITY,
  lockout: Lockout.none
})

export const temporary = ({ expiresAt, secretKey, securityToken }: TemporaryKey): AccessKey => ({
  ...permanent(secretKey),
  securityToken,
  expiresAt
})

const checkToken = (key: AccessKey, token: string | undefined, now: number) => {
  if (key.securityToken === undefined) {
    return token === undefined ? Either.void : Either.left(GatewayError.tokenUnknown)
  }
  if (token === undefined) return Either.left(GatewayError.securityTokenMissing)
  if (!SignatureCheck.isSame(token, key.securityToken)) return Either.left(GatewayError.tokenUnknown)
  return now < key.expiresAt ? Either.void : Either.left(GatewayError.securityTokenExpired)
}

const check = (
  request: SignatureCheck.Request,
  authorization: SignatureCheck.Authorization,
  key: AccessKey,
  now: number
): Either.Either<void, GatewayError.GatewayError> => {
  const date = request.headers["x-sdk-date"]
  if (date === undefined) return Either.left(GatewayError.dateMissing)
  const time = SignatureCheck.parseDate(date)
  if (time === undefined) return Either.left(GatewayError.dateMalformed)
  if (!authorization.signedHeaders.includes("x-sdk-date")) return Either.left(GatewayError.dateUnsigned)
  if (Math.abs(now - time) > SignatureCheck.maxSkew) {
    return Either.left(GatewayError.signatureExpired(date, SignatureCheck.formatDate(now)))
  }
  const canonical = SignatureCheck.canonicalRequest(request, authorization.signedHeaders)
  const expected = SignatureCheck.sign(canonical, date, key.secretKey)
  return SignatureCheck.isSame(authorization.signature, expected)
    ? checkToken(key, request.headers["x-security-token"], now)
    : Either.left(GatewayError.signatureWrong(canonical))
}

/**
 * Verifies the signature of a request at `now`, in epoch milliseconds, and returns the updated keys. Every failure with a
 * known key counts towards its lock. An unknown key has no lock, so that guessing keys uses no memory.
 */
export const verify = (
  keys: AccessKeys,
  request: SignatureCheck.Request,
  authorization: string,
  now: number
): readonly [Either.Either<void, GatewayError.GatewayError>, AccessKeys] => {
  const parsed = SignatureCheck.parse(authorization)
  if (Either.isLeft(parsed)) return [Either.left(parsed.left), keys]
  const name = parsed.right.accessKey
  const key = HashMap.get(keys, name)
  if (key._tag === "None") return [Either.left(GatewayError.accessKeyUnknown(name)), keys]
  if (Lockout.isLocked(key.value.lockout, now)) return [Either.left(GatewayError.accessKeyLocked), keys]
  const result = check(request, parsed.right, key.value, now)
  const lockout = Either.isRight(result) ? Lockout.none : Lockout.fail(key.value.lockout, now, lockPolicy)
  return [result, HashMap.set(keys, name, { ...key.value, lockout })]
}
