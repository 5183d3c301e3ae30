// Runs the tests that try combinations or properties, with every combination and the whole number of inputs. One searches all
// output of the library and the commands for secrets.
import { spawnSync } from "node:child_process"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const folders = ["packages", "apps"].flatMap((group) =>
  readdirSync(join(root, group)).map((name) => `${group}/${name}/test`)
)
const files = ["test", ...folders]
  .filter((folder) => existsSync(join(root, folder)))
  .flatMap((folder) => readdirSync(join(root, folder)).map((name) => `${folder}/${name}`))
  .filter((file) => file.endsWith(".test.ts"))
  .filter((file) => /FastCheck|\.prop\(|\/runs\.js"/.test(readFileSync(join(root, file), "utf8")))
const { status } = spawnSync(
  process.execPath,
  [join(root, "node_modules/vitest/vitest.mjs"), "run", "--project", "all", ...files, ...process.argv.slice(2)],
  { cwd: root, stdio: "inherit", env: { ...process.env, CANARY: "whole" } }
)
process.exitCode = status ?? 1
