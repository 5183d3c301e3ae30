import type * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as Effect from "effect/Effect"

/** The body of a request, which is read only if it is needed. */
export interface RequestBody {
  /** Whether a body without a declared length follows. */
  readonly hasUnknownLength: boolean
  readonly read: Effect.Effect<Uint8Array, unknown>
}

/** A body that the platform reads: that of a chunked request, or of a fetch-style one, may have no declared length. */
export const fromPlatform = ({ arrayBuffer, headers, source }: HttpServerRequest.HttpServerRequest): RequestBody => ({
  hasUnknownLength:
    headers["transfer-encoding"] !== undefined ||
    (headers["content-length"] === undefined && source instanceof Request && source.body !== null),
  read: Effect.map(arrayBuffer, (body) => new Uint8Array(body))
})
