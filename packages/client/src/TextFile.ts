/**
 * The text of files that people write, on any system.
 *
 * @module
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"

const startsWith = (bytes: Uint8Array, ...prefix: ReadonlyArray<number>): boolean =>
  prefix.every((octet, index) => bytes[index] === octet)

/** The encoding of a byte order mark. That of UTF-32LE begins like that of UTF-16LE. */
const markedEncoding = (bytes: Uint8Array): "UTF-8" | "UTF-16LE" | "UTF-16BE" | "UTF-32" | undefined => {
  if (startsWith(bytes, 0xef, 0xbb, 0xbf)) return "UTF-8"
  if (startsWith(bytes, 0xff, 0xfe, 0, 0) || startsWith(bytes, 0, 0, 0xfe, 0xff)) return "UTF-32"
  if (startsWith(bytes, 0xff, 0xfe)) return "UTF-16LE"
  return startsWith(bytes, 0xfe, 0xff) ? "UTF-16BE" : undefined
}

const binaryFormats: ReadonlyArray<readonly [name: string, prefix: ReadonlyArray<number>]> = [
  ["a gzip file", [0x1f, 0x8b]],
  ["a zip file, as spreadsheets are", [0x50, 0x4b, 0x03, 0x04]],
  ["a zstd file", [0x28, 0xb5, 0x2f, 0xfd]],
  ["an xz file", [0xfd, 0x37, 0x7a, 0x58, 0x5a]],
  ["a PDF file", [0x25, 0x50, 0x44, 0x46]]
]

const decode = (bytes: Uint8Array, encoding: string): string | undefined => {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}

/** The number of the line with a character, from 1. */
const lineWith = (text: string, character: string): number =>
  text.slice(0, text.indexOf(character)).split(/\r\n|\r|\n/).length

const lf = 0x0a
const cr = 0x0d

/** The number of the first line that is not UTF-8. No character of UTF-8 contains the octets of line ends. */
const invalidLine = (bytes: Uint8Array): number => {
  let line = 1
  let start = 0
  for (const [at, octet] of bytes.entries()) {
    if (octet !== lf && (octet !== cr || bytes[at + 1] === lf)) continue
    if (decode(bytes.subarray(start, at), "UTF-8") === undefined) break
    start = at + 1
    line++
  }
  return line
}

/** Whether text is UTF-16 that was decoded as UTF-8: the first line of such a file hardly lacks ASCII. */
const isUtf16 = (text: string): boolean => text.charCodeAt(0) === 0 || text.charCodeAt(1) === 0

/**
 * The largest size of a file that is read, in bytes: 64 MiB. Real files are far smaller, and a device may have no end.
 *
 * @category constants
 * @since 0.1.0
 */
export const maxSize = 64 * 1024 * 1024

/**
 * Why a larger file is not read, as the end of a sentence.
 *
 * @category messages
 * @since 0.1.0
 */
export const tooLarge = "it has more than 64 MiB"

const maxWait = "10 seconds"

/**
 * Gives up reading a file after 10 seconds, with the reason as the end of a sentence. For files that no program is expected to
 * provide while the program waits: a pipe may have no writer, and the network of a file may be gone.
 *
 * @category operations
 * @since 0.1.0
 */
export const withTimeLimit = <A, R>(read: Effect.Effect<A, string, R>): Effect.Effect<A, string, R> =>
  Effect.timeoutFail(read, { duration: maxWait, onTimeout: () => `nothing was read within ${maxWait}` })

/**
 * Why a file has no text: the system does not let it be read, or it is not what people write. The `reason` is the system's error
 * code, such as `EACCES`, or the end of a sentence.
 *
 * @category models
 * @since 0.1.0
 */
export interface FileProblem {
  readonly _tag: "Unreadable" | "NotText"
  readonly reason: string
}

/**
 * The text of a file: UTF-8 with or without a byte order mark, or UTF-16 with one, as PowerShell writes it. Without the byte
 * order mark, and with `\n` for the line ends of every system. Left is why it is not text, as the end of a sentence such as
 * `line 3 is not UTF-8`. It quotes nothing of the file, which may contain secrets.
 *
 * @category conversions
 * @since 0.1.0
 */
export const decodeText = (bytes: Uint8Array): Either.Either<string, string> => {
  const binary = binaryFormats.find(([, prefix]) => startsWith(bytes, ...prefix))
  if (binary !== undefined) return Either.left(`it is ${binary[0]}, not text`)
  const marked = markedEncoding(bytes)
  if (marked === "UTF-32") return Either.left("it is UTF-32; save it as UTF-8")
  const encoding = marked ?? "UTF-8"
  const text = decode(bytes, encoding)
  if (text === undefined) {
    return Either.left(
      encoding === "UTF-8"
        ? `line ${invalidLine(bytes)} is not UTF-8 but of another encoding, such as Windows-1252 or GBK; save the file as UTF-8`
        : `line ${lineWith(new TextDecoder(encoding).decode(bytes), "\ufffd")} is not ${encoding}, of which the file has the byte order mark`
    )
  }
  if (text.includes("\0")) {
    return Either.left(
      isUtf16(text)
        ? "it is UTF-16 without a byte order mark; save it as UTF-8"
        : `line ${lineWith(text, "\0")} has a zero octet, so that it is not text`
    )
  }
  return Either.right(text.replace(/^\ufeff+/, "").replace(/\r\n?/g, "\n"))
}
