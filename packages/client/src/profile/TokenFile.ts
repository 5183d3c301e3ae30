import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { CredentialsError } from "../Core.js"
import { isTokenText } from "../SensitiveHeaders.js"
import type { Machine } from "./Machine.js"

/** A token with the groups of its user has a few kB. */
const maxLength = 64 * 1024

/** What is wrong with the content of a token file, as the end of a sentence. */
const problemOf = (token: string): string | undefined => {
  if (token === "") return "is empty"
  if (token.length > maxLength) return `has more than ${maxLength / 1024} KiB, too much for a token`
  if (/[\r\n]/.test(token)) return "has more than one line"
  return isTokenText(token)
    ? undefined
    : "has characters other than visible ASCII; save the token as plain text in UTF-8"
}

/**
 * Reads a token from a file each time it is evaluated, because what writes the file replaces it before the token expires.
 * Whitespace around the token and a byte order mark are not part of it. `source` is where the path was found, such as
 * `environment variable HUAWEICLOUD_SDK_ID_TOKEN_FILE`.
 *
 * Fails with a `CredentialsError` that names the file, and quotes nothing of it.
 *
 * @example
 * ```ts
 * import { TokenFile } from "@hotspot-session/client"
 * import { NodeMachine } from "@hotspot-session/client/node"
 *
 * const token = TokenFile.read(NodeMachine.make(), "/var/run/secrets/tokens/huaweicloud")
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const read = (
  files: Pick<Machine, "readFile">,
  path: string,
  source?: string
): Effect.Effect<Redacted.Redacted<string>, CredentialsError> => {
  const fail = (problem: string) =>
    new CredentialsError({
      reason: `The token file ${path}${source === undefined ? "" : ` (${source})`} ${problem}`,
      hint: "Give the path of a file that holds the token on one line, and nothing else."
    })
  return Effect.suspend(() => files.readFile(path)).pipe(
    Effect.mapError(({ reason }) => fail(`cannot be read: ${reason}`)),
    Effect.flatMap((found) => {
      if (found._tag === "None") return fail("does not exist")
      const token = found.value.trim()
      const problem = problemOf(token)
      return problem === undefined ? Effect.succeed(Redacted.make(token)) : fail(problem)
    })
  )
}
