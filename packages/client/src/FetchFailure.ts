/**
 * What `fetch` of other runtimes reports in words: Node.js gives an error code for the same. Recorded from Deno 2.9, workerd of
 * 2026-04 and Node.js 20 to 26; Bun has codes.
 */

/** In a connection that is being opened: nothing is sent before it is ready. Permission is asked before that. */
const unsentMessage = /client error \(Connect\)|^Requires net access to /

/** The first that matches. What workerd reports as an internal error may be anything: a name, a certificate, no HTTP. */
const codes: ReadonlyArray<readonly [message: RegExp, code: string]> = [
  [/Temporary failure in name resolution/, "EAI_AGAIN"],
  [/client error \(Connect\): dns error/, "ENOTFOUND"],
  [/tcp connect error: Connection refused/, "ECONNREFUSED"],
  [/tcp connect error: .*timed out/, "ETIMEDOUT"],
  [/tcp connect error: No route to host/, "EHOSTUNREACH"],
  [/tcp connect error: /, "ENETUNREACH"],
  [/^Requires net access to /, "EACCES"],
  [/invalid peer certificate: (?:Expired|certificate expired)/, "CERT_HAS_EXPIRED"],
  [/invalid peer certificate: (?:NotValidForName|certificate not valid for name)/, "ERR_TLS_CERT_ALTNAME_INVALID"],
  [/invalid peer certificate: /, "CERT_UNTRUSTED"],
  [/client error \(Connect\): (?:received (?:corrupt message|fatal alert)|peer )/, "EPROTO"],
  [/client error \(Connect\): (?:unsuccessful tunnel|unexpected eof while tunneling)/, "ERR_PROXY_TUNNEL"],
  [/client error \(Connect\): tls handshake eof/, "ECONNRESET"],
  [/connection closed before message completed|[Cc]onnection reset by peer/, "ECONNRESET"],
  [/^error reading a body from connection|^Network connection lost\.?$/, "ECONNRESET"],
  [/client error \(SendRequest\): message head is too large/, "HPE_HEADER_OVERFLOW"],
  [/client error \(SendRequest\): invalid /, "HPE_INVALID_CONSTANT"],
  [/^invalid Content-Length header value/, "HPE_INVALID_CONTENT_LENGTH"],
  [/^Invalid gzip header$|^Gzip decompression failed/, "Z_DATA_ERROR"],
  [/^unexpected end of file$|^Gzip compressed stream ended prematurely/, "Z_BUF_ERROR"],
  [
    /[Ii]nvalid header (?:name|value)|^Header '.*' has invalid value|valid ByteString|to a ByteString/,
    "ERR_INVALID_CHAR"
  ],
  [/^bad port$|^Fetch failed: Requests to port \d+ are blocked$/, "ERR_INVALID_URL"]
]

const codesByName: Readonly<Record<string, string>> = { AbortError: "ABORT_ERR", TimeoutError: "ETIMEDOUT" }

/** Node's code for the failure that an error without a code describes. */
export const codeOfWords = ({ message, name }: Pick<Error, "message" | "name">): string | undefined =>
  codesByName[name] ?? codes.find(([pattern]) => pattern.test(message))?.[1]

/** Whether an error says that nothing was sent. */
export const saysUnsent = ({ message }: Pick<Error, "message">): boolean => unsentMessage.test(message)
