import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"

/** A failed build is reported and leaves no bundle behind: the tests that need it fail, the others still run. */
export default function setup() {
  spawnSync(process.execPath, [fileURLToPath(new URL("../scripts/build.mjs", import.meta.url)), "--bundles"], {
    stdio: ["ignore", "inherit", "inherit"]
  })
}
