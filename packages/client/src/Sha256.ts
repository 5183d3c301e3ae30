/**
 * SHA-256 of text. Node's own is four times as fast, but takes longer to load than a program runs that makes a few calls.
 * The first ones, and all of them elsewhere and in older ones, are those of `@noble/hashes`.
 */
import { sha256 } from "@noble/hashes/sha2.js"
import { bytesToHex } from "@noble/hashes/utils.js"

const encoder = new TextEncoder()

type HashHex = (text: string) => string

const portable: HashHex = (text) => bytesToHex(sha256(encoder.encode(text)))

/** Without an import, for this runs where there is no Node too. */
const native = (): HashHex | undefined => {
  const hash = globalThis.process?.getBuiltinModule?.("node:crypto")?.hash
  return hash === undefined ? undefined : (text) => hash("sha256", text)
}

/** As many as take a new process as long as to load `node:crypto`. */
let first = 8

let chosen: HashHex = portable

/** In lower-case hexadecimal digits. */
export const sha256Hex: HashHex = (text) => {
  if (first > 0 && --first === 0) chosen = native() ?? portable
  return chosen(text)
}
