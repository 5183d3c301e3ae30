import { spawnSync } from "node:child_process"

export interface NodeVersion {
  readonly major: string
  /** Of the executable; `undefined` if the version is not available. */
  readonly path: string | undefined
}

/** Node 20, 22 and 24: the one that runs this, and the others through npx, which downloads them once. */
export const nodeVersions = (): ReadonlyArray<NodeVersion> =>
  ["20", "22", "24"].map((major) => {
    if (process.versions.node.startsWith(`${major}.`)) return { major, path: process.execPath }
    const { status, stdout } = spawnSync(
      "npx",
      ["-y", "--package", `node@${major}`, "--", "node", "-p", "process.execPath"],
      { encoding: "utf8", shell: process.platform === "win32" }
    )
    return { major, path: status === 0 ? stdout.trim().split("\n").at(-1) : undefined }
  })
