import type { Environment } from "@hotspot-session/client"
import { normalizeEnvironment } from "@hotspot-session/client/Environment"
import * as KeyGrant from "@hotspot-session/gateway/KeyGrant"
import { ExitCode } from "@hotspot-session/settings/ExitCode"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as CommandLine from "./GatewayCommandLine.js"
import { fail, print, printError } from "./GatewayProcess.js"
import { type GatewaySettings, resolve } from "./GatewaySettings.js"

/** With a grant, also the line for the file of API keys. */
const printNewApiKey = ({ grant }: CommandLine.NewApiKey) =>
  Effect.promise(() => import("./Keys.js")).pipe(
    Effect.flatMap(({ newApiKey }) => newApiKey),
    Effect.flatMap(({ hash, key }) => {
      const fields = KeyGrant.format(grant)
      return print(`key     ${key}\nSHA-256 ${hash}\n${fields === "" ? "" : `line    ${hash} ${fields}\n`}`)
    })
  )

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
        : Either.match(resolve(flags, environment), {
            onLeft: ({ hint, message }) => fail(ExitCode.configuration, message, hint),
            onRight: (settings) => start(settings, environment, flags.printConfig)
          })
  })
}
