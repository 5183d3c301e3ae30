import { createHash, randomBytes } from "node:crypto"
import { readFile } from "node:fs/promises"
import * as ApiKeys from "@hotspot-session/gateway/ApiKeys"
import * as CallerKeys from "@hotspot-session/gateway/CallerKeys"
import type { KeyFileProblem } from "@hotspot-session/gateway/KeyFile"
import { ConfigurationError } from "@hotspot-session/settings/ConfigurationError"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"

/** A new API key, and the hash that a gateway is configured with. */
export const newApiKey = Effect.sync(() => {
  const key = `hsg_${randomBytes(24).toString("base64url")}`
  return { key, hash: createHash("sha256").update(key).digest("hex") }
})

const readText = (path: string, what: string): Effect.Effect<string, ConfigurationError> =>
  Effect.tryPromise({
    try: () => readFile(path, "utf8"),
    catch: (error) =>
      new ConfigurationError({
        message: `The file of ${what}, ${path}, cannot be read: ${error instanceof Error ? error.message : String(error)}.`
      })
  })

/** The keys of a file. A file without keys is an error, because every caller would be rejected. */
const readKeys = <A>(
  path: string | undefined,
  what: string,
  parse: (text: string) => Either.Either<ReadonlyArray<A>, KeyFileProblem>,
  hint: string
): Effect.Effect<ReadonlyArray<A>, ConfigurationError> =>
  path === undefined
    ? Effect.succeed([])
    : Effect.flatMap(readText(path, what), (text) =>
        Either.mapLeft(
          parse(text),
          ({ expected, line }) =>
            new ConfigurationError({
              message:
                line === undefined
                  ? `The file of ${what}, ${path}, contains none.`
                  : `Line ${line} of ${path} is not ${expected}.`,
              hint
            })
        )
      )

export const readApiKeys = (path: string | undefined) =>
  readKeys(
    path,
    "API keys",
    ApiKeys.parseFile,
    "Create a key and its hash with hotspot-session-http --new-api-key, and write the hash to the file."
  )

export const readAccessKeys = (path: string | undefined) =>
  readKeys(
    path,
    "access keys",
    CallerKeys.parseFile,
    "Write each as “key secret”. They are this gateway's own, not the cloud's."
  )

/** The password in a file, which must contain nothing else. */
export const readRedisPassword = (
  path: string | undefined
): Effect.Effect<Redacted.Redacted | undefined, ConfigurationError> =>
  path === undefined
    ? Effect.succeed(undefined)
    : Effect.flatMap(readText(path, "the Redis password"), (text) => {
        const password = text.replace(/\r?\n$/, "")
        return password === "" || /[\r\n]/.test(password)
          ? new ConfigurationError({
              message: `The file of the Redis password, ${path}, must contain exactly one line.`
            })
          : Effect.succeed(Redacted.make(password))
      })
