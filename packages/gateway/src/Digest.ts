import { sha256 } from "@noble/hashes/sha2.js"
import { bytesToHex } from "@noble/hashes/utils.js"

const encoder = new TextEncoder()

/** SHA-256 of a text's UTF-8, in lower-case hexadecimal. */
export type Digest = (text: string) => string

/** A `Digest` that does not need Node. */
export const digest: Digest = (text) => bytesToHex(sha256(encoder.encode(text)))

export const etagOf = (body: Uint8Array): string => `"${bytesToHex(sha256(body)).slice(0, 32)}"`

/** Whether two texts are equal, in a time that depends on their lengths only. */
export const timingSafeEqual = (left: string, right: string): boolean => {
  let difference = left.length ^ right.length
  for (let index = 0; index < left.length; index++) {
    difference |= left.charCodeAt(index) ^ right.charCodeAt(index % (right.length || 1))
  }
  return difference === 0
}
