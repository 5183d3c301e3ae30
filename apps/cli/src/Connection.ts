import type { Environment } from "@hotspot-session/client"
import type { ConfigurationError } from "@hotspot-session/settings/ConfigurationError"
import type * as Connection from "@hotspot-session/settings/Connection"
import type { ExplainedSetting } from "@hotspot-session/settings/ExplainedSetting"
import { fromOption, fromVariable } from "@hotspot-session/settings/SourcedValue"
import * as Effect from "effect/Effect"
import { type ConnectionFlags, connectionVariables } from "./options/ConnectionFlags.js"

const proxyVariables = ["https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"]

/** The parts of this that few runs need are loaded on demand. */
export const load: Effect.Effect<typeof Connection> = Effect.promise(
  () => import("@hotspot-session/settings/Connection")
)

const requestOf = ({ caFile, proxy }: ConnectionFlags, environment: Environment): Connection.ConnectionRequest => ({
  proxy: fromOption("proxy", proxy) ?? fromVariable(environment, connectionVariables.proxy),
  caFile: fromOption("ca-file", caFile) ?? fromVariable(environment, connectionVariables.caFile)
})

/** The settings of how hosts are reached, for display. */
export const explainConnection = (
  flags: ConnectionFlags,
  environment: Environment,
  urls: Parameters<typeof Connection.explainRequest>[3]
): Effect.Effect<ReadonlyArray<ExplainedSetting>> =>
  Effect.flatMap(load, ({ explainRequest }) =>
    explainRequest(requestOf(flags, environment), environment, connectionVariables.proxy, urls)
  )

/** How hosts are reached; `undefined` if directly, with Node's authorities and those of `SSL_CERT_FILE`. */
export const findConnection = (
  flags: ConnectionFlags,
  environment: Environment
): Effect.Effect<Connection.ResolvedConnection | undefined, ConfigurationError> => {
  const request = requestOf(flags, environment)
  const isSet =
    request.proxy !== undefined ||
    request.caFile !== undefined ||
    proxyVariables.some((name) => environment[name] !== undefined)
  return flags.demo === true || !isSet
    ? Effect.succeed(undefined)
    : Effect.flatMap(load, ({ resolveConnection }) =>
        resolveConnection(request, environment, connectionVariables.proxy)
      )
}

const usesTls = (urls: ReadonlyArray<string | undefined>): boolean => urls.some((url) => url?.startsWith("https:"))

/** Checks what is used only for some URLs. */
export const checkUrls = (
  connection: Connection.ResolvedConnection | undefined,
  urls: ReadonlyArray<string>,
  environment: Environment
): Effect.Effect<void, ConfigurationError> =>
  connection === undefined && (environment["SSL_CERT_FILE"] === undefined || !usesTls(urls))
    ? Effect.void
    : Effect.flatMap(load, ({ checkUrls }) => checkUrls(connection ?? { proxy: {} }, urls, environment))
