// A demo that needs only Node.js and npm: installs, builds, and lists the configurations of the emulator.
import { spawnSync } from "node:child_process"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const cli = "apps/cli/dist/hotspot-session.js"

const node = (script, ...args) => {
  const { status } = spawnSync(process.execPath, [join(root, script), ...args], { stdio: "inherit" })
  if (status !== 0) process.exit(status ?? 1)
}

node("scripts/install.mjs")
node("scripts/build.mjs", "--bundles")

process.stdout.write("$ hotspot-session list --demo\n")
// The format of a terminal, even if the output is redirected.
node(cli, "list", "--demo", "--output", "table")
process.stdout.write(`
To use the real service, set HUAWEICLOUD_SDK_AK and HUAWEICLOUD_SDK_SK to an access key and run:
  node ${cli} list --region ap-southeast-1
`)
