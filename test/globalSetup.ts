import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"

/** A failed build is reported and leaves no bundle, so that only the tests that need it fail. */
export default function setup() {
  spawnSync(process.execPath, [fileURLToPath(new URL("../scripts/build.mjs", import.meta.url)), "--bundles"], {
    stdio: ["ignore", "inherit", "inherit"]
  })
}
