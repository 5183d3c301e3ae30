import type { Environment } from "@hotspot-session/client"
import { NodeHotspotSession, NodeMachine } from "@hotspot-session/client/node"
import { clientOptions, explainConnection } from "@hotspot-session/settings/Connection"
import { credentialsKinds } from "@hotspot-session/settings/CredentialSources"
import { type ExplainedSetting, hidden } from "@hotspot-session/settings/ExplainedSetting"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { logLine, print } from "./GatewayProcess.js"
import type { GatewaySettings } from "./GatewaySettings.js"
import { needsNewKey, orFail, prepare } from "./Prepare.js"
import { secrets } from "./SettingDefinitions.js"

const table = (rows: ReadonlyArray<ReadonlyArray<string>>): string => {
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => (row[column] ?? "").length)))
  return rows.map((row) => `${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")}\n`).join("")
}

export const printConfig = (settings: GatewaySettings, environment: Environment): Effect.Effect<number> =>
  Effect.gen(function* () {
    const prepared = yield* prepare(settings, NodeMachine.make(environment))
    const { accessKeys, apiKeys, upstreams, warnings } = prepared
    const { endpoint, profile, remoteEndpoints } = upstreams
    for (const warning of warnings) yield* logLine(`warning: ${warning}`)
    const shown: ReadonlyArray<ExplainedSetting> = [
      ...settings.explained,
      { setting: "cloud", ...endpoint.configured },
      ...explainConnection(settings.connection, { endpoint: endpoint.url, iamEndpoint: undefined }).map((row) => ({
        ...row,
        setting: row.setting === "proxy" ? "cloud proxy" : row.setting
      })),
      ...[...new Map(remoteEndpoints.map((project) => [project.region, project])).values()].map(
        ({ endpoint, region }) => ({
          setting: `cloud ${region}`,
          ...endpoint.configured
        })
      ),
      {
        setting: "API keys",
        value: apiKeys.length === 0 ? undefined : `${apiKeys.length} by hash`,
        source:
          apiKeys.length === 0
            ? needsNewKey(settings, prepared)
              ? "not set; a new one is printed at each start"
              : "not set"
            : [
                settings.apiKeysFile,
                ...(settings.apiKeys.length === 0 ? [] : [`environment variable ${secrets.apiKeys}`])
              ]
                .filter(Boolean)
                .join(", ")
      },
      {
        setting: "access keys",
        value: accessKeys.length === 0 ? undefined : `${accessKeys.length}, secrets ${hidden}`,
        source: settings.accessKeysFile ?? "not set"
      },
      profile === undefined
        ? { setting: "own credentials", source: "callers send their own" }
        : {
            setting: "own credentials",
            value: `${credentialsKinds[profile.credentials._tag]} ${hidden}`,
            source: profile.source
          }
    ]
    return yield* print(
      table([
        ["SETTING", "VALUE", "FROM"],
        ...shown.map(({ source, setting, value = "-" }) => [setting, value, source])
      ])
    )
  }).pipe(
    orFail,
    Effect.scoped,
    // The command line has already rejected invalid options.
    Effect.provide(Layer.orDie(NodeHotspotSession.layerHttpClient(clientOptions(settings.connection, environment))))
  )
