import type * as HttpServerError from "@effect/platform/HttpServerError"
import * as NodeGateway from "@hotspot-session/gateway/NodeGateway"
import { ExitCode } from "@hotspot-session/settings/ExitCode"
import type { ConfigError } from "effect/ConfigError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { fail, flushAccessLog, logLine } from "./GatewayProcess.js"

/** The exit code of the first signal. The handlers are then removed, so that a second signal ends the process. */
const signalled = Effect.async<number>((resume) => {
  const onSignal = (signal: NodeJS.Signals) => {
    process.off("SIGINT", onSignal).off("SIGTERM", onSignal)
    // A second signal ends the process without flushing.
    flushAccessLog()
    resume(Effect.succeed(signal === "SIGINT" ? ExitCode.interrupted : ExitCode.ok))
  }
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal)
})

const reasonOf = ({ cause }: HttpServerError.ServeError): readonly [reason: string, hint?: string] => {
  const { code, message } = cause instanceof Error ? (cause as NodeJS.ErrnoException) : { code: "", message: "" }
  switch (code) {
    case "EADDRINUSE":
      return [
        "the port is in use.",
        "Stop the process that uses it, or choose another port with --port (0 takes a free one)."
      ]
    case "EACCES":
      return ["permission denied.", "Choose one above 1023 with --port."]
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return ["this machine has no such address.", "Check --host."]
    default:
      return [message]
  }
}

type ServerService = Context.Tag.Service<NodeGateway.Server>

/** Runs the gateway and `background` until a signal, and returns the exit code after the layer is released, which drains the server. */
export const serve = (
  gateway: Layer.Layer<NodeGateway.Server, HttpServerError.ServeError | ConfigError>,
  address: string,
  notes: ReadonlyArray<string>,
  background: (reload: ServerService["reload"]) => Effect.Effect<never>
): Effect.Effect<number> =>
  Layer.build(gateway).pipe(
    Effect.tap((context) => {
      const { metricsUrl, url } = Context.get(context, NodeGateway.Server)
      const lines = [...notes, ...(metricsUrl === undefined ? [] : [`metrics on ${metricsUrl}`]), `listening on ${url}`]
      return Effect.forEach(lines, logLine)
    }),
    Effect.flatMap((context) => background(Context.get(context, NodeGateway.Server).reload)),
    Effect.scoped,
    Effect.raceFirst(signalled),
    Effect.catchAll((error) => {
      if (error._tag !== "ServeError") return fail(ExitCode.configuration, error.message)
      const [reason, hint] = reasonOf(error)
      return fail(ExitCode.cannotListen, `cannot listen on ${address}: ${reason}`, hint)
    })
  )
