import type * as Net from "node:net"
import type { PeerCertificate, TLSSocket } from "node:tls"
import type { ConfigError } from "effect/ConfigError"
import * as Effect from "effect/Effect"
import { failureOfCause } from "../TransportFailure.js"
import { type Connector, unknownIssuerCodes } from "./Connector.js"
import { checkOptions, type HttpClientOptions, makeConnector } from "./HttpClientOptions.js"

/**
 * A connection that was opened to see whether it can be.
 *
 * @category models
 * @since 0.1.0
 */
export interface Connection {
  /** The address that accepted the connection: the server's, or the proxy's. */
  readonly address: string
  readonly port: number
  /** Absent without TLS. */
  readonly tls?:
    | {
        /** Such as `TLSv1.3`. */
        readonly version: string
        /** Name of the authority that issued the server's certificate. */
        readonly issuer: string
        /** When the certificate expires, as text. */
        readonly validTo: string
      }
    | undefined
}

/**
 * Why a connection could not be opened.
 *
 * @category models
 * @since 0.1.0
 */
export interface ConnectionFailure {
  /** The part of the way that failed, as in `TransportError`. */
  readonly reason: string
  /** The system's error code. */
  readonly code?: string | undefined
  readonly detail: string
  /** Name of the authority that is not trusted, if that is why. */
  readonly untrustedIssuer?: string | undefined
}

const nameOf = (name: PeerCertificate["issuer"] | undefined): string => {
  const parts = [name?.CN, name?.O].flat().filter((part) => part !== undefined && part !== "")
  return parts.join(", ") || "an authority without a name"
}

const isTls = (socket: Net.Socket): socket is TLSSocket => "getPeerCertificate" in socket

/** The last issuer of the chain that the server sent: the one that would have to be trusted. */
const issuerOf = (socket: Net.Socket): string | undefined => {
  if (!isTls(socket)) return undefined
  let certificate = socket.getPeerCertificate(true)
  const seen = new Set<string>()
  while (certificate?.issuerCertificate !== undefined && !seen.has(certificate.fingerprint256)) {
    seen.add(certificate.fingerprint256)
    certificate = certificate.issuerCertificate
  }
  return certificate === undefined ? undefined : nameOf(certificate.issuer)
}

const describe = (socket: Net.Socket): Connection => {
  const { remoteAddress = "", remotePort = 0 } = socket
  if (!isTls(socket)) return { address: remoteAddress, port: remotePort }
  const { issuer, valid_to } = socket.getPeerCertificate()
  return {
    address: remoteAddress,
    port: remotePort,
    tls: { version: socket.getProtocol() ?? "", issuer: nameOf(issuer), validTo: valid_to }
  }
}

const open = <A>(
  connector: Connector,
  url: URL,
  acceptsUntrusted: boolean,
  read: (socket: Net.Socket) => A
): Effect.Effect<A, ConnectionFailure> =>
  Effect.acquireUseRelease(
    Effect.tryPromise({
      try: () => connector.connect(url, { acceptsUntrusted }),
      catch: (cause): ConnectionFailure => failureOfCause(cause, { isSent: false })
    }),
    (socket) => Effect.sync(() => read(socket)),
    (socket) => Effect.sync(() => socket.on("error", () => {}).destroy())
  )

/**
 * Opens a connection as the clients do, through the same proxy and with the same authorities, and closes it. Sends nothing
 * but what opens it.
 *
 * Fails with a `ConnectionFailure` if there is no connection, and with a `ConfigError` like `layerHttpClient`.
 *
 * @category operations
 * @since 0.1.0
 */
export const probe = (
  url: string,
  options: HttpClientOptions = {}
): Effect.Effect<Connection, ConnectionFailure | ConfigError> =>
  Effect.gen(function* () {
    const { connection } = yield* checkOptions(options)
    const connector = yield* makeConnector(connection)
    return yield* Effect.catchAll(open(connector, new URL(url), false, describe), (failure) =>
      failure.reason === "tls" && unknownIssuerCodes.has(failure.code ?? "")
        ? open(connector, new URL(url), true, issuerOf).pipe(
            Effect.orElseSucceed(() => undefined),
            Effect.flatMap((untrustedIssuer) => Effect.fail<ConnectionFailure>({ ...failure, untrustedIssuer }))
          )
        : Effect.fail(failure)
    )
  }).pipe(Effect.scoped)
