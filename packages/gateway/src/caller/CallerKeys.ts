import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import { type KeyFileProblem, linesOf } from "./KeyFile.js"

/**
 * A key that callers sign with, and that this gateway verifies. It is none of the cloud's.
 *
 * @category models
 */
export interface CallerKey {
  readonly accessKey: string
  /** At least 16 characters. */
  readonly secretKey: Redacted.Redacted<string>
}

/**
 * The shortest secret of a caller's access key. A shorter one could be guessed from a signature.
 *
 * @category constants
 */
export const minSecretLength = 16

/**
 * Whether a key has an ID and a secret that is long enough.
 *
 * @category predicates
 */
export const isUsable = ({ accessKey, secretKey }: CallerKey): boolean =>
  accessKey !== "" && Redacted.value(secretKey).length >= minSecretLength

/**
 * The access keys of a file: key and secret on a line, with white space in between, comments from `#` on. Left is the line
 * that is none, or that there are none.
 *
 * @category conversions
 */
export const parseFile = (text: string): Either.Either<ReadonlyArray<CallerKey>, KeyFileProblem> =>
  Either.flatMap(linesOf(text), (lines) =>
    Either.all(
      lines.map(({ fields, line }): Either.Either<CallerKey, KeyFileProblem> => {
        const [accessKey = "", secret = ""] = fields
        const key = { accessKey, secretKey: Redacted.make(secret) }
        return fields.length === 2 && isUsable(key)
          ? Either.right(key)
          : Either.left({ line, expected: `a key and a secret of at least ${minSecretLength} characters` })
      })
    )
  )
