import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import { type KeyFileProblem, parseKeys } from "./KeyFile.js"
import * as KeyGrant from "./KeyGrant.js"

/**
 * An access key that a caller signs with and this gateway verifies. It is not a key of the cloud.
 *
 * @category models
 * @since 0.1.0
 */
export interface CallerKey extends KeyGrant.KeyGrant {
  /** Visible ASCII characters. */
  readonly accessKey: string
  /** At least 16 visible ASCII characters. */
  readonly secretKey: Redacted.Redacted<string>
}

/**
 * Minimum length of a secret. A shorter one could be recovered from a signature.
 *
 * @category constants
 * @since 0.1.0
 */
export const minSecretLength = 16

/**
 * Whether a text has only visible ASCII characters, which every client sends in a header as the same octets.
 *
 * @category guards
 * @since 0.1.0
 */
export const isHeaderText = (text: string): boolean => /^[\x21-\x7e]+$/.test(text)

/**
 * Whether a key has an ID and a secret of sufficient length, in visible ASCII characters.
 *
 * @category guards
 * @since 0.1.0
 */
export const isUsable = ({ accessKey, secretKey }: CallerKey): boolean =>
  isHeaderText(accessKey) &&
  isHeaderText(Redacted.value(secretKey)) &&
  Redacted.value(secretKey).length >= minSecretLength

/**
 * Parses a file of access keys: key and secret on each line, separated by white space, followed by what the key's holder
 * may do, comments from `#` on. Left is the first invalid line, or that there are no keys.
 *
 * @category conversions
 * @since 0.1.0
 */
export const parseFile = (text: string): Either.Either<ReadonlyArray<CallerKey>, KeyFileProblem> =>
  parseKeys(text, ([accessKey = "", secret = "", ...fields]) => {
    const key = { accessKey, secretKey: Redacted.make(secret) }
    const expected = `a key and a secret of at least ${minSecretLength} characters, both in visible ASCII characters`
    return isUsable(key)
      ? Either.mapBoth(KeyGrant.parse(fields), {
          onLeft: (problem) => `${expected}, ${problem}`,
          onRight: (grant) => ({ ...key, ...grant })
        })
      : Either.left(expected)
  })
