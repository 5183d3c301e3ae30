import { spawnSync } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { ConfigId } from "@hotspot-session/client"
import { describe, expect, it } from "vitest"
import type { ProjectResult } from "../../src/page/Overview.js"
import { overviewPage as render } from "../../src/page/PageTemplate.js"

const chromium = ["/usr/bin/chromium", "/usr/bin/chromium-headless-shell"].find((path) => existsSync(path))

/** The violations that axe finds in a page. */
const violations = (document: string, scheme: "light" | "dark"): ReadonlyArray<unknown> => {
  const folder = mkdtempSync(join(tmpdir(), "hotspot-session-page-"))
  const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8")
  const run = `axe.run().then(({ violations, passes }) => {
    document.title = "done"
    const found = violations.map(({ id, nodes }) => ({ id, nodes: nodes.map(({ html }) => html) }))
    document.body.textContent = "AXE" + btoa(unescape(encodeURIComponent(JSON.stringify({ found, passed: passes.length })))) + "AXE"
  })`
  writeFileSync(join(folder, "page.html"), `${document}<script>${axe}</script><script>${run}</script>`)
  const { stdout } = spawnSync(
    chromium ?? "",
    [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      `--user-data-dir=${folder}`,
      `--blink-settings=preferredColorScheme=${scheme === "dark" ? 0 : 1}`,
      "--virtual-time-budget=20000",
      "--dump-dom",
      pathToFileURL(join(folder, "page.html")).href
    ],
    { encoding: "utf8", timeout: 60_000 }
  )
  rmSync(folder, { recursive: true, force: true })
  const result = /AXE(.+)AXE/.exec(stdout)?.[1] ?? ""
  const { found, passed } = JSON.parse(Buffer.from(result, "base64").toString())
  expect(passed).toBeGreaterThan(10)
  return found
}

describe.skipIf(chromium === undefined)("axe in Chromium (skipped if it is not installed)", () => {
  const results: ReadonlyArray<ProjectResult> = [
    {
      _tag: "Failed",
      project: { id: "0123456789abcdef0123456789abcdef", name: "Office", upstream: "cn-north-4" },
      reason: "The cloud is unreachable. Retry in 10 s."
    },
    {
      _tag: "Loaded",
      project: { id: "fedcba98", name: "fedcba98", upstream: "ap-southeast-1" },
      configs: [
        {
          id: ConfigId.make("c-on"),
          hotspot_session_migration_enable: true,
          hotspot_exit_session_num: 4,
          non_migrate_users: ["Ann", "bobby", "Cem", "Dörte"].map((user_name) => ({ user_name }))
        },
        { id: ConfigId.make("c-unknown"), non_migrate_users: [] }
      ],
      readAt: 0,
      isStale: true,
      isTruncated: false
    }
  ]
  const view = { upstream: "ap-southeast-1", results, projectId: "", problem: undefined, search: "", now: 60_000 }

  it.each(["light", "dark"] as const)(
    "finds no accessibility violations in %s mode",
    { timeout: 120_000 },
    (scheme) => {
      expect(violations(render(view), scheme)).toEqual([])
      expect(
        violations(render({ ...view, search: "bob", projectId: "..", problem: "This is not a project ID." }), scheme)
      ).toEqual([])
      // Proves that the check detects violations.
      const inaccessible = render(view).replace("<html lang", "<html data-lang").replace('<label for="user">', "<span>")
      expect(violations(inaccessible, scheme)).toMatchObject([{ id: "html-has-lang" }, { id: "label" }])
    }
  )
})
