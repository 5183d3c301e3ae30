import * as HttpServerResponse from "@effect/platform/HttpServerResponse"

/** A response of the gateway, before it is written by the platform or by `node:http`. */
export interface GatewayResponse {
  readonly status: number
  /** Names in lower case. Each response has its own, to which the pipeline adds. */
  readonly headers: Record<string, string>
  readonly body: Uint8Array | undefined
}

export const noStore = { "cache-control": "no-store" }

const encoder = new TextEncoder()

/** A response with a body; 200 by default. */
export const withBody = (
  body: Uint8Array | string,
  contentType: string,
  headers: Readonly<Record<string, string>>,
  status = 200
): GatewayResponse => {
  const bytes = typeof body === "string" ? encoder.encode(body) : body
  return {
    status,
    headers: { ...headers, "content-type": contentType, "content-length": String(bytes.byteLength) },
    body: bytes
  }
}

export const json = (body: unknown, headers: Readonly<Record<string, string>>, status?: number): GatewayResponse =>
  withBody(JSON.stringify(body), "application/json", headers, status)

export const toPlatform = ({ body, headers, status }: GatewayResponse): HttpServerResponse.HttpServerResponse =>
  body === undefined
    ? HttpServerResponse.empty({ status, headers })
    : HttpServerResponse.uint8Array(body, { status, headers, contentType: headers["content-type"] ?? "" })
