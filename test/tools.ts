import { spawnSync } from "node:child_process"

/** Whether a program is installed. If it is not, says so, because the tests that need it are skipped. */
export const isInstalled = (program: string): boolean => {
  if (spawnSync(program, ["--version"], { input: "" }).error === undefined) return true
  process.stderr.write(`${program} is not installed: the tests that need it are skipped\n`)
  return false
}
