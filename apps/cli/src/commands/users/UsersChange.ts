import { maxUsers, type SentUser, withContext } from "@hotspot-session/core"
import type { UsersWrite } from "@hotspot-session/fleet/ConfigWrite"
import { identifiedUsers } from "@hotspot-session/fleet/IdentifiedUsers"
import { additions, removals } from "@hotspot-session/fleet/UserChanges"
import type { ExitCode } from "@hotspot-session/settings/ExitCode"
import * as Array from "effect/Array"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Http from "../../Http.js"
import { nothingWritten } from "../../Interruption.js"
import * as Io from "../../Io.js"
import { repeatedWriteTimeout } from "../../options/WriteOptions.js"
import { userText } from "../../output/ChangeReport.js"
import { digits, plural } from "../../output/Counts.js"
import type { CommandError } from "../../output/ErrorReport.js"
import { UsageError } from "../../UsageError.js"
import { connectProject } from "../../write/ConnectProject.js"
import { type Project, readConfigWithUsers } from "../../write/Reading.js"
import { showConfig } from "../../write/ShowConfig.js"
import { wantedUsers } from "../../write/WantedUsers.js"
import { runWrite, type WriteSteps } from "../../write/Write.js"
import type { UsersChangeFlags, UsersChangeInvocation } from "./UsersChangeOptions.js"

/** Which users were changed before a failure. */
const completedHint = (done: string, users: ReadonlyArray<SentUser>, completed: number): string =>
  `${digits(completed)} of ${plural(users.length, "user")} were ${done}: the first is ${userText(users[0] ?? {})}, the last ${userText(users[completed - 1] ?? {})}. The same command can be run again.`

/** Sends users in requests of at most 1,000, so that after each it is known how many are changed. */
const sendUsers = Effect.fnUntraced(function* (
  { client, projectId }: Project,
  write: UsersWrite,
  timeout: number,
  onCompleted: (users: number) => void
) {
  const io = yield* Io.Io
  const isAdding = write.write === "addUsers"
  const users = isAdding ? write.edit.add : identifiedUsers(write.edit.remove)
  const done = isAdding ? "added" : "removed"
  let completed = 0
  for (const chunk of Array.chunksOf(users, maxUsers)) {
    yield* client
      .updateNonMigrationUsers(
        {
          project_id: projectId,
          config_id: write.id,
          update_type: isAdding ? "ADD" : "DELETE",
          non_migrate_users: chunk
        },
        { timeout }
      )
      .pipe(
        Effect.mapError((error) =>
          completed === 0
            ? error
            : withContext(error, { completed, operation_hint: completedHint(done, users, completed) })
        )
      )
    completed += chunk.length
    onCompleted(completed)
    if (users.length > maxUsers) {
      yield* io.progress({ done: `${done} ${digits(completed)} of ${plural(users.length, "user")}` })
    }
  }
  return write.id
})

/** `users add` and `users remove`. */
export const usersChange = (
  tag: UsersChangeInvocation["_tag"],
  id: string,
  flags: UsersChangeFlags
): Effect.Effect<ExitCode, CommandError, Io.Io> =>
  Effect.gen(function* () {
    const io = yield* Io.Io
    const show = yield* showConfig(flags)
    const users = yield* wantedUsers(flags)
    const project = yield* connectProject(flags)
    const isAdding = tag === "UsersAdd"
    const read = Effect.map(readConfigWithUsers(project, id, { needsTotal: !isAdding }), (config) => [config])
    const steps: WriteSteps<UsersWrite> = {
      read,
      decide: ([config]) => {
        const present = config?.non_migrate_users ?? []
        if (isAdding) return Either.right({ write: "addUsers", id, edit: additions(present, users) })
        return Either.mapBoth(removals(present, users), {
          onRight: (edit): UsersWrite => ({ write: "removeUsers", id, edit }),
          onLeft: ({ named, users }) =>
            new UsageError(
              named.user_id === undefined
                ? {
                    message: `several users have the name "${named.user_name}": ${users.map(userText).join(", ")}`,
                    hint: "Nothing was written. Use their IDs."
                  }
                : {
                    message: `user ${named.user_id} has the name "${users[0]?.user_name}", not "${named.user_name}"`,
                    hint: "Nothing was written. Check which user is meant, and give the ID without a name or with this one."
                  }
            )
        })
      },
      send: (write, onCompleted) =>
        Effect.provideService(sendUsers(project, write, flags.timeout ?? repeatedWriteTimeout, onCompleted), Io.Io, io),
      readBack: () => Effect.map(read, ([config]) => config),
      onUnknown: Effect.succeed,
      takesInput: flags.usersFile === "-"
    }
    return yield* runWrite(steps, flags, show)
  }).pipe(
    Http.provide(flags),
    Io.whenInterrupted(() => nothingWritten({ config_id: id }))
  )
