import { makeMethods } from "@effect/vitest"
import { it } from "vitest"

// The test files of a project share a process, and `layer` modifies `it` for all later ones.
makeMethods(Object.assign(it, { scopedFixtures: it.scoped }))
