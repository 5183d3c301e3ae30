import { defineConfig } from "vitest/config"

export default defineConfig({
  test: {
    maxWorkers: 2,
    isolate: false,
    // Every test leaves much garbage; with V8's default of 16 MB, collecting it takes a tenth of the time.
    poolOptions: { forks: { execArgv: ["--max-semi-space-size=64", "--min-semi-space-size=16"] } },
    globalSetup: ["test/globalSetup.ts"],
    projects: [
      {
        test: {
          // One for all packages: each project has processes of its own, which load everything again.
          name: "all",
          include: ["packages/*/test/*.test.ts", "apps/*/test/*.test.ts", "test/*.test.ts"],
          setupFiles: ["test/setup.ts"],
          testTimeout: 30_000,
          hookTimeout: 30_000
        }
      },
      {
        test: {
          // The built files as users have them, and the page in a browser. Slow, so `npm run check` runs them.
          name: "built",
          include: ["packages/*/test/built/*.test.ts", "apps/*/test/built/*.test.ts", "test/built/*.test.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000
        }
      }
    ]
  }
})
