import type * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as NodeHttpServerRequest from "@effect/platform-node/NodeHttpServerRequest"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"

export class BodyTooLarge extends Data.TaggedError("BodyTooLarge")<{ readonly maximum: number }> {}

/**
 * The body, of at most `maximum` bytes. A larger one is discarded but read to its end by Node, so that the client receives
 * the response: the limit of `HttpIncomingMessage` would close the connection instead.
 */
export const bytes = (
  request: HttpServerRequest.HttpServerRequest,
  maximum: number
): Effect.Effect<Buffer, BodyTooLarge> =>
  Effect.async<Buffer, BodyTooLarge>((resume) => {
    if (request.headers["content-length"] === undefined && request.headers["transfer-encoding"] === undefined) {
      resume(Effect.succeed(Buffer.alloc(0)))
      return
    }
    const source = NodeHttpServerRequest.toIncomingMessage(request)
    const chunks: Array<Uint8Array> = []
    let size = 0
    const release = () => {
      source.off("data", onData).off("end", onEnd).off("error", onError)
      // Without a listener an aborted upload would be an uncaught error.
      source.on("error", () => {})
    }
    const onData = (chunk: Uint8Array) => {
      size += chunk.byteLength
      if (size > maximum) {
        release()
        source.resume()
        resume(Effect.fail(new BodyTooLarge({ maximum })))
      } else chunks.push(chunk)
    }
    const onEnd = () => {
      release()
      resume(Effect.succeed(Buffer.concat(chunks)))
    }
    const onError = () => {
      release()
      resume(Effect.interrupt)
    }
    source.on("data", onData).on("end", onEnd).on("error", onError)
    return Effect.sync(release)
  })

/** The body as text, of at most `maximum` bytes. */
export const text = (
  request: HttpServerRequest.HttpServerRequest,
  maximum: number
): Effect.Effect<string, BodyTooLarge> => Effect.map(bytes(request, maximum), (body) => body.toString("utf8"))
