import * as Either from "effect/Either"

/**
 * Why a file of keys cannot be used. It repeats nothing of the file.
 *
 * @category models
 */
export interface KeyFileProblem {
  /** Counted from 1; absent where the file holds no keys. */
  readonly line?: number
  readonly expected: string
}

/**
 * The lines of a file of keys that are neither empty nor comments, each as the words on it.
 *
 * @internal
 */
export const linesOf = (
  text: string
): Either.Either<ReadonlyArray<{ readonly line: number; readonly fields: ReadonlyArray<string> }>, KeyFileProblem> => {
  const lines = text
    .split(/\r?\n/)
    .map((content, index) => ({ line: index + 1, fields: content.replace(/#.*$/, "").trim().split(/\s+/) }))
    .filter(({ fields }) => fields[0] !== "")
  return lines.length === 0 ? Either.left({ expected: "at least one key" }) : Either.right(lines)
}
