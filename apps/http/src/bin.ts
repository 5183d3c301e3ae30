import { Credentials } from "@hotspot-session/client"
import { NodeHotspotSession } from "@hotspot-session/client/node"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as CommandLine from "./bin/CommandLine.js"
import { exitCodes } from "./bin/ExitCodes.js"
import { accessLog, run, serve, tell } from "./bin/Main.js"
import * as Settings from "./bin/Settings.js"
import { layerNoCredentials } from "./HotspotSessionHttp.js"
import { NodeHotspotSessionHttp } from "./node.js"

const start = ({ host, port, target, timeout, token, warnings }: Settings.Settings) =>
  Effect.gen(function* () {
    for (const warning of warnings) yield* tell(`warning: ${warning}`)
    const credentials = token === undefined ? undefined : Credentials.token(token, Settings.variables.token)
    if (credentials !== undefined) yield* credentials.get
    const client = NodeHotspotSession.layer({
      ...target,
      timeout,
      userAgent: `hotspot-session-http/${CommandLine.version}`
    }).pipe(
      Layer.provide(
        credentials === undefined ? layerNoCredentials : Layer.succeed(Credentials.Credentials, credentials)
      )
    )
    const gateway = NodeHotspotSessionHttp.layerServer({
      host,
      port,
      accessLog,
      credentials: credentials === undefined ? "pass-through" : "own"
    })
    return yield* serve(Layer.provide(gateway, client), `${host}:${port}`)
  }).pipe(
    Effect.catchTag("CredentialsError", (error) =>
      Effect.as(tell(`error: ${error.message}. ${error.hint ?? ""}`.trim()), exitCodes.configuration)
    )
  )

const command = Either.match(CommandLine.parse(process.argv.slice(2)), {
  onLeft: ({ exitCode, stderr, stdout }) =>
    Effect.sync(() => {
      process.stdout.write(stdout)
      process.stderr.write(stderr)
      return exitCode
    }),
  onRight: (flags) =>
    Either.match(Settings.resolve(flags, process.env), {
      onLeft: (problem) => Effect.as(tell(`error: ${problem}`), exitCodes.configuration),
      onRight: start
    })
})

run(command)
