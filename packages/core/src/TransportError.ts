import * as Data from "effect/Data"
import { type ErrorContext, withFacts } from "./ErrorContext.js"

/**
 * Why there was no answer:
 *
 * - `dns`: the name of the host could not be looked up
 * - `connect`: the host refused the connection or could not be reached
 * - `tls`: the certificate or the handshake was not accepted
 * - `reset`: the connection broke, before the answer or within it
 * - `timeout`: an attempt took longer than it may
 * - `deadline`: the whole call, retries included, took longer than it may
 * - `protocol`: what came back is not HTTP
 * - `size`: the answer is larger than the client takes
 * - `request`: the request cannot be sent as it is, because of a header that the user of the client gave, say
 * - `unknown`: none of these, or nothing was told
 *
 * @category errors
 */
export type TransportErrorReason =
  | "dns"
  | "connect"
  | "tls"
  | "reset"
  | "timeout"
  | "deadline"
  | "protocol"
  | "size"
  | "request"
  | "unknown"

const what: Record<TransportErrorReason, string> = {
  dns: "The host's name could not be looked up",
  connect: "The host could not be reached",
  tls: "The TLS connection was not accepted",
  reset: "The connection broke",
  timeout: "The service did not answer in time",
  deadline: "The call did not end in time",
  protocol: "The answer is not HTTP",
  size: "The answer is larger than the client takes",
  request: "The request cannot be sent as it is",
  unknown: "The request could not be made"
}

const hints: Record<TransportErrorReason, string> = {
  dns: "Check the endpoint's spelling, the region and this machine's DNS.",
  connect: "Check the endpoint's host and port, the network, and whether a proxy or firewall is in between.",
  tls: "Check that the endpoint is the right one and this machine's clock. If a proxy signs certificates here, trust its certificate with NODE_EXTRA_CA_CERTS.",
  reset: "Try again. If it lasts, look for a proxy or firewall that closes connections.",
  timeout: "Try again, or allow more time for an attempt.",
  deadline: "Try again later, or allow more time for the call.",
  protocol: "Check that the endpoint is Workspace's and its scheme (http or https) the right one.",
  size: "Ask for fewer with limit, or raise maxBodyBytes of the client.",
  request: "Check the client's userAgent and what its transformClient changes.",
  unknown: "Check the endpoint and the network."
}

const passing: ReadonlySet<TransportErrorReason> = new Set(["connect", "reset", "timeout", "unknown"])

/**
 * There was no whole answer. Retried for `connect`, `reset`, `timeout` and `unknown`, and for `dns` where the resolver
 * says that it may pass (`EAI_AGAIN`).
 *
 * @category errors
 */
export class TransportError extends Data.TaggedError("TransportError")<
  ErrorContext & {
    /** Why. */
    readonly reason: TransportErrorReason
    /** The system's code, such as `ECONNREFUSED`, where there is one. */
    readonly code?: string | undefined
    /** What the system said. */
    readonly detail?: string | undefined
  }
> {
  override get message(): string {
    const detail = this.detail === undefined || this.detail === "" ? "" : `: ${this.detail}`
    return withFacts(`${what[this.reason]}${detail}`, this)
  }
  get hint(): string | undefined {
    return hints[this.reason]
  }
  get retryable(): boolean {
    return this.reason === "dns" ? this.code === "EAI_AGAIN" : passing.has(this.reason)
  }
}
