import { readdirSync, readFileSync } from "node:fs"
import { describe, expect, it } from "@effect/vitest"
import { Ajv } from "ajv"
import { Effect, Either } from "effect"
import { planDocument, plannedTarget } from "../src/PlanDocument.js"
import { planProject } from "../src/ProjectPlan.js"

const folder = new URL("../schemas/", import.meta.url)

const validator = (name: string) => new Ajv().compile(JSON.parse(readFileSync(new URL(name, folder), "utf8")))

const items = [{ id: "1", hotspot_exit_session_num: 2, non_migrate_users: [{ user_id: "a" }] }]
const observed = [
  { id: "1", hotspot_session_migration_enable: true, hotspot_exit_session_num: 1, non_migrate_users: [] }
]

describe("the published JSON Schemas", () => {
  it("can all be compiled", () => {
    for (const name of readdirSync(folder)) expect(validator(name)).toBeTypeOf("function")
  })

  it("accept a desired state", () => {
    const isValid = validator("desired-state.json")
    expect(isValid({ version: 1, targets: [{ project_id: "p", items }] })).toBe(true)
    expect(isValid({ version: 1, targets: [{ project_id: "p", items: [{ id: 1 }] }] })).toBe(false)
  })

  it.effect("accept a plan", () =>
    Effect.gen(function* () {
      const plan = Either.getOrThrow(planProject(items, observed))
      const target = plannedTarget({ endpoint: "https://example.com", project_id: "p", items }, plan)
      expect(validator("plan.json")(yield* planDocument([target]))).toBe(true)
    })
  )
})
