import { run } from "./GatewayProcess.js"
import { main } from "./Main.js"

const environment = { ...process.env }
// Node would warn that certificates are not verified, which they always are.
delete process.env["NODE_TLS_REJECT_UNAUTHORIZED"]

run(main(process.argv.slice(2), environment))
