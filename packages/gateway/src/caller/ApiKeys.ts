import * as Either from "effect/Either"
import { type Digest, digest, isSame } from "../Digest.js"
import { type KeyFileProblem, linesOf } from "./KeyFile.js"

const form = /^[0-9a-f]{64}$/i

/** Hashes of what is no key: nothing, and a line break, as a pipe without `-n` adds one to nothing. */
const ofNothing: ReadonlySet<string> = new Set(["", "\n"].map(digest))

/**
 * Why a text is no SHA-256 of an API key, as the end of a sentence.
 *
 * @category conversions
 */
export const problemOf = (hash: string): string | undefined => {
  if (!form.test(hash)) return "it is not 64 hexadecimal digits"
  return ofNothing.has(hash.toLowerCase()) ? "it is the hash of nothing" : undefined
}

/**
 * The API keys of callers, as hashes.
 *
 * @internal
 */
export interface ApiKeys {
  /** The hash of a key that is known. Every hash is looked at, whichever it is. */
  readonly find: (key: string) => string | undefined
}

/**
 * API keys by their SHA-256.
 *
 * @internal
 */
export const make = (hashes: ReadonlyArray<string>, hash: Digest = digest): ApiKeys => {
  const known = hashes.map((text) => text.toLowerCase())
  return {
    find: (key) => {
      const given = hash(key)
      let found: string | undefined
      for (const candidate of known) if (isSame(candidate, given)) found = candidate
      return found
    }
  }
}

/**
 * The hashes of a file: one a line, comments from `#` on. Left is the line that has none, or that there are none.
 *
 * @category conversions
 */
export const parseFile = (text: string): Either.Either<ReadonlyArray<string>, KeyFileProblem> =>
  Either.flatMap(linesOf(text), (lines) =>
    Either.all(
      lines.map(({ fields: [hash = ""], line }): Either.Either<string, KeyFileProblem> => {
        const problem = problemOf(hash)
        return problem === undefined
          ? Either.right(hash)
          : Either.left({ line, expected: `the SHA-256 of an API key: ${problem}` })
      })
    )
  )
