// Tests the bundles with the other supported versions of Node; with --suite, runs all tests.
import { spawnSync } from "node:child_process"
import { delimiter, dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const versions = ["22", "24"]
const suite = process.argv.includes("--suite")
const windows = process.platform === "win32"

for (const version of versions) {
  const found = spawnSync(
    windows ? "npx.cmd" : "npx",
    [
      "-y",
      "--package",
      `node@${version}`,
      "--",
      "node",
      "-p",
      "[process.execPath,process.version].join(String.fromCharCode(32))"
    ],
    { cwd: root, encoding: "utf8", shell: windows }
  )
  const [, node, exact] = /^(.*) v([\d.]+)$/m.exec(found.stdout ?? "") ?? []
  if (found.status !== 0 || !exact?.startsWith(`${version}.`)) {
    process.stderr.write(`Node ${version} is not available through npx:\n${found.stdout}${found.stderr}\n`)
    process.exitCode = 1
    continue
  }
  const { status } = spawnSync(
    node,
    [
      join(root, "node_modules/vitest/vitest.mjs"),
      ...["run", "--testTimeout=30000"],
      ...(suite ? [] : ["--project", "built"])
    ],
    {
      cwd: root,
      // Tests that start the commands through the PATH use the same Node.
      env: { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH}` },
      stdio: ["ignore", "inherit", "inherit"]
    }
  )
  process.stdout.write(`${status === 0 ? "ok  " : "FAIL"}  ${suite ? "all tests" : "bundles"} on Node ${exact}\n`)
  if (status !== 0) process.exitCode = 1
}
