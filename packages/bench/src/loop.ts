// Repeats the requests of a command as a bare loop over undici: no signature, validation, retries or output.
import { readFileSync } from "node:fs"
import { Agent, request } from "undici"

const [origin = "", file = "", parallel = ""] = process.argv.slice(2)
const paths: ReadonlyArray<string> = JSON.parse(readFileSync(file, "utf8"))
const dispatcher = new Agent()
const left = paths.values()
const lane = async () => {
  for (const path of left) {
    const { body, statusCode } = await request(origin + path, { dispatcher })
    if (statusCode !== 200) throw new Error(`status ${statusCode}`)
    JSON.parse(await body.text())
  }
}
await Promise.all(Array.from({ length: Number(parallel) }, lane))
process.exit(0)
