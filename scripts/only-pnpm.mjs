// Runs before a package is packed. What pnpm replaces then, npm would publish as it is: `workspace:` versions, which
// nobody can install, and exports that lead to sources.
import { readFileSync } from "node:fs"

const packer = process.env.npm_config_user_agent ?? ""
if (!packer.startsWith("pnpm/")) {
  const name = process.env.npm_package_name
  const { packageManager } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"))
  process.stderr.write(
    `${name} is packed and published by pnpm only. In the repository's root:\n` +
      `  npm run build\n  npx ${packageManager} --filter ${name} pack\n`
  )
  process.exitCode = 1
}
