import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Effect from "effect/Effect"
import * as HashMap from "effect/HashMap"
import * as Option from "effect/Option"
import { State } from "./State.js"
import * as TemporaryKeyService from "./TemporaryKeyService.js"

/**
 * The behaviour of the metadata service of an ECS:
 *
 * - `token`: issues tokens, and keys with or without a token
 * - `tokenRequired`: issues keys only with a token
 * - `tokenless`: has no tokens, like older servers
 * - `noAgency`: like `token`, but the ECS has no agency and therefore no keys
 * - `off`: responds with 404
 *
 * @category models
 * @since 0.1.0
 */
export type Mode = (typeof modes)[number]

export const modes = ["token", "tokenRequired", "tokenless", "noAgency", "off"] as const

/** Lifetime of a key: 24 hours, in milliseconds. */
export const keyLifetime = 24 * 60 * 60 * 1000

const titles = { 400: "Bad Request", 401: "Unauthorized", 404: "Not Found" } as const

const error = (status: keyof typeof titles, explanation: string): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.text(`${status} ${titles[status]}\n\n${explanation}\n`, { status })

const notFound = error(404, "The resource could not be found.")

/** Responds with a token for `ttl` seconds, the value of `X-Metadata-Token-Ttl-Seconds`: 1 to 21,600. */
export const issueToken = Effect.fnUntraced(function* (
  mode: Mode,
  ttl: string | undefined
): Effect.fn.Return<HttpServerResponse.HttpServerResponse, never, State> {
  const state = yield* State
  if (mode === "tokenless" || mode === "off") return notFound
  const seconds = /^\d{1,5}$/.test(ttl ?? "") ? Number(ttl) : 0
  if (seconds < 1 || seconds > 21_600) {
    return error(400, "X-Metadata-Token-Ttl-Seconds must be an integer from 1 to 21600.")
  }
  return HttpServerResponse.text(yield* state.issueMetadataToken(seconds * 1000))
})

/**
 * Responds with a temporary key. `token` is the value of `X-Metadata-Token`. Each response has a new key, and the earlier
 * ones stay valid until they expire.
 */
export const securityKey = Effect.fnUntraced(function* (
  mode: Mode,
  token: string | undefined
): Effect.fn.Return<HttpServerResponse.HttpServerResponse, never, State> {
  const state = yield* State
  if (mode === "off") return notFound
  if (token === undefined) {
    if (mode === "tokenRequired") return error(401, "X-Metadata-Token is missing.")
  } else if (mode !== "tokenless") {
    const expiresAt = HashMap.get(yield* state.metadataTokens, token)
    if (Option.isNone(expiresAt) || state.now() >= expiresAt.value) return error(401, "X-Metadata-Token is not valid.")
  }
  // The official SDKs look for these words.
  if (mode === "noAgency") return error(401, "Please configure Cloud Service Agency first")
  const key = yield* state.issueTemporaryKey(keyLifetime)
  return HttpServerResponse.unsafeJson(TemporaryKeyService.keyBody(key))
})
