import { createHash, randomBytes } from "node:crypto"
import { readFile } from "node:fs/promises"
import * as ApiKeys from "@hotspot-session/gateway/ApiKeys"
import * as CallerKeys from "@hotspot-session/gateway/CallerKeys"
import type { KeyFileProblem } from "@hotspot-session/gateway/KeyFile"
import { ConfigurationError } from "@hotspot-session/settings/ConfigurationError"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as Parsers from "./Parsers.js"

const withHash = (key: string) => ({ key, hash: createHash("sha256").update(key).digest("hex") })

/** A new API key, and the hash that a gateway is configured with. */
export const newApiKey = Effect.sync(() => withHash(`hsg_${randomBytes(24).toString("base64url")}`))

/** An API key that exists already, as written by a program to standard input, and its hash. Left is why it cannot be one. */
export const hashedKey = (input: string) => {
  const key = input.replace(/\r?\n$/, "")
  const problem = ApiKeys.problemOfKey(key)
  return problem === undefined ? Either.right(withHash(key)) : Either.left(problem)
}

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

/** Comments begin where no project's name can contain them: at the beginning of a line. */
const projectLines = (text: string): string =>
  text
    .split(/\r?\n/)
    .filter((line) => !/^\s*(?:#|$)/.test(line))
    .join(",")

/** The projects of a file, which may contain none. */
export const readProjects = (
  path: string | undefined
): Effect.Effect<ReadonlyArray<Parsers.NamedProject> | undefined, ConfigurationError> =>
  path === undefined
    ? Effect.succeed(undefined)
    : Effect.flatMap(readText(path, "projects"), (text) => {
        const lines = projectLines(text)
        return lines === ""
          ? Either.right([])
          : Either.mapLeft(
              Parsers.projects(lines),
              (hint) => new ConfigurationError({ message: `The file of projects, ${path}, is invalid.`, hint })
            )
      })

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
