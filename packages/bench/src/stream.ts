// How much memory a listing takes, from its begin to its end, as JSON.
import { count } from "./subjects/hotspotSession.js"

const [origin = "", total = ""] = process.argv.slice(2)
let peak = 0
const look = () => {
  globalThis.gc?.()
  peak = Math.max(peak, process.memoryUsage().heapUsed)
}
const timer = setInterval(look, 250)
const counted = await count(origin, Number(total))
clearInterval(timer)
look()
if (counted !== Number(total)) throw new Error(`${counted} configurations of ${total}`)
process.stdout.write(JSON.stringify({ peakHeapBytes: peak, peakRssBytes: process.resourceUsage().maxRSS * 1024 }))
process.exit(0)
