import { type ErrorContext, withDetails } from "./ErrorContext.js"
import { TaggedError } from "./TaggedError.js"

/**
 * Why there was no response:
 *
 * - `dns`: the host name could not be resolved
 * - `connect`: the host refused the connection or could not be reached
 * - `tls`: the certificate or the handshake was rejected
 * - `proxy`: the proxy could not be reached, or refused or failed to connect to the host
 * - `reset`: the connection was closed before the end of the response
 * - `timeout`: an attempt exceeded its time limit
 * - `deadline`: the whole call, retries included, exceeded its time limit
 * - `protocol`: the response is not HTTP
 * - `size`: the response is larger than the client accepts
 * - `encoding`: the body of the response has a content coding or a character encoding that is not supported, or is damaged
 * - `request`: the request cannot be sent, for example because of a header that the user of the client set
 * - `closed`: the layer or scope of the client was closed before the end of the response
 * - `unknown`: any other reason, or none was reported
 *
 * @category errors
 * @since 0.1.0
 */
export type TransportErrorReason = (typeof transportErrorReasons)[number]

/**
 * All values of `TransportErrorReason`.
 *
 * @category constants
 * @since 0.1.0
 */
export const transportErrorReasons = [
  "dns",
  "connect",
  "tls",
  "proxy",
  "reset",
  "timeout",
  "deadline",
  "protocol",
  "size",
  "encoding",
  "request",
  "closed",
  "unknown"
] as const

const summaries: Record<TransportErrorReason, string> = {
  dns: "The host name could not be resolved",
  connect: "The host could not be reached",
  tls: "The TLS connection failed",
  proxy: "The proxy failed",
  reset: "The connection was closed",
  timeout: "The service did not respond in time",
  deadline: "The call did not finish in time",
  protocol: "The response is not valid HTTP",
  size: "The response is larger than the client accepts",
  encoding: "The body of the response cannot be decoded",
  request: "The request cannot be sent",
  closed: "The client was closed",
  unknown: "The request failed"
}

const hints: Record<TransportErrorReason, string> = {
  dns: "Check the endpoint's spelling, the region and this machine's DNS.",
  connect: "Check the endpoint's host and port, the network, and whether a proxy or firewall is in between.",
  tls: "Check the endpoint and this machine's clock. If a private authority or a proxy on this network signs certificates, trust it: with --ca-file, SSL_CERT_FILE or NODE_EXTRA_CA_CERTS, or with ca in the library.",
  proxy: "Check the proxy's URL and whether it is running. For hosts that need no proxy, set NO_PROXY.",
  reset: "Try again. If it persists, look for a proxy or firewall that closes connections.",
  timeout: "Try again, or allow more time for an attempt.",
  deadline: "Try again later, or allow more time for the call.",
  protocol: "Check that the endpoint is Workspace's and its scheme (http or https) is correct.",
  size: "Request less at once, or raise maxBodyBytes in the library.",
  encoding: "Check the proxies and gateways in front of the service: one of them encodes or damages responses.",
  request: "Check the changes of the client's transformClient.",
  closed: "Make all calls while the layer or the scope of the client is open.",
  unknown: "Check the endpoint and the network."
}

const authenticationHint =
  "Put the proxy's user and password into its URL, percent-encoded, such as http://user:p%40ss@proxy.example:3128."

const proxyHints: Readonly<Record<string, string>> = {
  ERR_PROXY_401: authenticationHint,
  ERR_PROXY_403: "Ask the proxy's administrators to allow the host, or reach it directly with NO_PROXY.",
  ERR_PROXY_407: authenticationHint,
  ERR_PROXY_SETTING: "Correct or remove the setting. For hosts that need no proxy, set NO_PROXY."
}

/** Failures of a proxy that may pass: it cannot be reached, or it cannot reach the host. */
const transientProxyCodes = /^(?:EAI_AGAIN|ECONN\w+|EHOST\w+|ENET\w+|EPIPE|ETIMEDOUT|ERR_PROXY_(?:408|429|50[0234]))$/

/** The URL is checked before, but not whether `fetch` sends anything to its port, nor what `transformClient` makes of it. */
const urlHint =
  "Check the port of the endpoint, because fetch sends nothing to some ports, and the changes of the client's transformClient."

const transientReasons: ReadonlySet<TransportErrorReason> = new Set(["connect", "reset", "timeout", "unknown"])

/**
 * There was no complete response. Retried for `connect`, `reset`, `timeout` and `unknown`, for `dns` if the resolver reports
 * a temporary failure (`EAI_AGAIN`), for `proxy` if the proxy cannot be reached or cannot reach the host, and for `encoding`
 * if the body is damaged, which has a code.
 *
 * @category errors
 * @since 0.1.0
 */
export class TransportError extends TaggedError("TransportError")<
  ErrorContext & {
    readonly reason: TransportErrorReason
    /**
     * The system's error code, such as `ECONNREFUSED`; Node's code for the failure where the runtime describes it in words.
     * For `proxy` also `ERR_PROXY_407` and others with the status of the
     * proxy's response, and `ERR_PROXY_SETTING` for a setting that is not a usable proxy.
     */
    readonly code?: string | undefined
    /** The system's error message. */
    readonly detail?: string | undefined
  }
> {
  override get message(): string {
    const detail = this.detail === undefined || this.detail === "" ? "" : `: ${this.detail}`
    return withDetails(`${summaries[this.reason]}${detail}`, this)
  }
  get hint(): string | undefined {
    const proxyHint = this.reason === "proxy" ? proxyHints[this.code ?? ""] : undefined
    const ofUrl = this.reason === "request" && this.code === "ERR_INVALID_URL" ? urlHint : undefined
    return this.operation_hint ?? proxyHint ?? ofUrl ?? hints[this.reason]
  }
  get retryable(): boolean {
    if (this.reason === "proxy") return transientProxyCodes.test(this.code ?? "")
    if (this.reason === "dns") return this.code === "EAI_AGAIN"
    if (this.reason === "encoding") return this.code !== undefined
    return transientReasons.has(this.reason)
  }
}
