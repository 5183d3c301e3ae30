import type { SentUser } from "@hotspot-session/core"
import { mergeUsers, type NamedUser } from "@hotspot-session/fleet/UserChanges"
import { parseUsers } from "@hotspot-session/fleet/UserFile"
import { ConfigurationError } from "@hotspot-session/settings/ConfigurationError"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Io from "../Io.js"
import type { UserFlags } from "../options/WriteOptions.js"
import type { CommandError } from "../output/ErrorReport.js"
import { readParsed } from "../ParsedFile.js"
import { UsageError } from "../UsageError.js"

const optionSource = "option --user"

const usersOfFile = (file: string): Effect.Effect<ReadonlyArray<NamedUser>, ConfigurationError, Io.Io> =>
  Effect.map(readParsed(file, "users", parseUsers), (users) =>
    users.map(({ line, ...user }) => ({ ...user, source: `${Io.nameOf(file)}, line ${line}` }))
  )

/** The distinct users of the command line and the file. */
export const wantedUsers = Effect.fnUntraced(function* ({
  user = [],
  usersFile
}: UserFlags): Effect.fn.Return<ReadonlyArray<SentUser>, CommandError, Io.Io> {
  const named = user.map((one): NamedUser => ({ ...one, source: optionSource }))
  const fromFile = usersFile === undefined ? [] : yield* usersOfFile(usersFile)
  return yield* Either.mapLeft(mergeUsers([...named, ...fromFile]), ({ first, second, user_id }) => {
    const problem = {
      message: `User ${user_id} has two names: "${first.user_name}" (${first.source}) and "${second.user_name}" (${second.source}).`,
      hint: "Remove one of them."
    }
    return second.source === optionSource ? new UsageError(problem) : new ConfigurationError(problem)
  })
})
