import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Effect from "effect/Effect"
import * as HashMap from "effect/HashMap"
import * as Option from "effect/Option"
import * as IamService from "./IamService.js"
import { State } from "./State.js"

/**
 * What the metadata service of a server in the cloud is like:
 *
 * - `token`: gives out tokens, and keys with a token or without one
 * - `tokenRequired`: gives out keys with a token only
 * - `tokenless`: has no tokens, as older servers
 * - `noAgency`: as `token`, but the server has no agency that there could be keys of
 * - `off`: there is none, which is answered with 404
 *
 * @category models
 */
export type Mode = (typeof modes)[number]

/** Every mode. */
export const modes = ["token", "tokenRequired", "tokenless", "noAgency", "off"] as const

/** How long a key is good that the service gives out: 24 hours, in milliseconds. */
export const keyLifetime = 24 * 60 * 60 * 1000

const titles = { 400: "Bad Request", 401: "Unauthorized", 404: "Not Found" } as const

const error = (status: keyof typeof titles, explanation: string): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.text(`${status} ${titles[status]}\n\n${explanation}\n`, { status })

const notFound = error(404, "The resource could not be found.")

/** Answers with a token for `ttl` seconds, as `X-Metadata-Token-Ttl-Seconds` has it: 1 to 21,600. */
export const issueToken = (
  mode: Mode,
  ttl: string | undefined
): Effect.Effect<HttpServerResponse.HttpServerResponse, never, State> =>
  Effect.gen(function* () {
    const state = yield* State
    if (mode === "tokenless" || mode === "off") return notFound
    const seconds = /^\d{1,5}$/.test(ttl ?? "") ? Number(ttl) : 0
    if (seconds < 1 || seconds > 21_600) {
      return error(400, "X-Metadata-Token-Ttl-Seconds must be an integer from 1 to 21600.")
    }
    return HttpServerResponse.text(yield* state.issueMetadataToken(seconds * 1000))
  })

/**
 * Answers with a temporary key for the value of `X-Metadata-Token`. Each answer has a new one, and those before stay good
 * until they expire.
 */
export const securityKey = (
  mode: Mode,
  token: string | undefined
): Effect.Effect<HttpServerResponse.HttpServerResponse, never, State> =>
  Effect.gen(function* () {
    const state = yield* State
    if (mode === "off") return notFound
    if (token === undefined) {
      if (mode === "tokenRequired") return error(401, "X-Metadata-Token is missing.")
    } else if (mode !== "tokenless") {
      const expiresAt = HashMap.get(yield* state.metadataTokens, token)
      if (Option.isNone(expiresAt) || state.now() >= expiresAt.value)
        return error(401, "X-Metadata-Token is not valid.")
    }
    // The official SDKs look for these words.
    if (mode === "noAgency") return error(401, "Please configure Cloud Service Agency first")
    const key = yield* state.issueTemporaryKey(keyLifetime)
    return HttpServerResponse.unsafeJson({
      credential: {
        access: key.accessKey,
        secret: key.secretKey,
        securitytoken: key.securityToken,
        expires_at: IamService.formatTime(key.expiresAt)
      }
    })
  })
