import * as Fs from "node:fs"
import * as Path from "node:path"
import Tls from "node:tls"
import type { Environment } from "../Environment.js"
import { certificatesIn } from "./CertificateFile.js"

const filesIn = (folder: string): ReadonlyArray<string> => {
  try {
    return Fs.readdirSync(folder).map((name) => Path.join(folder, name))
  } catch {
    return []
  }
}

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
const systemCertificates = (): ReadonlyArray<string> => {
  const found = getCACertificates?.("system") ?? []
  return found.length > 0 ? found : certificatesIn(systemFiles.find((file) => Fs.existsSync(file)) ?? "")
}

/** What Node trusts by itself, which a list of own certificates would replace. */
const nodeCertificates = (): ReadonlyArray<string> =>
  getCACertificates?.("default") ?? [
    ...Tls.rootCertificates,
    ...certificatesIn(process.env["NODE_EXTRA_CA_CERTS"] ?? "")
  ]

/** `SSL_CERT_FILE`, `SSL_CERT_DIR`, and the certificates that the system trusts. */
const certificatesOfEnvironment = (environment: Environment): ReadonlyArray<string> => [
  ...certificatesIn(environment["SSL_CERT_FILE"] ?? ""),
  ...(environment["SSL_CERT_DIR"] ?? "").split(Path.delimiter).filter(Boolean).flatMap(filesIn).flatMap(certificatesIn),
  ...systemCertificates()
]

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
  /** Absent if Node's default suffices. */
  readonly context: () => Tls.SecureContext | undefined
  /** Whether the environment's certificates have been added. They are read only if a server needs them. */
  readonly isExtended: () => boolean
  /** Adds the environment's certificates. Returns whether they are added, now or before. */
  readonly extend: () => boolean
}

export const make = ({ ca, environment }: Settings): TrustedCertificates => {
  let trusted = ca
  let context: Tls.SecureContext | undefined
  let isExtended = false
  return {
    connect: Tls.connect,
    context: () => {
      if (trusted.length > 0) context ??= Tls.createSecureContext({ ca: [...nodeCertificates(), ...trusted] })
      return context
    },
    isExtended: () => isExtended,
    extend: () => {
      if (isExtended || environment === undefined) return isExtended
      isExtended = true
      trusted = [...ca, ...certificatesOfEnvironment(environment)]
      context = undefined
      return true
    }
  }
}
