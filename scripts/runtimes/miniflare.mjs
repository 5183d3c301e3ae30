// Runs a worker in workerd, by the miniflare at the path given first. Prints its response.
import { readFileSync } from "node:fs"
import { pathToFileURL } from "node:url"

const [path, worker, backends] = process.argv.slice(2)
const { Miniflare } = await import(pathToFileURL(path).href)
const miniflare = new Miniflare({
  modules: true,
  script: readFileSync(worker, "utf8"),
  compatibilityDate: "2026-04-01"
})
try {
  const response = await miniflare.dispatchFetch("http://worker.example/", { method: "POST", body: backends })
  process.stdout.write(await response.text())
} finally {
  await miniflare.dispose()
}
