import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"

export default defineConfig({
  test: {
    maxWorkers: 2,
    isolate: false,
    globalSetup: ["test/globalSetup.ts"],
    projects: ["core", "client", "emulator", "gateway", "settings", "fleet"]
      .map((name) => ({ name, root: `packages/${name}` }))
      .concat(["cli", "http"].map((name) => ({ name, root: `apps/${name}` })))
      .concat([{ name: "workspace", root: "." }])
      .map(({ name, root }) => ({
        root,
        test: {
          name,
          include: ["test/**/*.test.ts"],
          setupFiles: [fileURLToPath(new URL("test/setup.ts", import.meta.url))],
          testTimeout: 30_000
        }
      }))
  }
})
