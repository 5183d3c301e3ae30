/**
 * SHA-256 of text. The implementation of Node is four times as fast, but loading it takes longer than a program with a few
 * calls runs. The first hashes, and all of them on other runtimes and older versions of Node, are made by `@noble/hashes`.
 */
import { sha256 } from "@noble/hashes/sha2.js"
import { bytesToHex } from "@noble/hashes/utils.js"

const encoder = new TextEncoder()

type HashHex = (text: string) => string

const portable: HashHex = (text) => bytesToHex(sha256(encoder.encode(text)))

/** Not an import, because this module also runs on other runtimes. */
const native = (): HashHex | undefined => {
  const hash = globalThis.process?.getBuiltinModule?.("node:crypto")?.hash
  return hash === undefined ? undefined : (text) => hash("sha256", text)
}

/** This many hashes take a new process as long as loading `node:crypto`. */
let remainingPortable = 8

let current: HashHex = portable

/** The hash in lower-case hexadecimal digits. */
export const sha256Hex: HashHex = (text) => {
  if (remainingPortable > 0 && --remainingPortable === 0) current = native() ?? portable
  return current(text)
}
