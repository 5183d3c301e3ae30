// Runs before a package is packed. Unlike pnpm, npm would publish `workspace:` versions, which cannot be installed, and
// exports that point to sources.
import { readFileSync } from "node:fs"

const userAgent = process.env.npm_config_user_agent ?? ""
if (!userAgent.startsWith("pnpm/")) {
  const name = process.env.npm_package_name
  const { packageManager } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"))
  process.stderr.write(
    `${name} must be packed and published with pnpm. In the repository's root:\n` +
      `  npm run build\n  npx ${packageManager} --filter ${name} pack\n`
  )
  process.exitCode = 1
}
