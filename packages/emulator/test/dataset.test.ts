import { assert, describe, it } from "@effect/vitest"
import { HotspotSessionMigrationConfig } from "@hotspot-session/core"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { Dataset, Demo } from "../src/index.js"

const projectId = Demo.projectId
const decode = Schema.decodeUnknownSync(HotspotSessionMigrationConfig)

describe("Dataset", () => {
  it("looks like real configurations", () => {
    const configs = Dataset.seeded({ seed: 1, count: 500, projectId }).slice(0, 500)
    assert.strictEqual(new Set(configs.map((_) => _.id)).size, 500)
    const enabled = configs.filter((_) => _.hotspot_session_migration_enable).length
    assert.isTrue(enabled > 300 && enabled < 375, `${enabled} of 500 are enabled`)
    for (const config of configs) {
      decode(config)
      assert.match(config.id ?? "", /^[1-9]\d{17}$/)
      assert.isTrue(BigInt(config.id ?? 0) > BigInt(Number.MAX_SAFE_INTEGER))
      assert.strictEqual(config.project_id, projectId)
      const sessions = config.hotspot_exit_session_num ?? -1
      assert.isTrue(Number.isInteger(sessions) && sessions >= 0 && sessions <= 100)
      const users = config.non_migrate_users ?? []
      assert.isTrue(users.length <= 6)
      assert.strictEqual(new Set(users.map((_) => _.user_name)).size, users.length)
      for (const user of users) assert.match(user.user_id ?? "", /^[0-9a-f]{32}$/)
    }
    const names = new Set(configs.flatMap((_) => _.non_migrate_users ?? []).map((_) => _.user_name))
    assert.isTrue(names.has("李娜") && names.has("José Álvarez") && names.has("kiosk-07"))
    assert.deepStrictEqual([...new Set(configs.map((_) => _.non_migrate_users?.length))].sort(), [0, 1, 2, 3, 4, 5, 6])
  })

  it("has a variety of configurations for the demonstration", () => {
    const [first, ...others] = Dataset.seeded({ seed: 1, count: 3, projectId }).slice(0, 3)
    assert.deepStrictEqual(first?.hotspot_session_migration_enable, false)
    assert.deepStrictEqual(
      others.map((_) => _.hotspot_session_migration_enable),
      [true, true]
    )
    assert.deepStrictEqual(
      [first, ...others].map((_) => _?.non_migrate_users?.length),
      [3, 4, 2]
    )
  })

  it("is the same for the same seed and project, and different for others", () => {
    const of = (seed: number, project: string) => Dataset.seeded({ seed, count: 5, projectId: project }).slice(0, 5)
    assert.deepStrictEqual(of(7, projectId), of(7, projectId))
    const ids = [of(7, projectId), of(8, projectId), of(7, "other")].flatMap((configs) => configs.map((_) => _.id))
    assert.strictEqual(new Set(ids).size, 15)
  })

  it("returns any slice like a slice of the whole", () => {
    const whole = Dataset.seeded({ seed: 3, count: 60, projectId })
    const all = whole.slice(0, 60)
    const newer = Dataset.seeded({ seed: 3, count: 1000, projectId })
    const grown = Dataset.prepend(whole, newer, 4)
    const allGrown = newer.slice(996, 4).concat(all)
    FastCheck.assert(
      FastCheck.property(FastCheck.nat(100), FastCheck.nat(100), (offset, limit) => {
        assert.deepStrictEqual(whole.slice(offset, limit), all.slice(offset, offset + limit))
        assert.deepStrictEqual(Dataset.fromArray(all).slice(offset, limit), all.slice(offset, offset + limit))
        assert.deepStrictEqual(grown.slice(offset, limit), allGrown.slice(offset, offset + limit))
      })
    )
  })

  it("finds each configuration by its ID, and no other", () => {
    const whole = Dataset.seeded({ seed: 3, count: 60, projectId })
    const all = whole.slice(0, 60)
    const newer = Dataset.seeded({ seed: 3, count: 1000, projectId })
    const grown = Dataset.prepend(whole, newer, 4)
    for (const dataset of [whole, grown, Dataset.fromArray(all), Dataset.seeded({ seed: 3, count: 1e9, projectId })]) {
      for (const config of dataset.slice(0, 100)) {
        assert.deepStrictEqual(Option.getOrUndefined(dataset.byId(config.id ?? "")), config)
      }
    }
    const others = newer.slice(60, 936).map(({ id }) => id ?? "")
    for (const id of [...others, "", "0", `${all[0]?.id}0`, `+${all[0]?.id?.slice(1)}`, "１".repeat(18)]) {
      for (const dataset of [whole, grown, Dataset.fromArray(all)]) assert.isTrue(Option.isNone(dataset.byId(id)), id)
    }
    const far = Dataset.seeded({ seed: -7, count: 1e9, projectId })
    FastCheck.assert(
      FastCheck.property(FastCheck.nat(999_999_999), (index) => {
        const [config] = far.slice(index, 1)
        assert.deepStrictEqual(Option.getOrUndefined(far.byId(config?.id ?? "")), config)
      })
    )
  })

  it("uses no memory for a billion configurations, and has distinct IDs far apart", () => {
    const billion = Dataset.seeded({ seed: 1, count: Dataset.maxSize, projectId })
    assert.strictEqual(billion.size, 1_000_000_000)
    const ids = [0, 500_000_000, 999_999_990].flatMap((offset) => billion.slice(offset, 10).map((_) => _.id))
    assert.strictEqual(new Set(ids).size, 30)
    assert.deepStrictEqual(billion.slice(1_000_000_000, 10), [])
    assert.deepStrictEqual(billion.slice(2_147_483_647, 100), [])
  })

  it("has distinct low digits of IDs, which makes the IDs distinct", () => {
    const ids = new Set<string>()
    const many = Dataset.seeded({ seed: 1, count: 20_000, projectId })
    for (const config of many.slice(0, 20_000)) ids.add((config.id ?? "").slice(9))
    assert.strictEqual(ids.size, 20_000)
  })

  it("rejects an invalid count", () => {
    for (const count of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 1_000_000_001]) {
      assert.throws(() => Dataset.seeded({ seed: 1, count, projectId }), RangeError, "count must be an integer")
    }
  })
})
