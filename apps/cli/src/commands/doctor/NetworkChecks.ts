import { lookup } from "node:dns/promises"
import * as Net from "node:net"
import * as Tls from "node:tls"
import * as HttpClient from "@effect/platform/HttpClient"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { plural } from "../../output/Counts.js"
import { type Check, failed, ok, skipped, warned } from "./DoctorReport.js"

/** Proxy variables, which this program ignores. */
const proxyVariables = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"]

export const checkProxy = (environment: Readonly<Record<string, string | undefined>>): ReadonlyArray<Check> => {
  const set = proxyVariables.filter((name) => environment[name])
  if (set.length === 0) return []
  const detail = `${set.join(" and ")} ${set.length === 1 ? "is" : "are"} set, but hotspot-session connects directly.`
  return [
    warned("proxy", detail, "If the cloud is reachable only through the proxy, use an --endpoint that forwards to it.")
  ]
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

export const checkDns = (host: string) =>
  Net.isIP(host.replace(/^\[|\]$/g, "")) !== 0
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

/** Connects, over TLS for an https URL, and describes the connection. */
const connect = (url: URL): Effect.Effect<string, string> =>
  Effect.async((resume) => {
    const host = url.hostname.replace(/^\[|\]$/g, "")
    const isTls = url.protocol === "https:"
    const port = Number(url.port || (isTls ? 443 : 80))
    const socket = isTls
      ? Tls.connect({ host, port, ...(Net.isIP(host) === 0 ? { servername: host } : {}) })
      : Net.connect({ host, port })
    const describe = () => {
      const address = socket.remoteAddress ?? ""
      const where = `${Net.isIPv6(address) ? `[${address}]` : address}:${socket.remotePort}`
      if (!(socket instanceof Tls.TLSSocket)) return `connected to ${where}, without TLS`
      const { issuer, valid_to } = socket.getPeerCertificate()
      return `connected to ${where}, ${socket.getProtocol()}, certificate issued by ${issuer?.O ?? issuer?.CN}, valid until ${valid_to}`
    }
    socket.once(isTls ? "secureConnect" : "connect", () => {
      resume(Effect.succeed(describe()))
      socket.destroy()
    })
    socket.once("error", (error) => resume(Effect.fail(error.message)))
    return Effect.sync(() => socket.destroy())
  })

export const checkConnection = (url: URL, timeout: Duration.Duration) =>
  connect(url).pipe(
    Effect.timeoutFail({ duration: timeout, onTimeout: () => `no connection within ${Duration.format(timeout)}` }),
    Effect.match({
      onFailure: (reason) =>
        failed(
          "connection",
          `${url.host} cannot be reached: ${reason}.`,
          /certificate|self.signed/i.test(reason)
            ? "A proxy may be intercepting TLS, or the certificate authority is not trusted: add it with NODE_EXTRA_CA_CERTS."
            : "Check the endpoint, the network and its firewall."
        ),
      onSuccess: (text) => ok("connection", text)
    })
  )

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
