import type { Failure } from "../Failure.js"
import { GatewayErrorCode } from "../GatewayErrorCode.js"
import type { RequestHead } from "../RequestHead.js"

const loopbackName = /^(?:localhost|.+\.localhost|127(?:\.\d{1,3}){3}|\[::1\])$/

/** Whether a host, as it stands in a URL, can only be this machine: `localhost`, 127.0.0.0/8 or `[::1]`. */
export const isLoopback = (host: string): boolean => loopbackName.test(host.toLowerCase().replace(/\.$/, ""))

const withoutPort = (authority: string): string => authority.replace(/:\d*$/, "")

const notLocal = (error_msg: string): Failure => ({ status: 403, error_code: GatewayErrorCode.notLocal, error_msg })

/**
 * Why a gateway that answers everybody with credentials of its own does not answer this request.
 *
 * Such a gateway listens on loopback, where programs of this machine reach it, but so does every web page that is open in a
 * browser here. A page's scripts may ask it from another origin, which the browser marks by `Origin` or `Sec-Fetch-Site`;
 * and they may read the answer where the page's own name is made to resolve to 127.0.0.1 (DNS rebinding), which shows in
 * `Host`, as that then is the page's name. Programs send none of these marks and name a loopback host.
 */
export const refusal = (
  { authority, headers }: RequestHead,
  allowedHosts: ReadonlyArray<string>
): Failure | undefined => {
  const site = headers["sec-fetch-site"]
  if (headers["origin"] !== undefined || (site !== undefined && site !== "same-origin" && site !== "none")) {
    return notLocal("This gateway holds credentials and does not answer web pages of other origins.")
  }
  const authorities = [authority, headers["host"]].filter((authority) => authority !== undefined)
  const isAllowed = (authority: string) => {
    const host = withoutPort(authority)
    return isLoopback(host) || allowedHosts.some((allowed) => allowed.toLowerCase() === host.toLowerCase())
  }
  return authorities.length > 0 && authorities.every(isAllowed)
    ? undefined
    : notLocal(
        "This gateway holds credentials and answers only to the host names that it was given, which are localhost, 127.0.0.1 and [::1] unless configured otherwise."
      )
}
