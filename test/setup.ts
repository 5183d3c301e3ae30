import { makeMethods } from "@effect/vitest"
import { it } from "vitest"

// The files of a project share a process, in which `layer` changes `it` for all that come after.
makeMethods(Object.assign(it, { scopedFixtures: it.scoped }))
