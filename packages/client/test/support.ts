import { inspect } from "node:util"
import * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { Credentials, HotspotSession } from "@hotspot-session/client"
import { Cause, Clock, Effect, Layer, Redacted, Ref } from "effect"

export const projectId = "a4da8115c9d8464ead3a38309130523f"
export const token = "MIIFcanaryTokenCanaryTokenCanaryToken"

export interface Sent {
  readonly at: number
  readonly request: HttpClientRequest.HttpClientRequest
  readonly url: URL
}

export type Answer = (
  sent: Sent,
  nth: number
) => Effect.Effect<{ status: number; body?: string; headers?: Record<string, string> }, HttpClientError.HttpClientError>

/** An answer of any status, also of those that `Response` cannot be constructed with. */
export const response = (
  request: HttpClientRequest.HttpClientRequest,
  { body = "", headers = {}, status }: { status: number; body?: string; headers?: Record<string, string> }
) => {
  const web = new Response(body, { status: 200, headers })
  Object.defineProperty(web, "status", { value: status })
  return HttpClientResponse.fromWeb(request, web)
}

/** A server that answers as told and remembers what it was sent. */
export const server = (answer: Answer) =>
  Effect.map(Ref.make<ReadonlyArray<Sent>>([]), (log) => ({
    sent: Ref.get(log),
    client: HttpClient.make((request, url) =>
      Effect.gen(function* () {
        const sent = { at: yield* Clock.currentTimeMillis, request, url }
        const before = yield* Ref.getAndUpdate(log, (all) => [...all, sent])
        return response(request, yield* answer(sent, before.length + 1))
      })
    )
  }))

/** Answers by a list, the last of it again and again. */
export const script =
  (...answers: ReadonlyArray<{ status: number; body?: string; headers?: Record<string, string> }>): Answer =>
  (_, nth) => {
    const answer = answers[Math.min(nth, answers.length) - 1]
    return answer === undefined ? Effect.dieMessage("no answer") : Effect.succeed(answer)
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

/** A client against a server that answers as told, and what that server was sent. */
export const connect = (answer: Answer, options?: Partial<HotspotSession.Options>) =>
  Effect.gen(function* () {
    const { client, sent } = yield* server(answer)
    const { listHotspotSessionConfig } = yield* HotspotSession.HotspotSession.pipe(
      Effect.provide(layer(client, options))
    )
    return { sent, list: listHotspotSessionConfig }
  })

/** Lets the reading of bodies go on, which the test's clock does not know of. */
export const briefly = Effect.promise(() => new Promise((resolve) => setTimeout(resolve, 10)))

/** What comes after a credential. */
export const after = (get: Credentials.Service["get"], first: Credentials.Credential) =>
  Effect.repeat(Effect.zipRight(briefly, get), { until: (credential) => credential !== first })

/** Everything that an error shows. */
export const shown = (error: unknown): string =>
  [
    String(error),
    JSON.stringify(error),
    inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true, getters: true }),
    Cause.pretty(Cause.fail(error), { renderErrorCause: true })
  ].join("\n")
