import { sha256 } from "@noble/hashes/sha2.js"
import { bytesToHex } from "@noble/hashes/utils.js"

const encoder = new TextEncoder()

/** SHA-256 of a text's UTF-8, in lower-case hexadecimal digits. Node's own is faster for what is long. */
export type Digest = (text: string) => string

/** `Digest` without anything of Node. */
export const digest: Digest = (text) => bytesToHex(sha256(encoder.encode(text)))

/** A strong entity tag of a body. */
export const etagOf = (body: Uint8Array): string => `"${bytesToHex(sha256(body)).slice(0, 32)}"`

/** Whether two texts are equal, in a time that depends on their lengths only. */
export const isSame = (left: string, right: string): boolean => {
  let difference = left.length ^ right.length
  for (let index = 0; index < left.length; index++) {
    difference |= left.charCodeAt(index) ^ right.charCodeAt(index % (right.length || 1))
  }
  return difference === 0
}
