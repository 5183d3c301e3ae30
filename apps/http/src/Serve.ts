import type * as HttpServerError from "@effect/platform/HttpServerError"
import * as NodeGateway from "@hotspot-session/gateway/NodeGateway"
import { ExitCode } from "@hotspot-session/settings/ExitCode"
import type { ConfigError } from "effect/ConfigError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { fail, GatewayProcess, logLine } from "./GatewayProcess.js"

/** The exit code of the first signal. The listeners are then removed, so that a second signal ends the process. */
const signalled = (beforeDraining: () => void) =>
  Effect.flatMap(GatewayProcess, (gatewayProcess) =>
    Effect.async<number>((resume) => {
      const stopListening = () => {
        gatewayProcess.off("SIGINT", onSignal)
        gatewayProcess.off("SIGTERM", onSignal)
      }
      const onSignal = (signal: NodeJS.Signals) => {
        stopListening()
        beforeDraining()
        resume(Effect.succeed(signal === "SIGINT" ? ExitCode.interrupted : ExitCode.ok))
      }
      gatewayProcess.on("SIGINT", onSignal)
      gatewayProcess.on("SIGTERM", onSignal)
      return Effect.sync(stopListening)
    })
  )

/** What Node says of an attempt to listen. */
interface ListenError extends NodeJS.ErrnoException {
  readonly port?: number
}

/** Where the gateway is to listen. */
interface Ports {
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

/**
 * Runs the gateway and `background` until a signal, and returns the exit code after the layer is released, which drains the
 * server. `beforeDraining` is called at the signal, because a second one ends the process without finalizers.
 */
export const serve = (
  gateway: Layer.Layer<NodeGateway.Server, HttpServerError.ServeError | ConfigError>,
  ports: Ports,
  notes: ReadonlyArray<string>,
  beforeDraining: () => void,
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
    Effect.raceFirst(signalled(beforeDraining)),
    Effect.catchAll((error) =>
      error._tag === "ServeError" ? cannotListen(error, ports) : fail(ExitCode.configuration, error.message)
    )
  )
