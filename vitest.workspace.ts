import { defineConfig } from "vitest/config"

export default defineConfig({
  test: {
    maxWorkers: 2,
    isolate: false,
    globalSetup: ["test/globalSetup.ts"],
    projects: [
      {
        test: {
          // One for all packages: each project has processes of its own, which load everything again.
          name: "all",
          include: ["packages/*/test/*.test.ts", "apps/*/test/*.test.ts", "test/*.test.ts"],
          setupFiles: ["test/setup.ts"],
          testTimeout: 30_000
        }
      },
      {
        test: {
          // The built files as users have them, and the page in a browser. Slow, so `npm run check` runs them.
          name: "built",
          include: ["packages/*/test/built/*.test.ts", "apps/*/test/built/*.test.ts", "test/built/*.test.ts"],
          testTimeout: 60_000
        }
      }
    ]
  }
})
