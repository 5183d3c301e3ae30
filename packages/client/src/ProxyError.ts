import { describe, type Proxy, type ProxyProblem } from "./Proxy.js"
import { codeOf } from "./SystemError.js"

/** A failure of the proxy, which must not be taken for one of the service. */
export class ProxyError extends Error {
  override readonly name = "ProxyError"
  /** The system's code, or `ERR_PROXY_` and the status of the proxy's response. */
  readonly code: string | undefined
  /** Whether any octet of the request may have been sent to the service. */
  readonly isSent: boolean

  constructor(message: string, { code, isSent = false }: { code?: string | undefined; isSent?: boolean }) {
    super(message)
    this.code = code
    this.isSent = isSent
  }
}

/** The error of a connection to a proxy. */
export const connectionError = (proxy: Proxy, error: Error): ProxyError =>
  error instanceof ProxyError
    ? error
    : new ProxyError(`${describe(proxy)}: ${error.message || codeOf(error) || "no reason given"}`, {
        code: codeOf(error)
      })

/** The error of a setting that is not a usable proxy. */
export const settingError = ({ hint, problem, source }: ProxyProblem): ProxyError =>
  new ProxyError(`${source} ${problem}. ${hint}`, { code: "ERR_PROXY_SETTING" })

type Headers = Readonly<Record<string, string | ReadonlyArray<string> | undefined>>

/** The schemes of a `Proxy-Authenticate`, such as `NTLM, Negotiate`. */
const schemesOf = ({ "proxy-authenticate": offered = "" }: Headers): ReadonlyArray<string> => {
  const text = typeof offered === "string" ? offered : offered.join(", ")
  return [...text.matchAll(/(?:^|,)\s*([A-Za-z][\w-]*)(?=\s*(?:,|$)|\s+[^\s=])/g)].map(([, scheme = ""]) => scheme)
}

const authenticationProblem = ({ authorization }: Proxy, headers: Headers): string => {
  const schemes = schemesOf(headers)
  if (schemes.length > 0 && !schemes.some((scheme) => scheme.toLowerCase() === "basic")) {
    return `requires authentication by ${schemes.join(" or ")}, and only Basic is supported`
  }
  return authorization === undefined ? "requires a user and a password" : "rejected its user and password"
}

const statusError = (proxy: Proxy, status: number, problem: string, isSent = false): ProxyError =>
  new ProxyError(`${describe(proxy)} ${problem} (${status})`, { code: `ERR_PROXY_${status}`, isSent })

/** Some proxies respond with the status of a server, 401, instead of 407. */
const isAuthentication = (status: number): boolean => status === 407 || status === 401

/** The error of a response to CONNECT; `undefined` if the tunnel is open. */
export const connectRejection = (
  proxy: Proxy,
  { headers, status, statusText }: { readonly status: number; readonly statusText: string; readonly headers: Headers },
  authority: string
): ProxyError | undefined => {
  if (status >= 200 && status < 300) return undefined
  if (isAuthentication(status)) return statusError(proxy, status, authenticationProblem(proxy, headers))
  if (status === 403) return statusError(proxy, status, `does not allow connections to ${authority}`)
  const text = statusText.slice(0, 60).trim()
  return statusError(proxy, status, `did not connect to ${authority}${text === "" ? "" : `: ${text}`}`)
}

/** Headers of responses that proxies make themselves. */
const isOwnResponse = (headers: Headers): boolean =>
  headers["x-squid-error"] !== undefined || /\berror=/.test(String(headers["proxy-status"] ?? ""))

/** Whether a response is an HTML page, which the service never sends. */
const isPage = (headers: Headers): boolean => /^\s*text\/html\b/i.test(String(headers["content-type"] ?? ""))

/**
 * The error of a response to a request that was forwarded by a proxy; `undefined` if the service may have sent it. A proxy
 * that refuses a request has not forwarded it; one that fails may have.
 */
export const forwardRejection = (
  proxy: Proxy,
  { headers, status }: { readonly status: number; readonly headers: Headers },
  authority: string
): ProxyError | undefined => {
  if (status === 407) return statusError(proxy, status, authenticationProblem(proxy, headers))
  const isRefusal = status === 401 || status === 403 || status === 511
  if (!isOwnResponse(headers) && !(isPage(headers) && (isRefusal || status >= 500))) return undefined
  if (isAuthentication(status)) return statusError(proxy, status, authenticationProblem(proxy, headers))
  return isRefusal
    ? statusError(proxy, status, `does not allow requests to ${authority}`)
    : statusError(proxy, status, `responded in place of ${authority}`, true)
}
