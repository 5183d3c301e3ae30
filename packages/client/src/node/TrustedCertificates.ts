import * as Fs from "node:fs"
import * as Path from "node:path"
import Tls from "node:tls"
import * as Effect from "effect/Effect"
import type { Environment } from "../Environment.js"
import { withTimeLimit } from "../TextFile.js"
import { certificatesIn } from "./CertificateFile.js"

const filesIn = (folder: string): Effect.Effect<ReadonlyArray<string>> =>
  Effect.tryPromise({ try: () => Fs.promises.readdir(folder), catch: String }).pipe(
    withTimeLimit,
    Effect.match({ onFailure: () => [], onSuccess: (names) => names.map((name) => Path.join(folder, name)) })
  )

/** The certificates of several files. So many at once are read faster, and a network that is gone costs one time limit. */
const certificatesInAll = (files: ReadonlyArray<string>): Effect.Effect<ReadonlyArray<string>> =>
  Effect.map(Effect.forEach(files, certificatesIn, { concurrency: 64 }), (found) => found.flat())

/** Where the distributions of Linux and the BSDs have the certificates that the system trusts. */
const systemFiles = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
  "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
  "/etc/ssl/cert.pem"
]

/** Since Node.js 22.15 and 23.9. */
interface StoreReader {
  readonly getCACertificates?: (store: "default" | "system") => ReadonlyArray<string>
}

// Of the default export: webpack would make of the namespace an import by name, which fails where there is none.
const { getCACertificates }: typeof Tls & StoreReader = Tls

/** The certificates that the system trusts. */
const systemCertificates: Effect.Effect<ReadonlyArray<string>> = Effect.suspend(() => {
  const found = getCACertificates?.("system") ?? []
  return found.length > 0
    ? Effect.succeed(found)
    : certificatesInAll(systemFiles.filter((file) => Fs.existsSync(file)).slice(0, 1))
})

/** What Node trusts by itself, which a list of own certificates would replace. */
const nodeCertificates: Effect.Effect<ReadonlyArray<string>> = Effect.suspend(() =>
  getCACertificates === undefined
    ? Effect.map(certificatesInAll([process.env["NODE_EXTRA_CA_CERTS"] ?? ""].filter(Boolean)), (extra) => [
        ...Tls.rootCertificates,
        ...extra
      ])
    : Effect.succeed(getCACertificates("default"))
)

/** `SSL_CERT_FILE`, `SSL_CERT_DIR`, and the certificates that the system trusts. */
const certificatesOfEnvironment = ({ SSL_CERT_DIR = "", SSL_CERT_FILE }: Environment) =>
  Effect.forEach(SSL_CERT_DIR.split(Path.delimiter).filter(Boolean), filesIn).pipe(
    Effect.map((found) => [SSL_CERT_FILE ?? "", ...found.flat()].filter(Boolean)),
    Effect.flatMap(certificatesInAll),
    Effect.zipWith(systemCertificates, (own, system) => [...own, ...system])
  )

/** The settings of `make`. */
export interface Settings {
  /** Certificates as PEM that are trusted besides Node's. */
  readonly ca: ReadonlyArray<string>
  /** The environment whose certificates, and those of the system, are trusted, too. */
  readonly environment: Environment | undefined
}

/** The certificates that connections trust. */
export interface TrustedCertificates {
  /** Node's own, which is loaded with this module. */
  readonly connect: typeof Tls.connect
  /** `undefined` if Node's default suffices. */
  readonly context: () => Promise<Tls.SecureContext | undefined>
  /** Whether the environment's certificates have been added. They are read only if a server needs them. */
  readonly isExtended: () => boolean
  /** Adds the environment's certificates. Returns whether they are added, now or before. */
  readonly extend: () => Promise<boolean>
}

export const make = ({ ca, environment }: Settings): TrustedCertificates => {
  const contextOf = async (trusted: ReadonlyArray<string>) =>
    trusted.length === 0
      ? undefined
      : Tls.createSecureContext({ ca: [...(await Effect.runPromise(nodeCertificates)), ...trusted] })
  let context: Promise<Tls.SecureContext | undefined> | undefined
  let isExtended = false
  const read = async () => {
    if (environment === undefined) return false
    context = contextOf([...ca, ...(await Effect.runPromise(certificatesOfEnvironment(environment)))])
    isExtended = true
    return true
  }
  let extended: Promise<boolean> | undefined
  return {
    connect: Tls.connect,
    context: () => (context ??= contextOf(ca)),
    isExtended: () => isExtended,
    extend: () => (extended ??= read())
  }
}
