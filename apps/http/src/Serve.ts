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

/** What Node says of an attempt to listen. */
interface ListenError extends NodeJS.ErrnoException {
  readonly port?: number
}

/** Where the gateway is to listen. */
export interface Ports {
  readonly host: string
  readonly port: number
  /** Absent if the metrics have no separate port. */
  readonly metricsPort: number | undefined
}

const reasonOf = (
  { code, message }: ListenError,
  option: "--port" | "--metrics"
): readonly [reason: string, hint?: string] => {
  switch (code) {
    case "EADDRINUSE":
      return [
        "the port is in use.",
        `Stop the process that uses it, or choose another port with ${option} (0 takes a free one).`
      ]
    case "EACCES":
      return ["permission denied.", `Choose one above 1023 with ${option}.`]
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return ["this machine has no such address.", "Check --host."]
    default:
      return [message]
  }
}

const cannotListen = ({ cause }: HttpServerError.ServeError, { host, metricsPort, port }: Ports) => {
  const error: ListenError = cause instanceof Error ? cause : new Error("unknown reason")
  // Node names the port unless the host is unknown.
  const isMetrics = metricsPort !== undefined && error.port === metricsPort && metricsPort !== port
  const [reason, hint] = reasonOf(error, isMetrics ? "--metrics" : "--port")
  const address = `${host}:${isMetrics ? metricsPort : port}`
  return fail(ExitCode.cannotListen, `cannot listen on ${address}${isMetrics ? " for metrics" : ""}: ${reason}`, hint)
}

type ServerService = Context.Tag.Service<NodeGateway.Server>

/** Runs the gateway and `background` until a signal, and returns the exit code after the layer is released, which drains the server. */
export const serve = (
  gateway: Layer.Layer<NodeGateway.Server, HttpServerError.ServeError | ConfigError>,
  ports: Ports,
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
    Effect.catchAll((error) =>
      error._tag === "ServeError" ? cannotListen(error, ports) : fail(ExitCode.configuration, error.message)
    )
  )
