import { createHash, randomBytes } from "node:crypto"
import { ProfileChain } from "@hotspot-session/client"
import { withTimeLimit } from "@hotspot-session/client/TextFile"
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

const readText = (
  { readFile }: ProfileChain.Machine,
  path: string,
  what: string
): Effect.Effect<string, ConfigurationError> =>
  readFile(path).pipe(
    Effect.mapError(({ reason }) => reason),
    Effect.flatMap(Effect.mapError(() => "no such file")),
    // Later changes must be read, too.
    withTimeLimit,
    Effect.mapError(
      (reason) => new ConfigurationError({ message: `The file of ${what}, ${path}, cannot be read: ${reason}.` })
    )
  )

/** The keys of a file. A file without keys is an error, because every caller would be rejected. */
const readKeys = <A>(
  machine: ProfileChain.Machine,
  path: string | undefined,
  what: string,
  parse: (text: string) => Either.Either<ReadonlyArray<A>, KeyFileProblem>,
  hint: string
): Effect.Effect<ReadonlyArray<A>, ConfigurationError> =>
  path === undefined
    ? Effect.succeed([])
    : Effect.flatMap(readText(machine, path, what), (text) =>
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

export const readApiKeys = (machine: ProfileChain.Machine, path: string | undefined) =>
  readKeys(
    machine,
    path,
    "API keys",
    ApiKeys.parseFile,
    "Create a key and its hash with hotspot-session-http --new-api-key, and write the hash to the file."
  )

export const readAccessKeys = (machine: ProfileChain.Machine, path: string | undefined) =>
  readKeys(
    machine,
    path,
    "access keys",
    CallerKeys.parseFile,
    "Write each as “key secret”. They are this gateway's own, not the cloud's."
  )

/** Comments begin where no project's name can contain them: at the beginning of a line. */
const projectLines = (text: string): ReadonlyArray<string> =>
  text.split(/\r?\n/).filter((line) => !/^\s*(?:#|$)/.test(line))

/** The projects of a file, which may contain none. */
export const readProjects = (
  machine: ProfileChain.Machine,
  path: string | undefined
): Effect.Effect<ReadonlyArray<Parsers.NamedProject> | undefined, ConfigurationError> =>
  path === undefined
    ? Effect.succeed(undefined)
    : Effect.flatMap(readText(machine, path, "projects"), (text) =>
        Either.mapLeft(
          Parsers.projectsOf(projectLines(text)),
          (hint) => new ConfigurationError({ message: `The file of projects, ${path}, is invalid.`, hint })
        )
      )

/** The password in a file, which must contain nothing else. */
export const readRedisPassword = (
  machine: ProfileChain.Machine,
  path: string | undefined
): Effect.Effect<Redacted.Redacted | undefined, ConfigurationError> =>
  path === undefined
    ? Effect.succeed(undefined)
    : Effect.flatMap(readText(machine, path, "the Redis password"), (text) => {
        const password = text.replace(/\n$/, "")
        return password === "" || password.includes("\n")
          ? new ConfigurationError({
              message: `The file of the Redis password, ${path}, must contain exactly one line.`
            })
          : Effect.succeed(Redacted.make(password))
      })

/** A warning for each file with secrets that other users of the machine can read. */
export const exposureWarnings = (
  { isReadableByOthers = () => Effect.succeed(false) }: ProfileChain.Machine,
  paths: ReadonlyArray<string | undefined>
): Effect.Effect<ReadonlyArray<string>> =>
  Effect.map(
    Effect.filter(
      paths.filter((path) => path !== undefined),
      isReadableByOthers
    ),
    (exposed) => exposed.map(ProfileChain.exposedFile)
  )
