import { FetchHttpClient } from "@effect/platform"
import { HotspotSession } from "@hotspot-session/client"
import { Gateway } from "@hotspot-session/gateway"
import { Layer } from "effect"

const { dispose, handler } = Gateway.toWebHandler(
  HotspotSession.layer({ endpoint: process.argv[2] }).pipe(
    Layer.provide([Gateway.layerNoCredentials, FetchHttpClient.layer])
  )
)

const main = async () => {
  const url = "http://gateway.example/v1/0123456789abcdef0123456789abcdef/hotspot-session-config"
  const response = await handler(new Request(url, { headers: { "x-auth-token": "emulator-token" } }))
  const { items } = await response.json()
  process.stdout.write(`${items.length}\n`)
  await dispose()
}

main()
