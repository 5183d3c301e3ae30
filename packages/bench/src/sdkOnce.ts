// A program that makes one call with the official SDK.
import { make } from "./subjects/officialSdk.js"

const subject = await make(process.argv[2] ?? "")
let calls = 0
await subject.lane(100, () => calls++ === 0)
process.exit(0)
