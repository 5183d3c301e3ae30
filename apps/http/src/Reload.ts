import { stat } from "node:fs/promises"
import type { Environment, ProfileChain } from "@hotspot-session/client"
import { NodeMachine } from "@hotspot-session/client/node"
import * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as Schedule from "effect/Schedule"
import { onSignals } from "./GatewayProcess.js"
import type { GatewaySettings } from "./GatewaySettings.js"

/**
 * Files are looked at this often, instead of being watched: that works for every file system, and for a file that is replaced
 * through a link, as in a volume of Kubernetes.
 */
const interval = "500 millis"

/** The files of keys and projects. */
export const filesOf = (
  { accessKeysFile, apiKeysFile, projectsFile }: GatewaySettings,
  environment: Environment
): Effect.Effect<ReadonlyArray<string>> =>
  Effect.forEach(
    [apiKeysFile, accessKeysFile, projectsFile].filter((path) => path !== undefined),
    (path) => NodeMachine.expandHome(path, environment)
  )

const isPipe = (path: string): Effect.Effect<boolean> =>
  Effect.orElseSucceed(
    Effect.map(
      Effect.tryPromise(() => stat(path)),
      (stats) => stats.isFIFO()
    ),
    () => false
  )

/** A machine whose pipes are read once: when they are read again, they are empty, or block. */
export const rememberingPipes = (machine: ProfileChain.Machine): ProfileChain.Machine => {
  const texts = new Map<string, Option.Option<string>>()
  return {
    ...machine,
    readFile: (path) =>
      Effect.suspend(() => {
        const text = texts.get(path)
        if (text !== undefined) return Effect.succeed(text)
        const read = machine.readFile(path)
        return Effect.if(isPipe(path), {
          onTrue: () => Effect.tap(read, (text) => Effect.sync(() => texts.set(path, text))),
          onFalse: () => read
        })
      })
  }
}

/** Differs if a file has been replaced, written, or removed. A pipe is never read again. */
const fingerprintOf = (path: string): Effect.Effect<string> =>
  Effect.match(
    Effect.tryPromise(() => stat(path, { bigint: true })),
    {
      onFailure: ({ message }) => message,
      onSuccess: (stats) => (stats.isFIFO() ? "pipe" : `${stats.ino} ${stats.size} ${stats.mtimeNs} ${stats.ctimeNs}`)
    }
  )

/** The state of all files of keys and projects. */
export const fingerprintsOf = (files: ReadonlyArray<string>): Effect.Effect<string> =>
  Effect.map(Effect.forEach(files, fingerprintOf), (fingerprints) => fingerprints.join("\n"))

/** Each SIGHUP. */
const signals = Effect.gen(function* () {
  const queue = yield* Queue.sliding<"SIGHUP">(1)
  yield* onSignals(["SIGHUP"], () => void queue.unsafeOffer("SIGHUP"))
  return queue
})

/**
 * Calls `reload` when a file of keys or projects changes, and on SIGHUP, until it is interrupted. If `reload` fails, what was
 * read before stays in use, and the log says why.
 */
export const run = (
  files: ReadonlyArray<string>,
  fingerprints: string,
  reload: Effect.Effect<void, { readonly message: string; readonly hint?: string | undefined }>,
  currentFingerprints = fingerprintsOf(files)
): Effect.Effect<never> =>
  Effect.gen(function* () {
    let known = fingerprints
    const oneAtATime = (yield* Effect.makeSemaphore(1)).withPermits(1)
    const reloadNow = (reason: string) =>
      oneAtATime(reload).pipe(
        Effect.matchEffect({
          onFailure: ({ hint, message }) =>
            Effect.annotateLogs(
              Effect.logError(`the previous keys and projects stay in use: ${message}`),
              hint === undefined ? {} : { hint }
            ),
          onSuccess: () => Effect.logInfo("keys and projects have been read again")
        }),
        Effect.annotateLogs({ reason, files: files.join(" ") })
      )
    // If the network of a file is gone, this hangs, and must not keep SIGHUP from being obeyed. It has no time limit, because
    // each further attempt would take another one of Node's few threads.
    const reloadIfChanged = Effect.flatMap(currentFingerprints, (found) => {
      if (found === known) return Effect.void
      known = found
      return reloadNow("a file has changed")
    })
    const queue = yield* signals
    const onSignal = Effect.flatMap(Queue.take(queue), () =>
      files.length === 0
        ? Effect.logInfo("SIGHUP: no file of keys or projects is configured, so nothing was read again")
        : reloadNow("SIGHUP")
    )
    const polling = files.length === 0 ? Effect.never : Effect.repeat(reloadIfChanged, Schedule.spaced(interval))
    return yield* Effect.all([Effect.forever(onSignal), polling], { concurrency: 2 })
  }).pipe(Effect.scoped, Effect.zipRight(Effect.never))
