const scramble = (value: number): number => {
  const a = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
  const b = Math.imul(a ^ (a >>> 13), 0xc2b2ae35)
  return (b ^ (b >>> 16)) >>> 0
}

/**
 * A pseudo-random integer from 0 to 2^32 - 1 that depends only on its arguments. Stateless, so that the value at any index
 * costs the same. `stream` separates the sequences of one seed. All arguments are treated as 32-bit integers. Not for
 * cryptography.
 */
export const hash = (seed: number, stream: number, index: number): number =>
  scramble(scramble(scramble(seed ^ 0x9e3779b9) ^ Math.imul(stream + 1, 0xc2b2ae3d)) ^ Math.imul(index + 1, 0x27d4eb2f))

/** Like `hash`, as a number from 0 up to but not including 1. */
export const fraction = (seed: number, stream: number, index: number): number => hash(seed, stream, index) / 0x100000000

export const seedOf = (seed: number, text: string): number => {
  let value = scramble(seed)
  for (let index = 0; index < text.length; index++) value = scramble(value ^ text.charCodeAt(index))
  return value
}

const bytes = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"))

/** 8 hexadecimal digits. Uses a table, because `toString(16)` and `padStart` took most of the time of a page. */
const hex8 = (value: number): string =>
  `${bytes[value >>> 24]}${bytes[(value >>> 16) & 255]}${bytes[(value >>> 8) & 255]}${bytes[value & 255]}`

const part = (seed: number, stream: number, index: number, number: number): string =>
  hex8(hash(seed ^ Math.imul(number, 0x51ed270b), stream, index))

export const hex32 = (seed: number, stream: number, index: number): string =>
  `${part(seed, stream, index, 1)}${part(seed, stream, index, 2)}${part(seed, stream, index, 3)}${part(seed, stream, index, 4)}`
