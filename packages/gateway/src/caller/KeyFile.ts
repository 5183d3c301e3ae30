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
 * Parses the lines of a file of keys, without empty lines and comments, split at white space. Left is the first line that
 * `parse` rejects with what it must be, or that there are none.
 *
 * @category conversions
 * @since 0.1.0
 */
export const parseKeys = <A>(
  text: string,
  parse: (fields: ReadonlyArray<string>) => Either.Either<A, string>
): Either.Either<ReadonlyArray<A>, KeyFileProblem> => {
  const lines = text
    .split(/\r?\n/)
    .map((content, index) => ({ line: index + 1, fields: content.replace(/#.*$/, "").trim().split(/\s+/) }))
    .filter(({ fields }) => fields[0] !== "")
  if (lines.length === 0) return Either.left({ expected: "at least one key" })
  return Either.all(
    lines.map(({ fields, line }) => Either.mapLeft(parse(fields), (expected): KeyFileProblem => ({ line, expected })))
  )
}
