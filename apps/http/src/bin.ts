import { run } from "./GatewayProcess.js"
import { main } from "./Main.js"

run(main(process.argv.slice(2), process.env))
