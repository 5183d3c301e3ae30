import type { Environment } from "@hotspot-session/client"
import { normalizeEnvironment } from "@hotspot-session/client/Environment"
import * as KeyGrant from "@hotspot-session/gateway/KeyGrant"
import { ExitCode } from "@hotspot-session/settings/ExitCode"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as CommandLine from "./GatewayCommandLine.js"
import { fail, print, printError, readStdin } from "./GatewayProcess.js"
import { type GatewaySettings, resolve } from "./GatewaySettings.js"

/** No longer key can be sent: the gateway accepts headers of this size, in bytes. */
const maxKeySize = 32 * 1024

/** With a grant, also the line for the file of API keys. A key that exists already is not repeated. */
const printNewApiKey = ({ fromStdin, grant }: CommandLine.NewApiKey) =>
  Effect.gen(function* () {
    const { hashedKey, newApiKey } = yield* Effect.promise(() => import("./Keys.js"))
    const { hash, key } = yield* fromStdin ? Effect.flatMap(readStdin(maxKeySize), hashedKey) : newApiKey
    const fields = KeyGrant.format(grant)
    const line = fields === "" ? "" : `line    ${hash} ${fields}\n`
    return yield* print(`${fromStdin ? "" : `key     ${key}\n`}SHA-256 ${hash}\n${line}`)
  }).pipe(Effect.catchAll((reason) => fail(ExitCode.usage, `the key on standard input is refused: ${reason}.`)))

/** The gateway is loaded only if it is needed. */
const start = (settings: GatewaySettings, environment: Environment, printConfig: boolean) =>
  printConfig
    ? Effect.flatMap(
        Effect.promise(() => import("./PrintConfig.js")),
        ({ printConfig }) => printConfig(settings, environment)
      )
    : Effect.flatMap(
        Effect.promise(() => import("./Start.js")),
        ({ start }) => start(settings, environment)
      )

/** Runs the command, and returns the exit code. */
export const main = (args: ReadonlyArray<string>, variables: Environment): Effect.Effect<number> => {
  const environment = normalizeEnvironment(variables)
  return Either.match(CommandLine.parse(args), {
    onLeft: ({ exitCode, stderr, stdout }) => Effect.as(Effect.zip(print(stdout), printError(stderr)), exitCode),
    onRight: (flags) =>
      "grant" in flags
        ? printNewApiKey(flags)
        : Effect.matchEffect(resolve(flags, environment), {
            onFailure: ({ hint, message }) => fail(ExitCode.configuration, message, hint),
            onSuccess: (settings) => start(settings, environment, flags.printConfig)
          })
  })
}
