/**
 * Opens connections for all clients of Node.js, directly or through a proxy: name, addresses, TLS to the proxy, CONNECT, TLS
 * to the server, within one time limit.
 */

import * as Http from "node:http"
import * as Net from "node:net"
import type * as Tls from "node:tls"
import { authorityOf } from "@hotspot-session/core/Authority"
import * as Duration from "effect/Duration"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import { type Destination, type Proxy, type ProxySettings, type Route, routeOf } from "../Proxy.js"
import { connectionError, connectRejection, settingError } from "../ProxyError.js"
import { codeOf, isError } from "../SystemError.js"
import { maxTimerMillis } from "../TimeLimit.js"
import { markUnsent } from "../TransportFailure.js"
import { addressesOf, firstReady, type Lookup, systemLookup } from "./HappyEyeballs.js"
import type * as TrustedCertificates from "./TrustedCertificates.js"

export interface Settings {
  readonly connectTimeoutMillis: number
  /** Absent if all connections are direct. */
  readonly proxy: ProxySettings | undefined
  readonly trusted: TrustedCertificates.Settings
  readonly lookup?: Lookup | undefined
}

interface ConnectOptions {
  /** Whether no proxy is used. */
  readonly isDirect?: boolean | undefined
  /** Whether untrusted certificates are accepted: only to tell what they are, and never to send anything. */
  readonly acceptsUntrusted?: boolean | undefined
}

export interface Connector {
  /** Whether some connections may go through a proxy. */
  readonly usesProxy: boolean
  readonly routeOf: (destination: Destination) => Route
  /** Connects to a server, TLS included. Rejects with an error that is marked as unsent. */
  readonly connect: (destination: Destination, options?: ConnectOptions) => Promise<Net.Socket>
  /** Connects to the proxy that requests for `http` URLs are sent to. Rejects in the same way. */
  readonly connectToHttpProxy: () => Promise<Net.Socket>
  /** Ends all attempts to connect. */
  readonly close: () => void
}

interface Server {
  readonly host: string
  readonly port: number
  readonly isTls: boolean
}

const serverOf = ({ hostname, port, protocol }: Destination): Server => {
  const isTls = protocol === "https:"
  return { host: hostname.replace(/^\[|\]$/g, ""), port: Number(port) || (isTls ? 443 : 80), isTls }
}

/** One attempt to connect: its time limit, and what it is waiting for. */
interface Attempt {
  readonly signal: AbortSignal
  readonly acceptsUntrusted: boolean
  stage: string
  /** Whether it trusts the environment's certificates, too. */
  trustsAll: boolean
}

const untilReady = <S extends Net.Socket>(socket: S, ready: string, { signal }: Attempt): Promise<S> =>
  new Promise((resolve, reject) => {
    const end = () => {
      socket.off("error", fail)
      signal.removeEventListener("abort", abort)
    }
    const fail = (error: Error) => {
      end()
      reject(error)
    }
    const abort = () => {
      socket.once("error", () => {})
      socket.destroy()
      fail(signal.reason)
    }
    if (signal.aborted) return abort()
    signal.addEventListener("abort", abort)
    socket.once("error", fail).once(ready, () => {
      end()
      resolve(socket)
    })
  })

/** Opens a tunnel through a proxy. */
const openTunnel = (socket: Net.Socket, proxy: Proxy, authority: string, { signal }: Attempt): Promise<Net.Socket> =>
  new Promise((resolve, reject) => {
    const abort = () => {
      reject(signal.reason)
      request.destroy()
    }
    const request = Http.request({
      method: "CONNECT",
      path: authority,
      headers: {
        host: authority,
        "proxy-connection": "keep-alive",
        ...(proxy.authorization === undefined ? {} : { "proxy-authorization": Redacted.value(proxy.authorization) })
      },
      createConnection: () => socket
    })
      .once("connect", ({ headers, statusCode = 0, statusMessage = "" }, socket, head) => {
        signal.removeEventListener("abort", abort)
        const rejection = connectRejection(proxy, { headers, status: statusCode, statusText: statusMessage }, authority)
        if (rejection === undefined) {
          if (head.length > 0) socket.unshift(head)
          resolve(socket)
        } else {
          socket.destroy()
          reject(rejection)
        }
      })
      .on("error", (error) => {
        signal.removeEventListener("abort", abort)
        reject(error)
      })
    if (signal.aborted) return abort()
    signal.addEventListener("abort", abort)
    request.end()
  })

/** How long a connection is idle until TCP checks that it is alive, in milliseconds. */
const keepAliveDelay = 60_000

const maxSessions = 64

/** The codes of a certificate whose issuer is not among the trusted ones. */
export const unknownIssuerCodes: ReadonlySet<string> = new Set([
  "CERT_UNTRUSTED",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE"
])

/** What TLS needs, which is slow to load. */
const loadTls = async (settings: TrustedCertificates.Settings) => {
  const { make } = await import("./TrustedCertificates.js")
  return make(settings)
}

export const make = ({ connectTimeoutMillis, lookup = systemLookup, proxy, trusted }: Settings): Connector => {
  const sessions = new Map<string, Buffer>()
  const running = new Set<AbortController>()
  let tls: ReturnType<typeof loadTls> | undefined

  /** Starts TLS to a server over what the options say. */
  const tlsTo = async (server: Server, attempt: Attempt) => {
    tls ??= loadTls(trusted)
    const { connect, context, isExtended } = await tls
    attempt.trustsAll = isExtended()
    const secureContext = await context()
    return (options: Tls.ConnectionOptions) => startTls(connect, secureContext, server, attempt, options)
  }

  const startTls = (
    connect: typeof Tls.connect,
    secureContext: Tls.SecureContext | undefined,
    server: Server,
    attempt: Attempt,
    options: Tls.ConnectionOptions
  ): Tls.TLSSocket => {
    const key = authorityOf(server)
    const session = sessions.get(key)
    return connect({
      ...options,
      ALPNProtocols: ["http/1.1"],
      // Else Node would obey NODE_TLS_REJECT_UNAUTHORIZED.
      rejectUnauthorized: !attempt.acceptsUntrusted,
      ...(Net.isIP(server.host) === 0 ? { servername: server.host.replace(/\.$/, "") } : { host: server.host }),
      ...(session === undefined ? {} : { session }),
      ...(secureContext === undefined ? {} : { secureContext })
    }).on("session", (session) => {
      if (sessions.size >= maxSessions) sessions.clear()
      sessions.set(key, session)
    })
  }

  /** Connects to a server without a proxy in between. */
  const open = async (server: Server, attempt: Attempt): Promise<Net.Socket> => {
    const { host, isTls, port } = server
    attempt.stage = `${host} is not resolved`
    const addresses = await addressesOf(host, lookup, attempt.signal)
    attempt.stage = addresses.length === 1 ? `${addresses[0]} is not ready` : `none of ${addresses.join(", ")} is ready`
    const start = isTls ? await tlsTo(server, attempt) : Net.connect
    const startAt = (address: string): Net.Socket =>
      start({ host: address, port }).setNoDelay(true).setKeepAlive(true, keepAliveDelay)
    return firstReady(addresses, startAt, isTls ? "secureConnect" : "connect", attempt.signal)
  }

  const throughProxy = async (proxy: Proxy, server: Server, attempt: Attempt): Promise<Net.Socket> => {
    const authority = authorityOf(server)
    // Loaded first, because a tunnel without a listener must not wait.
    const start = server.isTls ? await tlsTo(server, attempt) : undefined
    const tunnel = await open(proxy, attempt)
      .then((socket) => {
        attempt.stage = "the proxy has not opened a tunnel"
        return openTunnel(socket, proxy, authority, attempt)
      })
      .catch((error) => {
        throw connectionError(proxy, error)
      })
    attempt.stage = "the TLS handshake has not ended"
    return start === undefined ? tunnel : untilReady(start({ socket: tunnel }), "secureConnect", attempt)
  }

  /** Runs an attempt within the time limit, and again if a certificate's issuer may be among those not read yet. */
  const connecting = async (
    run: (attempt: Attempt) => Promise<Net.Socket>,
    name: string,
    acceptsUntrusted = false
  ): Promise<Net.Socket> => {
    const controller = new AbortController()
    const attempt: Attempt = { signal: controller.signal, acceptsUntrusted, stage: "", trustsAll: false }
    running.add(controller)
    const timer =
      connectTimeoutMillis > maxTimerMillis
        ? undefined
        : setTimeout(() => {
            const limit = Duration.format(Duration.millis(connectTimeoutMillis))
            const message = `no connection to ${name} within ${limit}: ${attempt.stage}`
            controller.abort(Object.assign(new Error(message), { code: "ETIMEDOUT" }))
          }, connectTimeoutMillis)
    try {
      return await run(attempt).catch(async (error) => {
        const needsMore = unknownIssuerCodes.has(codeOf(error) ?? "") && !attempt.trustsAll
        if (!needsMore || !(await (await tls)?.extend())) throw error
        return run(attempt)
      })
    } catch (error) {
      throw markUnsent(isError(error) ? error : new Error(String(error)))
    } finally {
      clearTimeout(timer)
      running.delete(controller)
    }
  }

  const routed = (destination: Destination): Route =>
    proxy === undefined ? { _tag: "Direct", reason: "no proxy is set" } : routeOf(destination, proxy)

  return {
    usesProxy: proxy?.http !== undefined || proxy?.https !== undefined,
    routeOf: routed,
    connect: (destination, { acceptsUntrusted, isDirect = false } = {}) => {
      const server = serverOf(destination)
      const run = async (attempt: Attempt): Promise<Net.Socket> => {
        const route = routed(destination)
        if (isDirect || route._tag === "Direct") return open(server, attempt)
        if (route._tag === "Unusable") throw settingError(route.problem)
        return throughProxy(route.proxy, server, attempt)
      }
      return connecting(run, authorityOf(server), acceptsUntrusted)
    },
    connectToHttpProxy: async () => {
      const configured = proxy?.http
      if (configured === undefined || Either.isLeft(configured)) throw new Error("no proxy is set")
      const { right: server } = configured
      const run = (attempt: Attempt) => open(server, attempt)
      return connecting(run, authorityOf(server)).catch((error) => {
        throw connectionError(server, error)
      })
    },
    close: () => {
      for (const controller of running) controller.abort(new Error("the client was closed"))
    }
  }
}
