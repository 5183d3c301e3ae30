import * as Either from "effect/Either"
import { digest } from "../Digest.js"
import { isHeaderText, minSecretLength } from "./CallerKeys.js"
import { type KeyFileProblem, parseKeys } from "./KeyFile.js"
import * as KeyGrant from "./KeyGrant.js"

const sha256Format = /^[0-9a-f]{64}$/i

/** The hashes of an empty key, and of the line break that a pipe without `-n` adds to it. */
const emptyKeyHashes: ReadonlySet<string> = new Set(["", "\n"].map(digest))

/**
 * Why a text cannot be the SHA-256 of an API key, as the end of a sentence; `undefined` if it can.
 *
 * @category guards
 * @since 0.1.0
 */
export const problemOf = (hash: string): string | undefined => {
  if (!sha256Format.test(hash)) return "it is not 64 hexadecimal digits"
  return emptyKeyHashes.has(hash.toLowerCase()) ? "it is the hash of an empty key" : undefined
}

/**
 * An API key by its hash, and what its holder may do.
 *
 * @category models
 * @since 0.1.0
 */
export interface ApiKey extends KeyGrant.KeyGrant {
  /** The key's SHA-256 in hexadecimal. */
  readonly hash: string
}

/**
 * Why a text cannot be an API key, as the end of a sentence; `undefined` if it can. Clients and proxies encode other
 * characters in a header differently, and a short key could be found from its hash.
 *
 * @category guards
 * @since 0.1.0
 */
export const problemOfKey = (key: string): string | undefined =>
  isHeaderText(key) && key.length >= minSecretLength
    ? undefined
    : `it is not at least ${minSecretLength} visible ASCII characters`

/**
 * Parses a file of hashes: one per line, followed by what the key's holder may do, comments from `#` on. Left is the first
 * invalid line, or that there are no keys.
 *
 * @category conversions
 * @since 0.1.0
 */
export const parseFile = (text: string): Either.Either<ReadonlyArray<ApiKey>, KeyFileProblem> =>
  parseKeys(text, ([hash = "", ...fields]) => {
    const problem = problemOf(hash)
    return problem === undefined
      ? Either.mapBoth(KeyGrant.parse(fields), {
          onLeft: (problem) => `a SHA-256 ${problem}`,
          onRight: (grant) => ({ hash, ...grant })
        })
      : Either.left(`the SHA-256 of an API key: ${problem}`)
  })
