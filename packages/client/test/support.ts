import { inspect } from "node:util"
import * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { Credentials, HotspotSession } from "@hotspot-session/client"
import { Cause, Clock, Effect, Fiber, Layer, Redacted, Ref, TestClock } from "effect"

export const projectId = "a4da8115c9d8464ead3a38309130523f"
export const token = "MIIFcanaryTokenCanaryTokenCanaryToken"

export interface Sent {
  readonly at: number
  readonly request: HttpClientRequest.HttpClientRequest
  readonly url: URL
}

export type Handler = (
  sent: Sent,
  nth: number
) => Effect.Effect<{ status: number; body?: string; headers?: Record<string, string> }, HttpClientError.HttpClientError>

/** A response with any status, including those that the constructor of `Response` rejects. */
export const response = (
  request: HttpClientRequest.HttpClientRequest,
  { body = "", headers = {}, status }: { status: number; body?: string; headers?: Record<string, string> }
) => {
  const web = new Response(body, { status: 200, headers })
  Object.defineProperty(web, "status", { value: status })
  return HttpClientResponse.fromWeb(request, web)
}

/** A server with the given handler, and the requests that it received. */
export const server = (handler: Handler) =>
  Effect.map(Ref.make<ReadonlyArray<Sent>>([]), (log) => ({
    sent: Ref.get(log),
    client: HttpClient.make((request, url) =>
      Effect.gen(function* () {
        const sent = { at: yield* Clock.currentTimeMillis, request, url }
        const before = yield* Ref.getAndUpdate(log, (all) => [...all, sent])
        return response(request, yield* handler(sent, before.length + 1))
      })
    )
  }))

/** A handler that returns the responses in order, and repeats the last one. */
export const script =
  (...responses: ReadonlyArray<{ status: number; body?: string; headers?: Record<string, string> }>): Handler =>
  (_, nth) => {
    const response = responses[Math.min(nth, responses.length) - 1]
    return response === undefined ? Effect.dieMessage("no response") : Effect.succeed(response)
  }

export const page = (ids: ReadonlyArray<string>) => ({
  status: 200,
  body: JSON.stringify({
    items: ids.map((id) => ({
      id,
      project_id: projectId,
      hotspot_session_migration_enable: true,
      hotspot_exit_session_num: 4,
      non_migrate_users: []
    }))
  })
})

export const layer = (
  client: HttpClient.HttpClient,
  options: Partial<HotspotSession.Options> = {},
  credentials: Layer.Layer<Credentials.Credentials> = Credentials.layerToken(Redacted.make(token))
) =>
  HotspotSession.layer({ endpoint: "https://service.example", ...options } as HotspotSession.Options).pipe(
    Layer.provide([Layer.succeed(HttpClient.HttpClient, client), credentials])
  )

/** A client of a server with the given handler, and the requests that the server received. */
export const connect = (handler: Handler, options?: Partial<HotspotSession.Options>) =>
  Effect.gen(function* () {
    const { client, sent } = yield* server(handler)
    const { listHotspotSessionConfig } = yield* HotspotSession.HotspotSession.pipe(
      Effect.provide(layer(client, options))
    )
    return { sent, list: listHotspotSessionConfig }
  })

/** Waits in real time for bodies to be read, which the test clock does not control. */
export const pause = Effect.promise(() => new Promise((resolve) => setTimeout(resolve, 10)))

/** Runs an effect that sleeps, and also reads bodies in between, within a number of seconds by the test clock. */
export const settled = <A, E, R>(effect: Effect.Effect<A, E, R>, seconds = 1): Effect.Effect<A, E, R> =>
  Effect.gen(function* () {
    const fiber = yield* Effect.fork(effect)
    for (let step = 0; step < 10 && fiber.unsafePoll() === null; step++) {
      yield* Effect.zipRight(pause, TestClock.adjust(seconds * 100))
    }
    return yield* Fiber.join(fiber)
  })

/** Waits for the credential that replaces the first one. */
export const nextCredential = (get: Credentials.Service["get"], first: Credentials.Credential) =>
  Effect.repeat(Effect.zipRight(pause, get), { until: (credential) => credential !== first })

/** All text forms of an error. */
export const shown = (error: unknown): string =>
  [
    String(error),
    JSON.stringify(error),
    inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true, getters: true }),
    Cause.pretty(Cause.fail(error), { renderErrorCause: true })
  ].join("\n")
