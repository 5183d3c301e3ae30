import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { Guard } from "../shared/Guard.js"
import type { SharedStoreService } from "../shared/SharedStore.js"
import type { Spans } from "./Freshness.js"
import type { Stored } from "./Stored.js"

/** What became of a key: an answer, or that answers until then, in epoch milliseconds, must not be served any more. */
export type Found =
  | { readonly _tag: "Answer"; readonly stored: Stored }
  | { readonly _tag: "Ended"; readonly at: number }

/** The answers that gateways share. Nothing of it fails or takes long. */
export interface SharedAnswers {
  readonly find: (key: string) => Effect.Effect<Option.Option<Found>>
  readonly keep: (key: string, stored: Stored) => Effect.Effect<void>
  /** Ends what was read up to a time, in epoch milliseconds, whoever keeps it. */
  readonly end: (key: string, at: number) => Effect.Effect<void>
}

/** The settings of shared answers. */
export interface Settings {
  readonly spans: Spans
  /** Names of keys that cannot be turned back. */
  readonly digest: (key: string) => string
  readonly etagOf: (body: Uint8Array) => string
}

/** As it stands in the store. What another version has put there, with another `v`, counts as nothing. */
const Value = Schema.Union(
  Schema.Struct({ v: Schema.Literal(1), readAt: Schema.Number, etag: Schema.String, body: Schema.String }),
  Schema.Struct({ v: Schema.Literal(1), endedAt: Schema.Number })
)

const decodeValue = Schema.decodeUnknownOption(Value)
const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** Keeps answers in a store for as long as anybody might serve them. */
export const make = (answers: SharedStoreService["answers"], guard: Guard, settings: Settings): SharedAnswers => {
  const { digest, etagOf, spans } = settings
  const lifetime = Duration.millis(spans.fresh + spans.staleWhileRevalidate + spans.staleIfError)

  const write = (key: string, value: typeof Value.Type) =>
    Duration.isZero(lifetime)
      ? Effect.void
      : Effect.asVoid(guard.run("write", answers.set(digest(key), value, Option.some(lifetime))))

  const foundOf = (value: unknown): Option.Option<Found> =>
    Option.flatMap(decodeValue(value), (value): Option.Option<Found> => {
      if ("endedAt" in value) return Option.some({ _tag: "Ended", at: value.endedAt })
      const body = encoder.encode(value.body)
      // What is cut or was changed is not served.
      return etagOf(body) === value.etag
        ? Option.some({ _tag: "Answer", stored: { body, etag: value.etag, readAt: value.readAt } })
        : Option.none()
    })

  return {
    find: (key) =>
      Effect.map(guard.run("read", answers.get(digest(key))), (value) =>
        Option.flatMap(Option.flatten(value), foundOf)
      ),
    keep: (key, { body, etag, readAt }) =>
      Effect.suspend(() => write(key, { v: 1, readAt, etag, body: decoder.decode(body) })),
    end: (key, at) => write(key, { v: 1, endedAt: at })
  }
}
