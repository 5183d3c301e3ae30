/**
 * SHA-256 and HMAC of text. The implementation of Node is several times as fast, but loading it takes longer than a program
 * with a few calls runs. The first signatures, and all of them on other runtimes and older versions of Node, are made by
 * `@noble/hashes`.
 */
import { hmac } from "@noble/hashes/hmac.js"
import { sha256 } from "@noble/hashes/sha2.js"
import { bytesToHex } from "@noble/hashes/utils.js"
import * as Redacted from "effect/Redacted"

const encoder = new TextEncoder()

/** Results are in lower-case hexadecimal digits. */
interface Implementation {
  readonly hash: (text: string) => string
  readonly hmac: (key: Redacted.Redacted<string>, text: string) => string
}

const portable: Implementation = {
  hash: (text) => bytesToHex(sha256(encoder.encode(text))),
  hmac: (key, text) => bytesToHex(hmac(sha256, encoder.encode(Redacted.value(key)), encoder.encode(text)))
}

const blockLength = 64
const digestLength = 32

/** The key of an HMAC, extended to a block of SHA-256 and combined with the octet `pad` (RFC 2104). */
const paddedKey = (key: string, pad: number): string =>
  String.fromCharCode(...Array.from(key.padEnd(blockLength, "\0"), (character) => character.charCodeAt(0) ^ pad))

/** A key that is a block of text also when it is padded: a secret key of Huawei Cloud is. */
const isPlainKey = (key: string): boolean => key.length <= blockLength && !/[^ -~]/.test(key)

/** Not an import, because this module also runs on other runtimes. */
const native = (): Implementation | undefined => {
  const hash = globalThis.process?.getBuiltinModule?.("node:crypto")?.hash
  if (hash === undefined) return undefined
  // Must be protected like the key, so they live no longer than the `Redacted` that holds it.
  const paddedKeys = new WeakMap<Redacted.Redacted<string>, { readonly inner: string; readonly outer: Buffer }>()
  const paddedKeysOf = (key: Redacted.Redacted<string>) => {
    // Throws for a wiped secret, so it must come before the look-up in the cache.
    const secret = Redacted.value(key)
    const cached = paddedKeys.get(key)
    if (cached !== undefined || !isPlainKey(secret)) return cached
    const outer = Buffer.from(paddedKey(secret, 0x5c) + "\0".repeat(digestLength))
    const padded = { inner: paddedKey(secret, 0x36), outer }
    paddedKeys.set(key, padded)
    return padded
  }
  return {
    hash: (text) => hash("sha256", text),
    // `createHmac` makes an object with a finalizer, whose collection costs more than the signature.
    hmac: (key, text) => {
      const padded = paddedKeysOf(key)
      if (padded === undefined) return portable.hmac(key, text)
      // The digest of the last call is replaced, which takes less than a new buffer.
      padded.outer.write(hash("sha256", padded.inner + text), blockLength, "hex")
      return hash("sha256", padded.outer)
    }
  }
}

/** This many hashes take a new process as long as loading `node:crypto`. */
let remainingPortable = 8

let current: Implementation = portable

/** The hash of a text. */
export const sha256Hex: Implementation["hash"] = (text) => {
  if (remainingPortable > 0 && --remainingPortable === 0) current = native() ?? portable
  return current.hash(text)
}

/** The HMAC of a text. Throws if the key was wiped. */
export const hmacSha256Hex: Implementation["hmac"] = (key, text) => current.hmac(key, text)
