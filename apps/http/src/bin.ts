import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as CommandLine from "./CommandLine.js"
import { exitCodes } from "./ExitCodes.js"
import { fail, print, run } from "./Main.js"
import * as Settings from "./Settings.js"

const printNewApiKey = Effect.promise(() => import("./NewApiKey.js")).pipe(
  Effect.flatMap(({ newApiKey }) => newApiKey),
  Effect.flatMap(({ hash, key }) => print(`key     ${key}\nSHA-256 ${hash}\n`))
)

/** Nothing of the gateway is loaded until it is known that it will be needed. */
const start = (settings: Settings.Settings, printConfig: boolean) =>
  Effect.flatMap(
    Effect.promise(() => import("./Start.js")),
    ({ printConfig: print, start }) => (printConfig ? print : start)(settings, process.env)
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
      : Either.match(Settings.resolve(flags, process.env), {
          onLeft: ({ hint, message }) => fail(exitCodes.configuration, message, hint),
          onRight: (settings) => start(settings, flags.printConfig)
        })
})

run(command)
