import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { SharedStoreService } from "../shared/SharedStore.js"
import type { SharedStoreGuard } from "../shared/SharedStoreGuard.js"
import * as WallClock from "../WallClock.js"
import type { Lifetimes } from "./Freshness.js"
import type { StoredResponse } from "./StoredResponse.js"

/** What the store has for a key: a response, or that those fetched up to `at` are invalid. Times as in the cache. */
export type SharedEntry =
  | { readonly _tag: "Response"; readonly stored: StoredResponse }
  | { readonly _tag: "Invalidated"; readonly at: number }

/** The responses that gateways share. No operation fails, and the guard limits how long each takes. */
export interface SharedResponses {
  readonly get: (key: string) => Effect.Effect<Option.Option<SharedEntry>>
  readonly set: (key: string, stored: StoredResponse) => Effect.Effect<void>
  /** Invalidates what any gateway has fetched up to a time. */
  readonly invalidate: (key: string, at: number) => Effect.Effect<void>
}

export interface Settings {
  readonly lifetimes: Lifetimes
  /** Makes irreversible names of cache keys. */
  readonly digest: (key: string) => string
  readonly etagOf: (body: Uint8Array) => string
}

/** The stored format, whose times are epoch milliseconds. Values of other versions of the gateway have another `v` and are ignored. */
const Value = Schema.Union(
  Schema.Struct({ v: Schema.Literal(1), readAt: Schema.Number, etag: Schema.String, body: Schema.String }),
  Schema.Struct({ v: Schema.Literal(1), endedAt: Schema.Number })
)

const decodeValue = Schema.decodeUnknownOption(Value)
const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** Entries expire from the store when no gateway may serve them any more. */
export const make = (
  responses: SharedStoreService["responses"],
  guard: SharedStoreGuard,
  settings: Settings
): SharedResponses => {
  const { digest, etagOf, lifetimes } = settings
  const ttl = Duration.millis(lifetimes.fresh + lifetimes.staleWhileRevalidate + lifetimes.staleIfError)

  const write = (key: string, valueAt: (offset: number) => typeof Value.Type) =>
    Duration.isZero(ttl)
      ? Effect.void
      : Effect.flatMap(WallClock.offset, (offset) =>
          Effect.asVoid(guard.run("write", responses.set(digest(key), valueAt(offset), Option.some(ttl))))
        )

  const entryOf = (value: unknown, offset: number): Option.Option<SharedEntry> =>
    Option.flatMap(decodeValue(value), (value): Option.Option<SharedEntry> => {
      if ("endedAt" in value) return Option.some({ _tag: "Invalidated", at: value.endedAt - offset })
      const body = encoder.encode(value.body)
      // Truncated or modified bodies are not served.
      return etagOf(body) === value.etag
        ? Option.some({ _tag: "Response", stored: { body, etag: value.etag, readAt: value.readAt - offset } })
        : Option.none()
    })

  return {
    get: (key) =>
      Effect.zipWith(guard.run("read", responses.get(digest(key))), WallClock.offset, (value, offset) =>
        Option.flatMap(Option.flatten(value), (found) => entryOf(found, offset))
      ),
    set: (key, { body, etag, readAt }) =>
      write(key, (offset) => ({ v: 1, readAt: Math.round(readAt + offset), etag, body: decoder.decode(body) })),
    invalidate: (key, at) => write(key, (offset) => ({ v: 1, endedAt: Math.round(at + offset) }))
  }
}
