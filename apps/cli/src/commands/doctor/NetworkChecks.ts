import { lookup } from "node:dns/promises"
import * as Net from "node:net"
import * as HttpClient from "@effect/platform/HttpClient"
import { type Environment, Proxy } from "@hotspot-session/client"
import * as NodeConnection from "@hotspot-session/client/NodeConnection"
import { authorityOf } from "@hotspot-session/core/Authority"
import {
  checkEnvironmentFile,
  clientOptions,
  type ResolvedConnection,
  verificationWarning
} from "@hotspot-session/settings/Connection"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { plural } from "../../output/Counts.js"
import { messageOf } from "../../output/MessageOf.js"
import { type Check, failed, ok, skipped, warned } from "./DoctorReport.js"

const withoutBrackets = (host: string): string => host.replace(/^\[|\]$/g, "")

/** Which way a host is reached, and why. Absent if no setting decides it. */
export const checkRoute = (
  check: string,
  url: string,
  connection: ResolvedConnection | undefined
): ReadonlyArray<Check> => {
  if (connection === undefined) return []
  const { host } = new URL(url)
  const route = Proxy.routeOf(new URL(url), connection.proxy)
  switch (route._tag) {
    case "Direct":
      return [ok(check, `${host} is reached directly: ${route.reason}`)]
    case "Proxied":
      return [ok(check, `${host} is reached through ${Proxy.describe(route.proxy)}, which resolves its name`)]
    case "Unusable":
      return [failed(check, `${route.problem.source} ${route.problem.problem}.`, route.problem.hint)]
  }
}

/** The host whose name this machine resolves: that of the proxy, if there is one. */
export const resolvedHost = (url: string, connection: ResolvedConnection | undefined): string => {
  const route = Proxy.routeOf(new URL(url), connection?.proxy ?? {})
  return route._tag === "Proxied" ? route.proxy.host : new URL(url).hostname
}

/** What is wrong with the environment's settings of TLS. */
export const checkTrust = (environment: Environment): Effect.Effect<ReadonlyArray<Check>> =>
  Effect.match(checkEnvironmentFile(environment), {
    onFailure: ({ hint, message }) => [failed("certificates", message, hint)],
    onSuccess: () => []
  }).pipe(
    Effect.map((checks) => {
      const warning = verificationWarning(environment)
      return warning === undefined ? checks : [...checks, warned("certificates", warning, "Unset it.")]
    })
  )

export const checkDns = (host: string) =>
  Net.isIP(withoutBrackets(host)) !== 0
    ? Effect.succeed(ok("DNS", `${host} is an IP address`))
    : Effect.tryPromise({ try: () => lookup(host, { all: true }), catch: messageOf }).pipe(
        Effect.match({
          onFailure: (reason) =>
            failed(
              "DNS",
              `${host} cannot be resolved: ${reason}.`,
              "Check the endpoint's host name and the network's DNS."
            ),
          onSuccess: (addresses) =>
            ok("DNS", `${host} resolves to ${addresses.map(({ address }) => address).join(", ")}`)
        })
      )

const connected = (url: URL, { address, port, tls }: NodeConnection.Connection, isProxied: boolean): string => {
  const where = authorityOf({ host: address, port })
  const to = isProxied ? `connected to ${url.host} through ${where}` : `connected to ${where}`
  return tls === undefined
    ? `${to}, without TLS`
    : `${to}, ${tls.version}, certificate issued by ${tls.issuer}, valid until ${tls.validTo}`
}

const fixOf = ({ reason, untrustedIssuer }: NodeConnection.ConnectionFailure): string =>
  untrustedIssuer !== undefined
    ? "If this authority is your organization's, trust it: give its certificate with --ca-file or SSL_CERT_FILE. If it is not, the connection is intercepted."
    : reason === "proxy"
      ? "Check the proxy's URL, user and password, and whether it allows this host."
      : reason === "tls"
        ? "Check this machine's clock and the endpoint's scheme and host name; a proxy or firewall may be intercepting TLS."
        : "Check the endpoint, the network and its firewall. If hosts are reached through a proxy, set HTTPS_PROXY."

const unreachable = (url: URL, failure: NodeConnection.ConnectionFailure): Check => {
  const { detail, untrustedIssuer } = failure
  const more = untrustedIssuer === undefined ? "" : `; ${untrustedIssuer} is not trusted`
  return failed("connection", `${url.host} cannot be reached: ${detail}${more}.`, fixOf(failure))
}

/** The limit of the other commands. */
const connectTimeout = Duration.seconds(10)

/** Connects as the other commands do. */
export const checkConnection = (
  url: URL,
  connection: ResolvedConnection | undefined,
  environment: Environment,
  timeout: Duration.Duration
): Effect.Effect<Check> => {
  const isProxied = Proxy.routeOf(url, connection?.proxy ?? {})._tag === "Proxied"
  const options = {
    ...(connection && clientOptions(connection, environment)),
    ...{ systemCa: true, environment, connectTimeout: Duration.min(timeout, connectTimeout) }
  }
  return NodeConnection.probe(url.href, options).pipe(
    Effect.map((opened) => ok("connection", connected(url, opened, isProxied))),
    Effect.catchAll((failure) =>
      Effect.succeed("detail" in failure ? unreachable(url, failure) : failed("connection", String(failure)))
    )
  )
}

/** The service rejects signatures that are off by more than 15 minutes. */
const maxSkew = Duration.minutes(15)

export const checkClock = (endpoint: string, timeout: Duration.Duration) =>
  Effect.gen(function* () {
    const client = yield* HttpClient.HttpClient
    const { headers } = yield* client.get(`${endpoint}/`)
    const now = yield* Clock.currentTimeMillis
    const skew = now - Date.parse(headers["date"] ?? "")
    if (Number.isNaN(skew)) return skipped("clock", "the response has no valid Date header")
    const seconds = Math.round(Math.abs(skew) / 1000)
    const apart = seconds < 120 ? plural(seconds, "second") : plural(Math.round(seconds / 60), "minute")
    const text = `this machine is ${apart} ${skew < 0 ? "behind" : "ahead of"} the service`
    if (Math.abs(skew) < 2000) return ok("clock", "in sync with the service")
    return Math.abs(skew) < Duration.toMillis(maxSkew)
      ? ok("clock", text)
      : failed("clock", `${text}; signatures are rejected.`, "Synchronize this machine's clock, for example with NTP.")
  }).pipe(
    Effect.scoped,
    Effect.timeout(timeout),
    Effect.catchAll(() => Effect.succeed(skipped("clock", "no response from the service")))
  )
