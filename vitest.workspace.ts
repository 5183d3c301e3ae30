import { defineConfig } from "vitest/config"

export default defineConfig({
  test: {
    maxWorkers: 2,
    isolate: false,
    globalSetup: ["test/globalSetup.ts"],
    // One for all packages: each project has processes of its own, which load everything again.
    projects: [
      {
        test: {
          name: "all",
          include: ["packages/*/test/**/*.test.ts", "apps/*/test/**/*.test.ts", "test/**/*.test.ts"],
          setupFiles: ["test/setup.ts"],
          testTimeout: 30_000
        }
      }
    ]
  }
})
