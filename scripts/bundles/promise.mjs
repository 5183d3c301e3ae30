import { connect } from "@hotspot-session/client/promise"

const main = async () => {
  const client = await connect({ endpoint: process.argv[2], credentials: { token: "emulator-token" } })
  const { items } = await client.listHotspotSessionConfig({ project_id: "0123456789abcdef0123456789abcdef" })
  process.stdout.write(`${items.length}\n`)
  await client.close()
}

main()
