// Reads a whole listing and prints its peak memory as JSON.
import { count } from "./subjects/hotspotSession.js"

const [origin = "", total = ""] = process.argv.slice(2)
let peak = 0
const sample = () => {
  globalThis.gc?.()
  peak = Math.max(peak, process.memoryUsage().heapUsed)
}
const timer = setInterval(sample, 250)
const counted = await count(origin, Number(total))
clearInterval(timer)
sample()
if (counted !== Number(total)) throw new Error(`${counted} of ${total} configurations`)
process.stdout.write(JSON.stringify({ peakHeapBytes: peak, peakRssBytes: process.resourceUsage().maxRSS * 1024 }))
process.exit(0)
