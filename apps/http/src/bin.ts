import { ExitCode } from "@hotspot-session/settings/ExitCode"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as CommandLine from "./GatewayCommandLine.js"
import { fail, print, run } from "./GatewayProcess.js"
import { type GatewaySettings, resolve } from "./GatewaySettings.js"

const printNewApiKey = Effect.promise(() => import("./Keys.js")).pipe(
  Effect.flatMap(({ newApiKey }) => newApiKey),
  Effect.flatMap(({ hash, key }) => print(`key     ${key}\nSHA-256 ${hash}\n`))
)

/** The gateway is loaded only if it is needed. */
const start = (settings: GatewaySettings, printConfig: boolean) =>
  printConfig
    ? Effect.flatMap(
        Effect.promise(() => import("./PrintConfig.js")),
        ({ printConfig }) => printConfig(settings, process.env)
      )
    : Effect.flatMap(
        Effect.promise(() => import("./Start.js")),
        ({ start }) => start(settings, process.env)
      )

const command = Either.match(CommandLine.parse(process.argv.slice(2)), {
  onLeft: ({ exitCode, stderr, stdout }) =>
    Effect.sync(() => {
      process.stdout.write(stdout)
      process.stderr.write(stderr)
      return exitCode
    }),
  onRight: (flags) =>
    flags === "new-api-key"
      ? printNewApiKey
      : Either.match(resolve(flags, process.env), {
          onLeft: ({ hint, message }) => fail(ExitCode.configuration, message, hint),
          onRight: (settings) => start(settings, flags.printConfig)
        })
})

run(command)
