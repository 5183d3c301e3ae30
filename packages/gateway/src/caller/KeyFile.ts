import * as Either from "effect/Either"

/**
 * Why a file of keys is invalid. It repeats nothing of the file.
 *
 * @category models
 * @since 0.1.0
 */
export interface KeyFileProblem {
  /** Counted from 1; absent if the file holds no keys. */
  readonly line?: number
  readonly expected: string
}

/**
 * The lines of a file of keys without empty lines and comments, split at white space. Left if there are none.
 *
 * @category conversions
 * @since 0.1.0
 */
export const parseLines = (
  text: string
): Either.Either<ReadonlyArray<{ readonly line: number; readonly fields: ReadonlyArray<string> }>, KeyFileProblem> => {
  const lines = text
    .split(/\r?\n/)
    .map((content, index) => ({ line: index + 1, fields: content.replace(/#.*$/, "").trim().split(/\s+/) }))
    .filter(({ fields }) => fields[0] !== "")
  return lines.length === 0 ? Either.left({ expected: "at least one key" }) : Either.right(lines)
}
