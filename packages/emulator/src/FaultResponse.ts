import type * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Documented from "./Documented.js"
import type * as Fault from "./Fault.js"
import * as GatewayError from "./GatewayError.js"
import * as IamService from "./IamService.js"

/** An HTML page, like those of proxies and sign-in pages. */
export const html = (status: number): string =>
  `<!DOCTYPE html>\n<html><head><title>${status}</title></head><body><h1>${status}</h1><p>emulated page</p></body></html>\n`

const json = (value: unknown) => ({ type: "application/json", text: JSON.stringify(value) })

/** The documented body, or one of the same format if there is none. */
const documented = (status: number) =>
  status === 200
    ? Documented.example
    : (Documented.errorOf(status) ?? { error_code: `WKS.00000${status}`, error_msg: `Status ${status}.` })

/** The gateway's message for a wrong signature: the canonical request with `|` for line breaks. */
const echo = (request: HttpServerRequest.HttpServerRequest) => {
  const headers = Object.entries(request.headers).map(([name, value]) => `${name}:${value}`)
  return `Incorrect IAM authentication information: verify aksk signature fail, canonicalRequest:${request.method}|${request.url}|${headers.join("|")}`
}

const bodyOf = (
  fault: typeof Fault.Status.Type,
  requestId: string,
  request: HttpServerRequest.HttpServerRequest
): { readonly type: string; readonly text: string } | undefined => {
  const gateway = GatewayError.ofStatus(fault.status)
  switch (fault.body ?? "documented") {
    case "documented":
      return json(documented(fault.status))
    case "gateway":
      return json(GatewayError.bodyOf(gateway, requestId))
    case "iam":
      return json(IamService.bodyOf(fault.status, gateway.error_msg))
    case "html":
      return { type: "text/html; charset=utf-8", text: html(fault.status) }
    case "truncated": {
      const whole = JSON.stringify(documented(fault.status))
      return { type: "application/json", text: whole.slice(0, Math.floor(whole.length / 2)) }
    }
    case "echo":
      return json(GatewayError.bodyOf({ ...gateway, error_code: "APIGW.0301", error_msg: echo(request) }, requestId))
    case "empty":
      return undefined
  }
}

/** These statuses have no body in HTTP. */
const withoutBody: ReadonlySet<number> = new Set([204, 205, 304])

export const make = (
  fault: typeof Fault.Status.Type,
  requestId: string,
  request: HttpServerRequest.HttpServerRequest
): HttpServerResponse.HttpServerResponse => {
  const { status } = fault
  const headers: Record<string, string> = fault.retryAfter === undefined ? {} : { "retry-after": fault.retryAfter }
  const body = withoutBody.has(status) ? undefined : bodyOf(fault, requestId, request)
  if (body === undefined) {
    if (status !== 204 && status !== 304) headers["content-length"] = "0"
    return HttpServerResponse.empty({ status, headers })
  }
  return HttpServerResponse.text(body.text, { status, headers, contentType: body.type })
}
