import { describe, expect, it } from "@effect/vitest"
import type { TransportErrorReason } from "@hotspot-session/core"
import { failureOfCause } from "../src/TransportFailure.js"

const coded = (code: string, message: string) => Object.assign(new TypeError(message), { code })
const failed = (message: string) => new TypeError("fetch failed", { cause: new Error(message) })
const connecting = (message: string) =>
  failed(`error sending request for url (https://service.example/v1): client error (Connect): ${message}`)
const sending = (message: string) =>
  failed(
    `error sending request from 127.0.0.1:40374 for http://service.example/v1 (192.0.2.1:80): client error (SendRequest): ${message}`
  )
const bunClosed =
  "The socket connection was closed unexpectedly. For more information, pass `verbose: true` in the second argument to fetch()"
const bunUnable = "Unable to connect. Is the computer able to access the url?"

type Case = readonly [
  title: string,
  error: Error,
  reason: TransportErrorReason,
  code: string | undefined,
  sent: boolean
]

/** As each runtime reported them when it was run. */
const recorded: Record<string, ReadonlyArray<Case>> = {
  "Deno 2.9": [
    [
      "a refused connection",
      connecting("tcp connect error: Connection refused (os error 111)"),
      "connect",
      "ECONNREFUSED",
      false
    ],
    ["no route", connecting("tcp connect error: No route to host (os error 113)"), "connect", "EHOSTUNREACH", false],
    [
      "an unknown host",
      connecting("dns error: failed to lookup address information: Name or service not known"),
      "dns",
      "ENOTFOUND",
      false
    ],
    [
      "a resolver that fails",
      connecting("dns error: failed to lookup address information: Temporary failure in name resolution"),
      "dns",
      "EAI_AGAIN",
      false
    ],
    ["an unknown authority", connecting("invalid peer certificate: UnknownIssuer"), "tls", "CERT_UNTRUSTED", false],
    [
      "a self-signed certificate",
      connecting("invalid peer certificate: Other(OtherError(CaUsedAsEndEntity))"),
      "tls",
      "CERT_UNTRUSTED",
      false
    ],
    ["an expired certificate", connecting("invalid peer certificate: Expired"), "tls", "CERT_HAS_EXPIRED", false],
    [
      "a certificate of another host",
      connecting(
        'invalid peer certificate: certificate not valid for name "localhost"; certificate is only valid for DnsName("other.example")'
      ),
      "tls",
      "ERR_TLS_CERT_ALTNAME_INVALID",
      false
    ],
    ["a server without TLS", connecting("received corrupt message of type InvalidContentType"), "tls", "EPROTO", false],
    ["a server that closes within the handshake", connecting("tls handshake eof"), "reset", "ECONNRESET", false],
    ["a proxy that refuses", connecting("unexpected eof while tunneling"), "proxy", "ERR_PROXY_TUNNEL", false],
    ["a proxy without HTTP", connecting("unsuccessful tunnel"), "proxy", "ERR_PROXY_TUNNEL", false],
    ["what is not known of a connection", connecting("something new"), "unknown", undefined, false],
    [
      "a connection closed before the response",
      sending("connection closed before message completed"),
      "reset",
      "ECONNRESET",
      true
    ],
    ["a connection that is reset", failed("Connection reset by peer (os error 104)"), "reset", "ECONNRESET", true],
    [
      "a connection closed within the body",
      new TypeError("error reading a body from connection"),
      "reset",
      "ECONNRESET",
      true
    ],
    ["a response that is not HTTP", sending("invalid HTTP version parsed"), "protocol", "HPE_INVALID_CONSTANT", true],
    ["two lengths", sending("invalid content-length parsed"), "protocol", "HPE_INVALID_CONSTANT", true],
    ["a large head", sending("message head is too large"), "protocol", "HPE_HEADER_OVERFLOW", true],
    ["a body that is not gzip", new TypeError("Invalid gzip header"), "encoding", "Z_DATA_ERROR", true],
    ["a body that ends early", new TypeError("unexpected end of file"), "encoding", "Z_BUF_ERROR", true],
    ["an invalid header", new TypeError('Invalid header value: "a\u0000b"'), "request", "ERR_INVALID_CHAR", false],
    [
      "a header beyond Latin-1",
      new TypeError("Failed to construct 'Request': 'headers' of 'RequestInit' (Argument 2) is not a valid ByteString"),
      "request",
      "ERR_INVALID_CHAR",
      false
    ],
    [
      "a blocked port",
      new TypeError("Fetch failed: Requests to port 1 are blocked"),
      "request",
      "ERR_INVALID_URL",
      false
    ],
    [
      "no permission",
      Object.assign(new Error('Requires net access to "127.0.0.1:9901", run again with the --allow-net flag'), {
        name: "NotCapable"
      }),
      "connect",
      "EACCES",
      false
    ]
  ],
  "workerd of 2026-04": [
    ["a lost connection", new Error("Network connection lost."), "reset", "ECONNRESET", true],
    [
      "an internal error",
      new Error("internal error; reference = 514lj6ujqb5cq5tbr6caoc6a"),
      "unknown",
      undefined,
      true
    ],
    [
      "two lengths",
      new Error("invalid Content-Length header value; cl = 5, 7"),
      "protocol",
      "HPE_INVALID_CONTENT_LENGTH",
      true
    ],
    ["a body that is not gzip", new TypeError("Gzip decompression failed."), "encoding", "Z_DATA_ERROR", true],
    [
      "a body that ends early",
      new TypeError("Gzip compressed stream ended prematurely."),
      "encoding",
      "Z_BUF_ERROR",
      true
    ],
    ["an invalid header", new TypeError("Invalid header value."), "request", "ERR_INVALID_CHAR", false]
  ],
  "Bun 1.4": [
    ["a refused connection", coded("ECONNREFUSED", `ECONNREFUSED: ${bunUnable}`), "connect", "ECONNREFUSED", false],
    ["no route", coded("EHOSTUNREACH", `EHOSTUNREACH: ${bunUnable}`), "connect", "EHOSTUNREACH", true],
    ["an unknown host", coded("ENOTFOUND", "getaddrinfo ENOTFOUND nosuchhost.invalid"), "dns", "ENOTFOUND", false],
    ["a closed connection", coded("ECONNRESET", `ECONNRESET: ${bunClosed}`), "reset", "ECONNRESET", true],
    [
      "a self-signed certificate",
      coded("DEPTH_ZERO_SELF_SIGNED_CERT", "self signed certificate"),
      "tls",
      "DEPTH_ZERO_SELF_SIGNED_CERT",
      false
    ],
    [
      "a server without TLS",
      coded("EPROTO", "EPROTO: The TLS handshake failed. Does the server speak TLS on this port?"),
      "tls",
      "EPROTO",
      true
    ],
    [
      "a response that is not HTTP",
      coded("Malformed_HTTP_Response", 'Malformed_HTTP_Response fetching "http://service.example/"'),
      "protocol",
      "Malformed_HTTP_Response",
      true
    ],
    [
      "a large head",
      coded("ResponseHeadersTooLarge", 'ResponseHeadersTooLarge fetching "http://service.example/"'),
      "protocol",
      "ResponseHeadersTooLarge",
      true
    ],
    [
      "two lengths",
      coded("InvalidContentLength", 'InvalidContentLength fetching "http://service.example/"'),
      "protocol",
      "InvalidContentLength",
      true
    ],
    [
      "a body that is not gzip",
      coded("ZlibError", 'ZlibError fetching "http://service.example/"'),
      "encoding",
      "ZlibError",
      true
    ],
    ["an invalid header", new TypeError("Header 'x-a' has invalid value"), "request", "ERR_INVALID_CHAR", false]
  ],
  "Bun 1.1 and 1.2": [
    ["a refused connection", coded("ConnectionRefused", bunUnable), "connect", "ConnectionRefused", false],
    [
      "an unknown host",
      coded("FailedToOpenSocket", "Was there a typo in the url or port?"),
      "connect",
      "FailedToOpenSocket",
      false
    ],
    ["a closed connection", coded("ConnectionClosed", bunClosed), "reset", "ConnectionClosed", true],
    [
      "a body that ends early",
      coded("ShortRead", 'ShortRead fetching "http://service.example/"'),
      "encoding",
      "ShortRead",
      true
    ]
  ],
  "Node.js 20 to 26": [
    ["a blocked port", failed("bad port"), "request", "ERR_INVALID_URL", false],
    [
      "an invalid header",
      new TypeError('Headers.append: "a\u0000b" is an invalid header value.'),
      "request",
      "ERR_INVALID_CHAR",
      false
    ],
    [
      "a header beyond Latin-1",
      new TypeError(
        "Cannot convert argument to a ByteString because the character at index 0 has a value of 20013 which is greater than 255."
      ),
      "request",
      "ERR_INVALID_CHAR",
      false
    ]
  ],
  "every runtime": [
    ["an aborted request", new DOMException("The operation was aborted.", "AbortError"), "reset", "ABORT_ERR", true],
    [
      "a signal with a time limit",
      new DOMException("The operation timed out.", "TimeoutError"),
      "timeout",
      "ETIMEDOUT",
      true
    ],
    ["an error without any detail", new TypeError("fetch failed"), "unknown", undefined, true]
  ]
}

describe.each(Object.entries(recorded))("fetch of %s", (_, cases) => {
  it.each(cases)("reports %s with Node's reason, and whether anything was sent", (_, error, reason, code, isSent) => {
    const { detail, ...failure } = failureOfCause(error, {})
    expect(failure).toEqual({ reason, isSent, ...(code === undefined ? {} : { code }) })
    expect([error.message, (error.cause as Error | undefined)?.message]).toContain(detail)
    expect(failureOfCause(error, { hasResponse: true })).toMatchObject({ reason, isSent: true })
  })
})
