import { X509Certificate } from "node:crypto"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { withTimeLimit } from "../TextFile.js"
import * as FileBytes from "./FileBytes.js"

/** A certificate as PEM, and the line of its file at which it begins. */
interface Pem {
  readonly text: string
  readonly line: number
}

/** PowerShell writes UTF-16, and editors add byte order marks. */
const textOf = (bytes: Uint8Array): string => {
  const [first, second] = bytes
  const encoding =
    first === 0xff && second === 0xfe ? "utf-16le" : first === 0xfe && second === 0xff ? "utf-16be" : "utf-8"
  return new TextDecoder(encoding).decode(bytes)
}

const block = /-----BEGIN ([A-Z0-9 ]+)-----\s([\s\S]*?)(?:-----END \1-----|(?=-----BEGIN )|$)/g

const isCertificate = (label: string): boolean => /^(?:X509 |TRUSTED )?CERTIFICATE$/.test(label)

/** The length of an ASN.1 sequence with its header. */
const sequenceLength = (der: Buffer): number => {
  const [tag, length = 0] = der
  if (tag !== 0x30) return -1
  if (length < 0x80) return 2 + length
  const octets = length & 0x7f
  return octets < 1 || octets > 4 || der.length < 2 + octets ? -1 : 2 + octets + der.readUIntBE(2, octets)
}

const pemOf = (base64: string): string =>
  `-----BEGIN CERTIFICATE-----\n${base64.replace(/\s+/g, "\n").trim()}\n-----END CERTIFICATE-----\n`

/** The certificates of a file, complete by their lengths. Left is the problem, as a predicate. */
const pemsOf = (bytes: Uint8Array): Either.Either<ReadonlyArray<Pem>, string> => {
  const der = Buffer.from(bytes)
  if (sequenceLength(der) === der.length) return Either.right([{ text: pemOf(der.toString("base64")), line: 1 }])
  const text = textOf(bytes)
  const found: Array<Pem> = []
  const others = new Set<string>()
  for (const { 0: whole, 1: label = "", 2: body = "", index } of text.matchAll(block)) {
    if (!isCertificate(label)) {
      others.add(label)
      continue
    }
    const line = text.slice(0, index).split("\n").length
    if (!whole.endsWith("-----")) return Either.left(`has a certificate without an end at line ${line}`)
    const content = Buffer.from(body, "base64")
    const length = sequenceLength(content)
    // A TRUSTED CERTIFICATE of OpenSSL has settings after the certificate.
    if (length < 0 || length > content.length || !/^[A-Za-z0-9+/=\s]*$/.test(body)) {
      return Either.left(`has a damaged certificate at line ${line}`)
    }
    found.push({ text: pemOf(content.subarray(0, length).toString("base64")), line })
  }
  if (found.length > 0) return Either.right(found)
  return Either.left(
    others.size === 0 ? "contains no certificate" : `contains no certificate, but ${[...others].join(" and ")}`
  )
}

const certificateProblem = ({ line, text }: Pem): string | undefined => {
  try {
    new X509Certificate(text)
    return undefined
  } catch {
    return `has a certificate that cannot be parsed at line ${line}`
  }
}

/**
 * The certificates of a file's content, PEM or DER, as PEM. Left is the problem with its line, as a predicate.
 *
 * @category conversions
 * @since 0.1.0
 */
export const parse = (content: Uint8Array | string): Either.Either<ReadonlyArray<string>, string> =>
  Either.flatMap(pemsOf(typeof content === "string" ? Buffer.from(content) : content), (found) => {
    const problem = found.map(certificateProblem).find((problem) => problem !== undefined)
    return problem === undefined ? Either.right(found.map(({ text }) => text)) : Either.left(problem)
  })

const readProblem = (reason: string): string =>
  reason === "ENOENT" ? "does not exist" : reason === "EISDIR" ? "is a folder" : `cannot be read: ${reason}`

const bytesOf = (path: string): Effect.Effect<Uint8Array, string> =>
  Effect.mapError(withTimeLimit(FileBytes.read(path)), readProblem)

/**
 * The certificates of a file as PEM. Fails with the problem and its line, as a predicate, and after 10 seconds at most.
 *
 * @category conversions
 * @since 0.1.0
 */
export const read = (path: string): Effect.Effect<ReadonlyArray<string>, string> => Effect.flatMap(bytesOf(path), parse)

/**
 * Fails with the problem of a file of certificates, as a predicate. Checks only whether the certificates are complete, because
 * a file of all public authorities takes long to parse.
 *
 * @category conversions
 * @since 0.1.0
 */
export const check = (path: string): Effect.Effect<void, string> => Effect.flatMap(bytesOf(path), pemsOf)

/**
 * The certificates of a file as PEM, without parsing them; none if it cannot be read. Node ignores those that cannot be
 * parsed.
 *
 * @category conversions
 * @since 0.1.0
 */
export const certificatesIn = (path: string): Effect.Effect<ReadonlyArray<string>> =>
  Effect.match(Effect.flatMap(bytesOf(path), pemsOf), {
    onFailure: () => [],
    onSuccess: (found) => found.map(({ text }) => text)
  })
