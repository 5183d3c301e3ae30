import { defineConfig } from "vitest/config"

export default defineConfig({
  test: {
    maxWorkers: 2,
    globalSetup: ["test/globalSetup.ts"],
    projects: ["core", "client", "emulator"]
      .map((name) => ({ name, root: `packages/${name}` }))
      .concat(["cli", "http"].map((name) => ({ name, root: `apps/${name}` })))
      .concat([{ name: "workspace", root: "." }])
      .map(({ name, root }) => ({
        root,
        test: {
          name,
          include: ["test/**/*.test.ts"],
          testTimeout: 30_000
        }
      }))
  }
})
